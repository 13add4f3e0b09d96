"""Pages of the list: every customer once, in order, whatever the filter; compared with sorting by hand."""

from __future__ import annotations

import base64
from collections.abc import Callable
from datetime import date, timedelta
from itertools import product
from random import Random

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from tests.stores import every_database

from regulars.base.errors import BadInput
from regulars.customers import queries_list
from regulars.customers.models import Customer, CustomerTag, Picture, Tag
from regulars.customers.queries_list import SORTS, Filters, count, page
from regulars.platform.workspace import Workspace

pytestmark = every_database
FILTERS: dict[str, tuple[Filters, Callable[[Picture], bool]]] = {
    "all": (Filters(), lambda p: True),  # noqa: ARG005 - every one
    "standing": (Filters(standings=("slipping",)), lambda p: p.standing == "slipping"),
    "two standings": (Filters(standings=("slipping", "lapsed")), lambda p: p.standing in ("slipping", "lapsed")),
    "rung and country": (
        Filters(rungs=("client",), countries=("EE",)),
        lambda p: (p.rung, p.country) == ("client", "EE"),
    ),
    "value": (Filters(value_from=200, value_until=700), lambda p: 200 <= (p.value_365 or 0) <= 700),
    "days": (Filters(last_from=date(2024, 1, 5)), lambda p: p.last_day is not None and p.last_day >= date(2024, 1, 5)),
    "fading": (Filters(fading=True), lambda p: p.fading),
    "organisation": (Filters(organisation="Kohvik OÜ"), lambda p: p.organisation == "Kohvik OÜ"),
    "tag": (Filters(tags=(1,)), lambda p: p.pk % 5 == 0),
    "owner": (Filters(owner_staff_id=7), lambda p: p.pk % 9 == 0),
    "unowned": (Filters(unowned=True), lambda p: p.pk % 9 != 0),
    "seasonal": (Filters(seasonal=True), lambda p: p.seasonal),
    "risk": (Filters(risk_from=4), lambda p: (p.value_at_risk or 0) >= 4),
    "found": (Filters(customer_ids=(3, 4, 5)), lambda p: p.pk in (3, 4, 5)),
    "nobody": (Filters(countries=("XX",)), lambda p: False),  # noqa: ARG005 - no one
}


@pytest.fixture
def pictures(workspace: Workspace) -> list[Picture]:
    rng = Random(7)
    made, customers = [], []
    for number in range(1, 121):
        unknown = rng.random() < 0.2
        customers.append(Customer(pk=number, import_id=1, owner_staff_id=7 if number % 9 == 0 else None))
        made.append(
            Picture(
                customer_id=number,
                label=f"Name {rng.randrange(30)}",
                sort_name=f"name {rng.randrange(30)}",
                country=rng.choice(["EE", "FI", None]),
                organisation=rng.choice(["Kohvik OÜ", None]),
                standing=rng.choice(["current", "slipping", "lapsed"]),
                rung=rng.choice(["client", "buyer"]),
                last_day=None if unknown else date(2024, 1, 1) + timedelta(rng.randrange(10)),
                value_365=None if unknown else rng.randrange(10) * 100,
                value_at_risk=None if unknown else rng.randrange(10),
                seasonal=number % 11 == 0,
                next_in=None if rng.random() < 0.3 else rng.randrange(1, 9),
                fading=rng.random() < 0.1,
            )
        )
    Customer.objects.bulk_create(customers)
    Picture.objects.bulk_create(made)
    tag = Tag.objects.create(pk=1, name="VIP")
    now = "2024-01-01T00:00:00Z"
    CustomerTag.objects.bulk_create(CustomerTag(tag=tag, customer_id=n, at=now) for n in range(5, 121, 5))
    return made


def by_hand(pictures: list[Picture], sort: str) -> list[int]:
    order = SORTS[sort]
    known = [p for p in pictures if getattr(p, order.column) is not None]
    unknown = [p for p in pictures if getattr(p, order.column) is None]
    known.sort(key=lambda p: (getattr(p, order.column), p.pk), reverse=order.descending)
    unknown.sort(key=lambda p: p.pk, reverse=order.descending)
    return [p.pk for p in known + unknown]


def paged(filters: Filters, sort: str, size: int) -> list[int]:
    found: list[int] = []
    after = None
    while True:
        shown = page(filters, sort=sort, after=after, size=size)
        assert len(shown.rows) <= size
        found += [row.picture.pk for row in shown.rows]
        after = shown.next
        if after is None:
            return found


@pytest.mark.parametrize("tried", [10, queries_list.TRIED])
def test_pages_are_the_list_sorted_by_hand(
    pictures: list[Picture], tried: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(queries_list, "TRIED", tried)
    for (name, (filters, kept)), sort in product(FILTERS.items(), SORTS):
        expected = by_hand([p for p in pictures if kept(p)], sort)
        assert paged(filters, sort, 17) == expected, (name, sort)
        assert count(filters).customers == len(expected)


def test_a_row_has_tags_and_who_looks_after_them_in_three_queries(pictures: list[Picture]) -> None:
    with CaptureQueriesContext(
        connection,
    ) as asked:
        shown = page(Filters(), sort="name", size=100)
    assert len(asked) <= 3
    assert len(pictures) > 100
    by_id = {row.picture.pk: row for row in shown.rows}
    one = next(row for pk, row in by_id.items() if pk % 45 == 0)
    assert (one.tags, one.owner_staff_id) == (("VIP",), 7)


@pytest.mark.parametrize("token", ["nonsense", "WzFd", "é", "e30"])
def test_a_page_that_is_not_there(pictures: list[Picture], token: str) -> None:
    assert pictures
    with pytest.raises(BadInput, match="Begin with the first"):
        page(after=token)


def test_a_page_of_another_order_is_not_there(pictures: list[Picture]) -> None:
    """`value`, `risk` and `next` are numbers, and a day may be a name: such a page begins somewhere in the other."""
    alike = {"value": 0, "risk": 0, "next": 0, "last": 1, "name": 2}
    tokens = {sort: page(sort=sort, size=5).next for sort in SORTS}
    for (sort, token), other in product(tokens.items(), SORTS):
        if alike[sort] == alike[other] or (sort, other) == ("last", "name"):
            page(sort=other, after=token)
        else:
            with pytest.raises(BadInput, match="Begin with the first"):
                page(sort=other, after=token)


@pytest.mark.parametrize(
    ("sort", "place"),
    [
        ("value", f"[1,{10**20}]"),
        ("value", f"[{10**20},1]"),
        ("value", "[1.5,1]"),
        ("next", f"[-{10**20},1]"),
        ("name", "[null,1]"),
        ("name", '["\\u0000",1]'),
        ("last", '["2024-13-01",1]'),
        ("last", '["20240101",1]'),
    ],
)
def test_a_page_that_cannot_be(pictures: list[Picture], sort: str, place: str) -> None:
    assert pictures
    token = base64.urlsafe_b64encode(place.encode()).decode().rstrip("=")
    with pytest.raises(BadInput, match="Begin with the first"):
        page(sort=sort, after=token)


@pytest.mark.parametrize("sort", ["value", "risk", "next"])
def test_a_page_after_the_largest_number_is_one(pictures: list[Picture], sort: str) -> None:
    assert pictures
    token = base64.urlsafe_b64encode(f"[{2**63 - 1},{2**63 - 1}]".encode()).decode().rstrip("=")
    page(sort=sort, after=token)


def test_an_order_that_is_not_there(pictures: list[Picture]) -> None:
    assert pictures
    with pytest.raises(BadInput, match="can't be sorted by 'shoe size'"):
        page(sort="shoe size")
