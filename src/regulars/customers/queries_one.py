"""Everything that a customer's page says from insight: picture, reasons with figures, latest orders, what changed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from regulars.base.errors import NotFound
from regulars.base.money import digits
from regulars.customers.models import Customer, Identity, Picture, Recent, Run, StandingChange, Tag
from regulars.customers.queries import shown_run
from regulars.customers.recent import Recent as Latest
from regulars.customers.recent import unpack
from regulars.insight.figures import Reason

MOST_CHANGES = 50
_MONEY = ("value_365", "spend_per_occasion")


@dataclass(frozen=True)
class Ahead:
    """Days that a picture keeps as so many ahead of its run."""

    return_by: date | None = None
    next_day: date | None = None
    next_day_10: date | None = None
    next_day_90: date | None = None


@dataclass(frozen=True)
class OneCustomer:
    """A customer as their page shows them. `picture` is None where there was no sync yet, money is minor units."""

    customer: Customer
    picture: Picture | None
    as_of: date | None
    ahead: Ahead
    reasons: list[Reason]
    """Money in their figures is in major units, as in `insight.figures`."""
    recent: Latest
    changes: list[StandingChange]
    keys: list[Identity]
    tags: list[Tag]


def one(customer_id: int, *, currency: str = "EUR") -> OneCustomer:
    """The customer, in seven queries; of one who was merged into another, that other.

    Raises NotFound.
    """
    customer = _customer(customer_id)
    run = shown_run()
    picture: Picture | None = getattr(customer, "picture", None)
    latest: Recent | None = getattr(customer, "recent", None)
    ahead = _ahead(picture, run.as_of) if picture and run else Ahead()
    return OneCustomer(
        customer=customer,
        picture=picture,
        as_of=run.as_of if run else None,
        ahead=ahead,
        reasons=_reasons(picture, run, ahead, currency) if picture and run else [],
        recent=unpack(latest.packed if latest else ""),
        changes=list(StandingChange.objects.filter(customer=customer).order_by("-id")[:MOST_CHANGES]),
        keys=list(Identity.objects.filter(customer=customer).order_by("kind", "shop", "key")),
        tags=list(Tag.objects.filter(customers__customer=customer).order_by("name")),
    )


def _customer(customer_id: int) -> Customer:
    seen: set[int] = set()
    wanted: int | None = customer_id
    while wanted is not None and wanted not in seen:
        seen.add(wanted)
        found = Customer.objects.select_related("picture", "recent").filter(pk=wanted).first()
        if found is None or found.merged_into_id is None:
            break
        wanted = found.merged_into_id
    else:
        found = None
    if found is None:
        raise NotFound(f"There is no customer {customer_id}. They may have been forgotten, or the address is mistyped.")
    return found


def _ahead(picture: Picture, as_of: date) -> Ahead:
    def day(count: int | None) -> date | None:
        return None if count is None else as_of + timedelta(count)

    return Ahead(day(picture.return_in), day(picture.next_in), day(picture.next_in_10), day(picture.next_in_90))


def _reasons(picture: Picture, run: Run, ahead: Ahead, currency: str) -> list[Reason]:
    import msgspec

    from regulars.insight.lists import figures_of
    from regulars.insight.parameters import Parameters
    from regulars.insight.reasons import reasons

    row: dict[str, Any] = {field.attname: getattr(picture, field.attname) for field in Picture._meta.concrete_fields}
    row |= {"return_by": ahead.return_by, "next_occasion_day": ahead.next_day}
    told = row | figures_of(msgspec.convert(run.parameters, Parameters))
    if picture.last_day and picture.first_day:
        told["silence"] = (run.as_of - picture.last_day).days
        told["span_days"] = (picture.last_day - picture.first_day).days
    unit = 10 ** digits(currency)
    for name in (*_MONEY, "needed_value"):
        if told.get(name) is not None:
            told[name] = round(float(told[name]) / unit, digits(currency))
    return reasons(told)
