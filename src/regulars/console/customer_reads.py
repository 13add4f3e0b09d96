"""What the page of one customer shows, read in a handful of queries."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.core.exceptions import ObjectDoesNotExist
from django.db.models import Q

from regulars.base.errors import NotFound
from regulars.customers import recent
from regulars.customers.models import Consent, Customer, Identity, Membership, Picture
from regulars.customers.recent import Recent


@dataclass(frozen=True)
class Known:
    """One customer, their picture (None before the first refresh) and latest purchases."""

    customer: Customer
    picture: Picture | None
    recent: Recent

    @property
    def label(self) -> str:
        """What to call them, empty where nothing is known."""
        named = self.customer.name or (self.picture.label if self.picture else "")
        return named or self.customer.organisation or ""


def one(customer_id: int) -> Known:
    """Raises NotFound where there is no such customer."""
    row = Customer.objects.select_related("picture", "recent").filter(pk=customer_id).first()
    if row is None:
        raise NotFound(f"There is no customer {customer_id}. They may have been forgotten.")
    return Known(row, _there(row, "picture"), recent.unpack(getattr(_there(row, "recent"), "packed", "")))


def standing_consents(rows: list[Consent]) -> list[Consent]:
    """The last statement of each kind, from all of them in the order in which they were made."""
    last = {(row.purpose, row.topic, row.channel): row for row in rows}
    return sorted(last.values(), key=lambda row: (row.purpose, row.topic, row.channel))


def keys(customer_id: int, *, contacts: bool) -> list[Identity]:
    """By what the shops know them; e-mails and phones only for those who may see contacts."""
    kinds = Q() if contacts else Q(kind__in=("ref", "guest"))
    return list(Identity.objects.filter(kinds, customer_id=customer_id).order_by("kind", "key")[:40])


def belongings(customer_id: int) -> tuple[list[Membership], list[Membership]]:
    """Members of the organisation, and organisations that the person belongs to."""
    rows = Membership.objects.filter(Q(organisation_id=customer_id) | Q(member_id=customer_id))
    found = list(rows.select_related("organisation__picture", "member__picture").order_by("role", "id")[:200])
    return [row for row in found if row.organisation_id == customer_id], [
        row for row in found if row.member_id == customer_id
    ]


def called(customer: Customer) -> str:
    """What to call a customer that came along with another row."""
    picture = _there(customer, "picture")
    return customer.name or (picture.label if picture else "") or f"#{customer.pk}"


def _there(row: Customer, name: str) -> Any:
    try:
        return getattr(row, name)
    except ObjectDoesNotExist:
        return None
