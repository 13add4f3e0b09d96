"""Undoing an import whose customers ordered since, over HTTP: they stay, with what came in."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from tests.stores import every_database
from tests.stream.shop import NOW, event, file_of_orders, in_lake, item, send

from regulars.base import clock
from regulars.customers.models import Customer, Identity
from regulars.intake import pipeline, undo
from regulars.intake.models import Import
from regulars.platform.registry import personal_data
from regulars.platform.workspace import Workspace
from regulars.stream import drainer
from regulars.stream.models import Identified, Order
from regulars.stream.orders_drain import drain_orders

pytestmark = every_database


@pytest.fixture(autouse=True)
def _now(workspace: Workspace) -> Iterator[None]:
    with clock.fixed(NOW):
        yield


def who(ref: str) -> int:
    return Identity.objects.get(kind="ref", key=ref).customer_id


def imported(workspace: Workspace, folder: Path) -> int:
    """A file makes four customers: C1 orders once more since, C2 was on a page, C3 only paid, C4 did nothing."""
    rows = [(f"F{number}", "2026-02-01", f"C{number}", "20.00") for number in (1, 2, 3, 4)]
    pipeline.import_files(workspace, [file_of_orders(folder / "orders.csv", rows)])
    send(
        event("Order Completed", "S1", user="C1", total=40),
        item("track", "Product Viewed", user="C2"),
        event("Order Updated", "F3", user="C3", total=25),
    )
    drainer.drain_all(workspace)
    return Import.objects.get().pk


def undone(workspace: Workspace, number: int) -> undo.Preview:
    told = undo.preview(workspace, number)
    Import.objects.filter(pk=number).update(state=Import.State.UNDOING)
    assert undo.finish(workspace, number)
    return told


def test_who_ordered_since_stays_with_the_order(workspace: Workspace, tmp_path: Path) -> None:
    number = imported(workspace, tmp_path)
    first, second, third = who("C1"), who("C2"), who("C3")
    assert undone(workspace, number).customers == 1
    assert (who("C1"), who("C2"), who("C3")) == (first, second, third)
    assert not Identity.objects.filter(key="C4").exists()
    assert set(Identified.objects.values_list("customer_id", flat=True)) == {first, second, third}
    assert in_lake(workspace) == []

    drain_orders(at_once=True)
    found = {row["external_id"]: row["customer_id"] for row in in_lake(workspace)}
    assert found == {"S1": first, "F3": third}
    send(event("Order Refunded", "S1", user="C1", total=5))
    assert Order.objects.get(number="S1").customer_id == first
    assert Import.objects.get(pk=number).counts["undone"]["customers"] == 1


def test_without_asking_the_stream_they_would_go(
    workspace: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Negative control: the order is left with a customer who isn't there."""
    for name in ("orders that came in", "visits"):
        monkeypatch.setitem(personal_data._entries, name, replace(personal_data[name], needs=None))
    undone(workspace, imported(workspace, tmp_path))
    assert not Customer.objects.filter(pk=Order.objects.get(number="S1").customer_id).exists()
