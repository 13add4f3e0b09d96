"""Products by program: kept at once, the same again is nothing, and the lake has them soon after."""

from __future__ import annotations

import pytest
from django.db.models import F
from tests.stores import every_database

from regulars.base.errors import BadInput
from regulars.customers.refresh import open_lake
from regulars.platform.workspace import Workspace
from regulars.stream import products
from regulars.stream.models import Product


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
