"""Products by program: kept at once, the same again is nothing, and the lake has them soon after."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from django.db.models import F
from tests.stores import every_database
from tests.stream.shop import NOW, ago, event, in_lake, send

from regulars.base import clock
from regulars.base.errors import BadInput
from regulars.customers.refresh import open_lake
from regulars.intake import pipeline, recost, undo
from regulars.intake.models import Import
from regulars.platform.workspace import Workspace
from regulars.stream import product_costs, products
from regulars.stream.models import Product, ProductCost
from regulars.stream.orders_drain import drain_orders


@every_database
def test_a_product_is_made_changed_and_taken_to_the_lake(workspace: Workspace) -> None:
    assert products.put("p1", {"name": "Toffee", "category": "Sweets"}) == "created"
    assert products.put("p1", {"name": "Toffee"}) == "unchanged"
    assert products.put("p1", {"category": None, "durable": False}) == "changed"
    assert products.put("p2", {}) == "created"
    assert products.to_lake() == 2
    assert products.to_lake() == 0
    with open_lake(workspace).snapshot() as snapshot:
        found = {row["product_id"]: row for row in snapshot.table("products").to_pyarrow().to_pylist()}
    assert (found["p1"]["name"], found["p1"]["category"], found["p1"]["durable"]) == ("Toffee", None, False)
    assert set(found) == {"p1", "p2"}


def test_what_changes_while_it_is_taken_comes_again(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    products.put("p1", {"name": "Toffee"})
    real = open_lake

    def meanwhile(opened: Workspace) -> object:
        if Product.objects.filter(revision=1).exists():
            products.put("p1", {"name": "Fudge"})
        return real(opened)

    monkeypatch.setattr("regulars.customers.refresh.open_lake", meanwhile)
    assert products.to_lake() == 2
    assert not Product.objects.exclude(drained=F("revision")).exists()


@pytest.mark.parametrize("number", ["", "  ", "x" * 201])
def test_a_number_that_cannot_be_one_is_refused(workspace: Workspace, number: str) -> None:
    with pytest.raises(BadInput):
        products.put(number, {})


def sold() -> None:
    """Two orders with a line of three pieces each: in January and in March."""
    goods = [{"product_id": "p1", "quantity": 3, "price": 10}]
    send(
        event("Order Completed", "A1", user="C1", total=30, products=goods, at=ago(40)),
        event("Order Completed", "A2", user="C1", total=30, products=goods, at=ago(0.5)),
    )
    drain_orders(at_once=True)


def costs(workspace: Workspace) -> dict[str, int | None]:
    return {row["external_id"]: row["cost"] for row in in_lake(workspace)}


@every_database
def test_a_cost_reaches_the_lake_and_the_orders_there(workspace: Workspace) -> None:
    with clock.fixed(NOW):
        sold()
        assert costs(workspace) == {"A1": None, "A2": None}
        assert products.put("p1", {"name": "Toffee", "cost": "4.00"}) == "created"
        assert products.put("p1", {"cost": "4.0", "currency": "EUR"}) == "unchanged"
        assert products.put("p1", {"cost": "5", "cost_from": date(2026, 3, 1)}) == "changed"
        assert product_costs.to_lake() == 2
        assert product_costs.to_lake() == 0
        assert costs(workspace) == {"A1": 1200, "A2": 1500}
        wanted = [("p1", product_costs.ALWAYS, 400), ("p1", date(2026, 3, 1), 500)]
        assert [(row["product_id"], row["from_day"], row["cost"]) for row in in_lake(workspace, "costs")] == wanted

        products.put("p1", {"cost": "6", "cost_from": date(2026, 3, 1)})
        assert product_costs.to_lake() == 1
        assert costs(workspace) == {"A1": 1200, "A2": 1800}
        send(event("Order Updated", "A2", total=35))
        drain_orders(at_once=True)
        assert costs(workspace)["A2"] == 1800


def test_a_cost_in_a_currency_without_a_rate_waits_for_it(workspace: Workspace, tmp_path: Path) -> None:
    with clock.fixed(NOW):
        sold()
        products.put("p1", {"cost": "40", "currency": "SEK"})
        products.put("p2", {"cost": "1"})
        assert product_costs.to_lake() == 1
        assert ProductCost.objects.get(product__number="p1").problem == "no_rate"
        rates = tmp_path / "rates.csv"
        rates.write_text("day,currency,rate\n2024-01-01,SEK,0.1\n2024-06-01,SEK,0.1\n")
        pipeline.import_files(workspace, [rates])
        assert product_costs.to_lake() == 1
        assert ProductCost.objects.get(product__number="p1").problem == ""
        assert costs(workspace) == {"A1": 1200, "A2": 1200}


def test_killed_before_orders_have_them_it_is_done_again(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    with clock.fixed(NOW):
        sold()
        products.put("p1", {"cost": "4"})
        with monkeypatch.context() as patched:
            patched.setattr(recost, "anew", lambda *_given, **_more: 1 / 0)
            with pytest.raises(ZeroDivisionError):
                product_costs.to_lake()
        assert product_costs.to_lake() == 1
        assert costs(workspace) == {"A1": 1200, "A2": 1200}


def test_an_import_can_be_undone_after_its_orders_got_costs(workspace: Workspace, tmp_path: Path) -> None:
    file = tmp_path / "lines.csv"
    file.write_text(
        "order_number,ordered_at,customer_ref,product_id,quantity,line_total\nL1,2026-02-01,C1,p1,2,20.00\n"
    )
    with clock.fixed(NOW):
        pipeline.import_files(workspace, [file])
        products.put("p1", {"cost": "4"})
        product_costs.to_lake()
        assert costs(workspace) == {"L1": 800}
        number = Import.objects.get().pk
        Import.objects.filter(pk=number).update(state=Import.State.UNDOING)
        assert undo.finish(workspace, number)
    assert in_lake(workspace) == []


@pytest.mark.parametrize("told", [{"currency": "EUR"}, {"cost_from": date(2026, 3, 1)}])
def test_half_a_cost_is_refused_and_nothing_kept(workspace: Workspace, told: dict[str, object]) -> None:
    with pytest.raises(BadInput):
        products.put("p1", {"name": "Toffee", **told})
    assert not Product.objects.exists()
