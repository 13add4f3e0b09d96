"""What is of two customers while they are one is each one's own again when their merge is undone."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from tests.stores import every_database
from tests.stream.shop import NOW, PAGE, ago, event, in_lake, item, send

from regulars.base import clock
from regulars.customers import actions_merges, forget
from regulars.customers.models import Identity
from regulars.customers.refresh import open_lake
from regulars.lake.events import resolved
from regulars.platform.workspace import Workspace
from regulars.stream import drainer, queries, visitors
from regulars.stream.models import Identified, Visitor

pytestmark = every_database


@pytest.fixture(autouse=True)
def _now(workspace: Workspace) -> Iterator[None]:
    with clock.fixed(NOW):
        yield


def who(ref: str) -> int:
    return Identity.objects.get(kind="ref", key=ref).customer_id


def whose(workspace: Workspace) -> dict[str, int]:
    """Customers of the events of a shop's pages, by the product that was looked at."""
    found = open_lake(workspace).read(lambda now: resolved(now, *queries.whose()).to_pyarrow().to_pylist())
    return {row["properties"][15:-2]: row["customer_id"] for row in found if row["name"] == "Product Viewed"}


def look(product: str, *, user: str | None = None, visit: str | None = None) -> None:
    send(item("track", "Product Viewed", user=user, visit=visit, properties={"product_id": product}), source=PAGE)


@pytest.fixture
def merged(workspace: Workspace) -> tuple[int, int, int]:
    """A and B, and the merge of B into A; B looked at something since, also without saying who they are."""
    send(item("identify", user="A"), item("identify", user="B"))
    a, b = who("A"), who("B")
    merge = actions_merges.merge(b, a)
    look("named", user="B")
    send(item("identify", user="B", visit="vb"), source=PAGE)
    look("visit", visit="vb")
    drainer.drain_all(workspace)
    return a, b, merge


def test_events_part_when_a_merge_is_undone(workspace: Workspace, merged: tuple[int, int, int]) -> None:
    a, b, merge = merged
    assert whose(workspace) == {"named": a, "visit": a}
    assert len(queries.recent([a, b])) == 2
    actions_merges.undo(merge)
    look("later", user="B")
    look("visit later", visit="vb")
    drainer.drain_all(workspace)
    assert whose(workspace) == {"named": b, "visit": b, "later": b, "visit later": b}
    assert (len(queries.recent([a])), len(queries.recent([b]))) == (0, 4)


@pytest.mark.parametrize("gone", ["A", "B"])
def test_whoever_is_forgotten_takes_their_own_along(
    workspace: Workspace, merged: tuple[int, int, int], gone: str
) -> None:
    look("own", user="A")
    drainer.drain_all(workspace)
    actions_merges.undo(merged[2])
    forget.ask(workspace, [who(gone)])
    forget.work(workspace)
    left = {"named", "visit"} if gone == "A" else {"own"}
    shown = in_lake(workspace, "events", "name = 'Product Viewed'")
    assert {row["properties"][15:-2] for row in shown} == left


def test_who_had_joined_the_other_is_put_right(merged: tuple[int, int, int]) -> None:
    a, b, merge = merged
    known = Visitor.objects.get(user_id="B")
    Identified.objects.filter(visitor=known).update(customer_id=a)
    actions_merges.undo(merge)
    visitors.catch_up([known.pk])
    assert Identified.objects.get(visitor=known).customer_id == b


def test_who_is_being_forgotten_stays_so(merged: tuple[int, int, int]) -> None:
    known = Visitor.objects.get(user_id="B")
    Identified.objects.filter(visitor=known).update(customer_id=merged[0], forgotten=True)
    visitors.catch_up()
    assert Identified.objects.get(visitor=known).customer_id == merged[0]


def test_an_order_of_a_visit_goes_back_too(merged: tuple[int, int, int]) -> None:
    from regulars.stream.models import Order

    send(event("Order Completed", "1", visit="vb", total=5, at=ago(-0.001)), source=PAGE)
    assert Order.objects.get().customer_id == merged[1]
