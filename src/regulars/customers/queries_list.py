"""A million customers a page at a time: filters, orders, and where the next page begins.

Pages begin after the last row of the one before, so that the thousandth is as quick as the first. Customers of whom
the sorted figure isn't known come last, whichever way a list is sorted.

Neither database knows well when to follow the index of an order (quick where many customers match) and when to read
the narrow index of all filters (quick where few do), and the wrong one takes seconds. So the beginning of the order is
tried first, and where that isn't enough the narrow index is read.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import date
from typing import Any

import msgspec
from django.db.models import DateField, F, IntegerField, Q, QuerySet
from django.db.models.functions import Coalesce

from regulars.base.errors import BadInput
from regulars.customers.models import Customer, CustomerTag, Picture

TRIED = 2_000
"""So many customers from the beginning of an order are tried first."""
LARGEST_PAGE = 500
_LARGEST = 2**63 - 1


@dataclass(frozen=True)
class Filters:
    """Which customers; what isn't given doesn't matter. Money in minor units, `tags` are ids of which one is enough."""

    standings: tuple[str, ...] = ()
    rungs: tuple[str, ...] = ()
    countries: tuple[str, ...] = ()
    tags: tuple[int, ...] = ()
    organisation: str = ""
    owner_staff_id: int | None = None
    unowned: bool = False
    """Only those whom nobody of the staff looks after."""
    fading: bool | None = None
    seasonal: bool | None = None
    value_from: int | None = None
    value_until: int | None = None
    risk_from: int | None = None
    last_from: date | None = None
    last_until: date | None = None
    customer_ids: tuple[int, ...] | None = None
    """Only among these, such as what a search found."""

    def __bool__(self) -> bool:
        return any(getattr(self, f.name) != f.default for f in fields(self))


@dataclass(frozen=True)
class Sort:
    """One way to sort a list: by a column of `Picture`, and its customers' ids among equals."""

    name: str
    column: str
    descending: bool
    nullable: bool = True
    indexed: bool = True
    """Whether `Picture` has an index in this order; else the narrow index of all filters is read and sorted."""

    @property
    def minus(self) -> str:
        return "-" if self.descending else ""

    @property
    def beyond(self) -> str:
        return "lt" if self.descending else "gt"


SORTS = {
    sort.name: sort
    for sort in (
        Sort("value", "value_365", True),
        Sort("risk", "value_at_risk", True, indexed=False),
        Sort("last", "last_day", True),
        Sort("next", "next_in", False, indexed=False),
        Sort("name", "sort_name", False, nullable=False),
    )
}


@dataclass(frozen=True)
class Row:
    """One line of the list."""

    picture: Picture
    owner_staff_id: int | None
    tags: tuple[str, ...]


@dataclass(frozen=True)
class Page:
    """Rows, and the token of the page that follows (None: this is the last)."""

    rows: list[Row]
    next: str | None


@dataclass(frozen=True)
class Count:
    """How many customers; `about` where they weren't counted one by one."""

    customers: int
    about: bool = False


def chosen(filters: Filters) -> QuerySet[Picture]:
    """The pictures of those customers, in no order."""
    return _those(Picture.objects.all(), filters)


def _those(found: QuerySet[Picture], filters: Filters) -> QuerySet[Picture]:
    for column, values in (("standing", filters.standings), ("rung", filters.rungs), ("country", filters.countries)):
        if values:
            found = found.filter(**({column: values[0]} if len(values) == 1 else {f"{column}__in": values}))
    # Ranges are computed, so that neither database follows an index of one of them into a million rows.
    found = found.alias(value=_plain("value_365"), last=_plain("last_day"), risk=_plain("value_at_risk"))
    for column, value in (
        ("fading", filters.fading),
        ("seasonal", filters.seasonal),
        ("risk__gte", filters.risk_from),
        ("value__gte", filters.value_from),
        ("value__lte", filters.value_until),
        ("last__gte", filters.last_from),
        ("last__lte", filters.last_until),
    ):
        if value is not None:
            found = found.filter(**{column: value})
    if filters.organisation:
        found = found.filter(organisation=filters.organisation)
    if filters.tags:
        found = found.filter(pk__in=CustomerTag.objects.filter(tag_id__in=filters.tags).values("customer_id"))
    if filters.owner_staff_id is not None:
        owned = Customer.objects.filter(owner_staff_id=filters.owner_staff_id)
        found = found.filter(pk__in=owned.values("pk"))
    if filters.unowned:
        # Those with an owner are the fewer, in most firms.
        found = found.exclude(pk__in=Customer.objects.filter(owner_staff_id__isnull=False).values("pk"))
    if filters.customer_ids is not None:
        found = found.filter(pk__in=filters.customer_ids)
    return found


def page(filters: Filters = Filters(), *, sort: str = "value", after: str | None = None, size: int = 50) -> Page:
    """`size` customers, beginning after the page whose token is `after`.

    Raises BadInput for an unknown order or a token that isn't one.
    """
    if sort not in SORTS:
        raise BadInput(f"Customers can't be sorted by '{sort}'. There is: {', '.join(SORTS)}.")
    order, size = SORTS[sort], max(1, min(size, LARGEST_PAGE))
    ids = _ids(filters, order, _Place.read(after, order), size + 1)
    rows = rows_of([place.customer_id for place in ids[:size]])
    return Page(rows, ids[size - 1].token() if len(ids) > size else None)


def rows_of(customer_ids: Sequence[int]) -> list[Row]:
    """The lines of these customers, in this order; those without a picture are left out."""
    pictures = Picture.objects.select_related("customer").in_bulk(customer_ids)
    tags: dict[int, list[str]] = {}
    for who, name in (
        CustomerTag.objects.filter(customer_id__in=customer_ids)
        .order_by("tag__name")
        .values_list("customer_id", "tag__name")
    ):
        tags.setdefault(who, []).append(name)
    return [
        Row(pictures[who], pictures[who].customer.owner_staff_id, tuple(tags.get(who, ())))
        for who in customer_ids
        if who in pictures
    ]


def count(filters: Filters = Filters()) -> Count:
    """How many customers there are of these."""
    return Count(chosen(filters).count())


class _Place(msgspec.Struct, frozen=True, array_like=True):
    """Where a page ends: the sorted figure (days as ISO text) and the id of its last customer."""

    value: int | str | None
    customer_id: int

    def token(self) -> str:
        return base64.urlsafe_b64encode(msgspec.json.encode(self)).decode().rstrip("=")

    @classmethod
    def read(cls, token: str | None, order: Sort) -> _Place | None:
        """Raises BadInput for what isn't a place in this order: links are passed on, and orders change."""
        if not token:
            return None
        try:
            found = msgspec.json.decode(base64.urlsafe_b64decode(token + "=" * (-len(token) % 4)), type=cls)
        except (msgspec.DecodeError, binascii.Error, ValueError):
            found = None
        if found is None or not found._is_of(order):
            raise BadInput("That page isn't there. Begin with the first one.")
        return found

    def _is_of(self, order: Sort) -> bool:
        if not 0 < self.customer_id <= _LARGEST:
            return False
        match Picture._meta.get_field(order.column):
            case _ if self.value is None:
                return order.nullable
            case DateField():
                return isinstance(self.value, str) and _is_day(self.value)
            case IntegerField():
                return isinstance(self.value, int) and abs(self.value) <= _LARGEST
            case _:
                return isinstance(self.value, str) and "\0" not in self.value


def _is_day(text: str) -> bool:
    try:
        return date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False


def _ids(filters: Filters, order: Sort, after: _Place | None, most: int) -> list[_Place]:
    places: list[_Place] = []
    if after is None or after.value is not None:
        places = _known(filters, order, after, most)
    if order.nullable and len(places) < most:
        unknown = chosen(filters).filter(**{f"{order.column}__isnull": True})
        if after is not None and after.value is None:
            unknown = unknown.filter(**{f"customer_id__{order.beyond}": after.customer_id})
        places += _taken(unknown.order_by(f"{order.minus}customer_id"), order, most - len(places))
    return places


def _known(filters: Filters, order: Sort, after: _Place | None, most: int) -> list[_Place]:
    begun = Picture.objects.filter(**{f"{order.column}__isnull": False}) if order.nullable else Picture.objects.all()
    if after is not None:
        begun = begun.filter(_beyond(order, order.column, after))
    indexed = (
        Filters(standings=filters.standings) if order.name == "value" and len(filters.standings) == 1 else Filters()
    )
    begun = _those(begun, indexed).order_by(f"{order.minus}{order.column}", f"{order.minus}customer_id")
    if order.indexed and filters == indexed:
        return _taken(begun, order, most)
    # The order is computed, so that no index of it is followed further than asked.
    plain = _plain(order.column)
    by: tuple[Any, str] = (plain.desc() if order.descending else plain.asc(), f"{order.minus}customer_id")
    if order.indexed:
        tried = chosen(filters).filter(pk__in=begun.values("pk")[:TRIED]).order_by(*by)
        places = _taken(tried, order, most)
        if len(places) == most:
            return places
    found = chosen(filters).alias(plain=plain).filter(plain__isnull=False)
    if after is not None:
        found = found.filter(_beyond(order, "plain", after))
    return _taken(found.order_by(*by), order, most)


def _plain(column: str) -> Coalesce:
    """The column, in a form that no index of it alone answers to."""
    return Coalesce(F(column), F(column))


def _beyond(order: Sort, column: str, after: _Place) -> Q:
    # Written so that both databases begin in the index at the value, and step over equals with smaller ids.
    return Q(**{f"{column}__{order.beyond}e": after.value}) & (
        Q(**{f"{column}__{order.beyond}": after.value}) | Q(**{f"customer_id__{order.beyond}": after.customer_id})
    )


def _taken(found: QuerySet[Picture], order: Sort, most: int) -> list[_Place]:
    rows: Any = found.values_list(order.column, "customer_id")[:most]
    return [_Place(value.isoformat() if isinstance(value, date) else value, who) for value, who in rows]
