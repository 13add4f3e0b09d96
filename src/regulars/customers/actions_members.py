"""Who belongs to an organisation, and the part they play in what it buys: decides, buys, uses, pays."""

from __future__ import annotations

from datetime import date

from django.db import transaction

from regulars.base.errors import BadInput, NotFound
from regulars.customers import merges
from regulars.customers.models import Customer, Membership
from regulars.platform import audit, events


@transaction.atomic
def join(
    organisation: int, member: int, role: str, *, source: str, since: date | None = None, until: date | None = None
) -> int:
    """A person plays a part in an organisation; the membership's number. The same again sets the days anew.

    Raises BadInput for a part that isn't one, for days the wrong way round, or where it isn't a person in an
    organisation; NotFound where one of them isn't there.
    """
    if role not in Membership.Role.values:
        raise BadInput(f"There is no part '{role}'. There are: {', '.join(Membership.Role.values)}.")
    if since and until and until < since:
        raise BadInput("It ends before it begins.")
    whole, part = _there(organisation), _there(member)
    if whole.kind != Customer.Kind.ORGANISATION or part.kind != Customer.Kind.PERSON:
        raise BadInput("A member is a person who belongs to an organisation.")
    days = {"since": since, "until": until}
    row, new = Membership.objects.get_or_create(
        organisation=whole, member=part, role=role, defaults=days | {"source": source}
    )
    if not new and (row.since, row.until) != (since, until):
        Membership.objects.filter(pk=row.pk).update(source=source, **days)
        _noted("membership changed", row, source)
    elif new:
        _noted("member joined", row, source)
    return int(row.pk)


@transaction.atomic
def leave(organisation: int, member: int, role: str, *, on: date, source: str) -> None:
    """They play that part no longer, from the day after `on`. Raises NotFound where they never did."""
    whole, part = _there(organisation), _there(member)
    row = Membership.objects.filter(organisation=whole, member=part, role=role).first()
    if row is None:
        raise NotFound("They don't play that part.")
    if row.since is not None and on < row.since:
        raise BadInput("It ends before it begins.")
    if row.until != on:
        Membership.objects.filter(pk=row.pk).update(until=on)
        _noted("member left", row, source)


@transaction.atomic
def remove(membership_id: int) -> None:
    """It was a mistake: take the membership away; nothing happens where it is gone."""
    row = Membership.objects.filter(pk=membership_id).first()
    if row is not None:
        row.delete()
        _noted("membership removed", row, "")


def _noted(event: str, row: Membership, source: str) -> None:
    parts = {"organisation": row.organisation_id, "role": row.role}
    events.record(event, customer_id=row.member_id, properties=parts)
    audit.note("membership.changed", customer_id=row.member_id, object=f"customer {row.organisation_id}", source=source)


def _there(customer_id: int) -> Customer:
    row = Customer.objects.filter(pk=merges.current(customer_id)).first()
    if row is None:
        raise NotFound(f"There is no customer {customer_id}.")
    return row
