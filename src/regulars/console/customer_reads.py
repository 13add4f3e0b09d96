"""What the page of one customer shows beyond insight's picture: consent, who belongs to whom, what to call them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q
from django.utils.translation import gettext as _

from regulars.base import clock
from regulars.customers.consent import statement
from regulars.customers.models import Consent, Customer, Membership
from regulars.customers.rules_consent import State, state


@dataclass(frozen=True)
class Agreed:
    """What is agreed to about one thing that somebody said something about."""

    purpose: str
    channel: str
    topic: str
    state: State

    @property
    def since(self) -> datetime | None:
        """When the statement was made that decides."""
        return self.state.by.recorded_at if self.state.by else None

    @property
    def until(self) -> datetime | None:
        """When it ends by itself."""
        return self.state.by.expires_at if self.state.by else None


def agreed(rows: Sequence[Consent]) -> list[Agreed]:
    """What holds now, from everything ever said."""
    said, now = [statement(row) for row in rows], clock.now()
    things = sorted({(row.purpose, row.channel, row.topic) for row in rows})
    return [Agreed(*thing, state(said, *thing, at=now)) for thing in things]


def belongings(customer_id: int) -> tuple[list[Membership], list[Membership]]:
    """Members of the organisation, and organisations that the person belongs to."""
    rows = Membership.objects.filter(Q(organisation_id=customer_id) | Q(member_id=customer_id))
    found = list(rows.select_related("organisation__picture", "member__picture").order_by("role", "id")[:200])
    return [row for row in found if row.organisation_id == customer_id], [
        row for row in found if row.member_id == customer_id
    ]


def called(customer: Customer, *, contacts: bool = False) -> str:
    """What to call a customer whose picture came along. `contacts`: to somebody who may see e-mails and telephones."""
    picture = getattr(customer, "picture", None)
    known = customer.name or (picture.label if picture else "") or customer.organisation
    if not known and contacts:
        known = customer.email or customer.phone
    return known or _("Customer %(n)s") % {"n": customer.pk}
