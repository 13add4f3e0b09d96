"""Taking in orders: new, unchanged, changed; occasions follow in the same step."""

from __future__ import annotations

import pyarrow as pa
import pytest
from tests.lake.batches import day, incoming, line, order, orders, random_orders, refund
from tests.lake.conftest import Rows

from regulars.base.errors import BadInput
from regulars.lake import Lake, OrderCounts


def test_a_lake_that_was_never_written_has_empty_typed_tables(lake: Lake) -> None:
    with lake.snapshot() as snapshot:
        found = snapshot.table("orders")
        assert found.count().execute() == 0
        assert found.schema()["day"].is_date()
        assert snapshot.sequence == 0


def test_new_orders_get_dense_ids_and_make_occasions(lake: Lake, rows: Rows) -> None:
    batch = orders([order(0, "A", 7, 0, 500), order(1, "B", 7, 0, 300, cost=100), order(2, "C", 5, 3, 900)])
    assert lake.upsert_orders(batch, import_id=1) == OrderCounts(new=3)
    assert [row["order_id"] for row in rows("orders", "order_id")] == [1, 2, 3]
    assert rows("occasions", "customer_id") == [
        {"customer_id": 5, "day": day(3), "orders": 1, "net": 900, "margin": None, "void_day": None},
        {"customer_id": 7, "day": day(0), "orders": 2, "net": 800, "margin": 200, "void_day": None},
    ]
    assert lake.upsert_orders(orders([order(9, "D", 5, 3, 100)]), import_id=2) == OrderCounts(new=1)
    assert [row["order_id"] for row in rows("orders", "order_id")] == [1, 2, 3, 4]
    assert rows("occasions", "customer_id")[0]["net"] == 1000
    assert rows("occasions", "customer_id")[0]["orders"] == 2


def test_the_same_import_again_changes_nothing(lake: Lake) -> None:
    batch = random_orders(1, 20, 100)
    lake.upsert_orders(batch, import_id=1)
    before = lake.snapshot().versions
    assert lake.upsert_orders(batch, import_id=1) == OrderCounts(new=100), "the recorded result"
    assert lake.upsert_orders(batch, import_id=2) == OrderCounts(unchanged=100), "another import of the same orders"
    assert lake.snapshot().versions == before


def test_a_changed_order_replaces_the_old_version_which_is_kept(lake: Lake, rows: Rows) -> None:
    lines = incoming("lines", [line(0, 1, 7, 0, 500, "tea"), line(1, 1, 5, 1, 300)])
    lake.upsert_orders(orders([order(0, "A", 7, 0, 500), order(1, "B", 5, 1, 300)]), lines, import_id=1)
    changed = orders([order(4, "A", 7, 2, 700), order(5, "B", 5, 1, 300), order(6, "C", 5, 2, 100)])
    counts = lake.upsert_orders(changed, incoming("lines", [line(4, 1, 7, 2, 700, "tea")]), import_id=2)
    assert counts == OrderCounts(new=1, unchanged=1, replaced=1)
    now = rows("orders", "order_id")
    assert [(row["order_id"], row["external_id"], row["net"], row["version"]) for row in now] == [
        (1, "A", 700, 2),
        (2, "B", 300, 1),
        (3, "C", 100, 1),
    ]
    (old,) = rows("order_versions")
    assert (old["order_id"], old["net"], old["version"], old["replaced_by_import_id"]) == (1, 500, 1, 2)
    assert [(one["line_no"], one["net"]) for one in old["lines"]] == [(1, 500)]
    assert sorted((row["order_id"], row["net"]) for row in rows("lines")) == [(1, 700), (2, 300)]
    assert [(row["customer_id"], row["day"]) for row in rows("occasions", "customer_id", "day")] == [
        (5, day(1)),
        (5, day(2)),
        (7, day(2)),
    ]


def test_a_fully_refunded_order_makes_its_day_void_from_the_day_of_the_last_refund(lake: Lake, rows: Rows) -> None:
    batch = orders(
        [
            order(0, "A", 1, 0, 500, refund=500),
            order(1, "B", 1, 0, 300, refund=300),
            order(2, "C", 2, 0, 500, refund=500),
            order(3, "D", 2, 0, 300, refund=100),
            order(4, "E", 3, 0, 0),  # free from the start: stands
            order(5, "F", 4, 0, 100, status="cancelled"),
            order(6, "G", 5, 4, 100, refund=100),  # refunded, nobody knows when
        ]
    )
    given = [refund(0, 1, 0, 5, 200), refund(0, 1, 0, 9, 300), refund(0, 1, 0, 20, 10), refund(1, 1, 0, 7, 300)]
    given += [refund(2, 2, 0, 3, 500), refund(3, 2, 0, 4, 100)]
    lake.upsert_orders(batch, refunds=incoming("refunds", given), import_id=1)
    found = {row["customer_id"]: row for row in rows("occasions")}
    assert sorted(found) == [1, 2, 3, 5]
    assert (found[1]["orders"], found[1]["net"], found[1]["void_day"]) == (0, 0, day(9))
    assert (found[2]["orders"], found[2]["net"], found[2]["void_day"]) == (1, 200, None)
    assert (found[3]["orders"], found[3]["void_day"]) == (1, None)
    assert (found[5]["orders"], found[5]["void_day"]) == (0, day(4))


def test_refunds_of_orders_that_stayed_count_when_their_day_is_made_anew(lake: Lake, rows: Rows) -> None:
    first = orders([order(0, "A", 1, 0, 500, refund=500)])
    lake.upsert_orders(first, refunds=incoming("refunds", [refund(0, 1, 0, 6, 500)]), import_id=1)
    second = orders([order(0, "B", 1, 0, 300, refund=300)])
    lake.upsert_orders(second, refunds=incoming("refunds", [refund(0, 1, 0, 2, 300)]), import_id=2)
    assert [row["void_day"] for row in rows("occasions")] == [day(6)]


def test_an_order_that_comes_twice_in_one_import_is_refused(lake: Lake) -> None:
    with pytest.raises(BadInput, match="A \\(2 times\\)"):
        lake.upsert_orders(orders([order(0, "A", 1, 0), order(1, "A", 1, 1)]), import_id=1)
    assert lake.snapshot().sequence == 0


def test_a_missing_value_that_every_order_needs_is_refused(lake: Lake) -> None:
    with pytest.raises(BadInput, match="1 of 1 rows for the table orders have no customer_id"):
        lake.upsert_orders(orders([order(0, "A", 1, 0) | {"customer_id": None}]), import_id=1)
    with pytest.raises(BadInput, match="lack the columns"):
        lake.upsert_orders(pa.table({"order_key": [1]}), import_id=1)
    assert lake.upsert_orders(orders([order(0, "A", 1, 0)]), import_id=1) == OrderCounts(new=1)
