"""Customers as programs are shown them: rows of the store, turned into the shapes of `api_shapes`."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from regulars.base.money import Money
from regulars.customers import queries_one
from regulars.customers.api_shapes import (
    CustomerOut,
    CustomerRow,
    Key,
    MemberOut,
    OrganisationOut,
    ReasonOut,
    StandingOut,
)
from regulars.customers.models import Customer, Identity, Membership, Picture
from regulars.customers.queries_list import Row
from regulars.customers.queries_one import OneCustomer
from regulars.insight.figures import Reason
from regulars.platform import store
from regulars.staff import callers

Say = Callable[[Reason], str]
"""Puts a reason into words."""
_OF_SHOPS = ("ref", "guest")


def currency() -> str:
    """Of every amount that is shown."""
    return store.opened().settings.firm.currency or "EUR"


def amount(minor: int | None) -> str | None:
    """Money as text of digits in major units."""
    return None if minor is None else str(Money(minor, currency()).major)


def one(customer_id: int, say: Say) -> CustomerOut:
    """A customer. Raises NotFound."""
    found = queries_one.one(customer_id, currency=currency())
    row, contacts = found.customer, callers.may("contact")
    return CustomerOut(
        id=str(row.pk),
        external_ids=_keys(found.keys),
        kind=row.kind,
        name=row.name,
        email=row.email if contacts else None,
        phone=row.phone if contacts else None,
        country=row.country,
        region=row.region,
        city=row.city,
        language=row.language,
        time_zone=row.time_zone,
        birth_date=row.birth_date,
        organisation=row.organisation,
        tags=[tag.name for tag in found.tags],
        standing=_standing(found, say),
    )


def rows(listed: Sequence[Row]) -> list[CustomerRow]:
    """Customers of a list."""
    keys = keys_of([row.picture.customer_id for row in listed])
    return [_row(row.picture, keys.get(row.picture.customer_id, []), row.tags) for row in listed]


def organisation(row: Customer) -> OrganisationOut:
    """An organisation with its members."""
    members = Membership.objects.filter(organisation=row).order_by("member_id", "role")
    return OrganisationOut(
        id=str(row.pk),
        external_ids=keys_of([row.pk]).get(row.pk, []),
        name=row.name,
        country=row.country,
        region=row.region,
        city=row.city,
        language=row.language,
        time_zone=row.time_zone,
        members=[MemberOut(id=str(m.member_id), role=m.role, since=m.since, until=m.until) for m in members],
    )


def keys_of(customer_ids: Iterable[int]) -> dict[int, list[Key]]:
    """The shops' own ids of each customer."""
    found: dict[int, list[Key]] = {}
    held = Identity.objects.filter(customer_id__in=list(customer_ids), kind__in=_OF_SHOPS).order_by("shop", "key")
    for identity in held:
        found.setdefault(identity.customer_id, []).extend(_keys([identity]))
    return found


def _keys(held: Iterable[Identity]) -> list[Key]:
    return [Key(shop=one.shop, id=one.key) for one in held if one.kind in _OF_SHOPS]


def _row(picture: Picture, keys: list[Key], tags: Sequence[str]) -> CustomerRow:
    hidden = not picture.label or ("@" in picture.label and not callers.may("contact"))
    return CustomerRow(
        id=str(picture.customer_id),
        external_ids=keys,
        label=f"Customer {picture.customer_id}" if hidden else picture.label,
        country=picture.country,
        standing=picture.standing,
        rung=picture.rung,
        orders=picture.orders,
        last_day=picture.last_day,
        value_365=amount(picture.value_365),
        tags=list(tags),
    )


def _standing(found: OneCustomer, say: Say) -> StandingOut:
    picture = found.picture or Picture(standing="not judged", rung="prospect")
    return StandingOut(
        as_of=found.as_of,
        standing=picture.standing,
        rung=picture.rung,
        sure=picture.sure,
        p_return=picture.p_return,
        return_by=found.ahead.return_by,
        next_occasion=found.ahead.next_day,
        next_occasion_earliest=found.ahead.next_day_10,
        next_occasion_latest=found.ahead.next_day_90,
        late_after=picture.late_after_day,
        occasions=picture.occasions,
        orders=picture.orders,
        first_day=picture.first_day,
        last_day=picture.last_day,
        currency=currency(),
        value_365=amount(picture.value_365),
        value_365_low=amount(picture.value_365_low),
        value_365_high=amount(picture.value_365_high),
        value_at_risk=amount(picture.value_at_risk),
        realised_value=amount(picture.realised_value),
        client_score=picture.client_score,
        fading=picture.fading,
        seasonal=picture.seasonal,
        reasons=[ReasonOut(code=reason.code, text=say(reason)) for reason in found.reasons],
    )
