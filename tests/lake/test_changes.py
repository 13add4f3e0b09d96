"""Which customers changed between two snapshots."""

from __future__ import annotations

from tests.lake.batches import order, orders, random_orders

from regulars.lake import Lake


def test_changed_customers_between_snapshots(lake: Lake) -> None:
    lake.upsert_orders(random_orders(1, 10, 50), import_id=1)
    first = lake.snapshot().versions
    nobody = lake.changed_customers(first)
    assert nobody is not None
    assert nobody.tolist() == []
    lake.upsert_orders(orders([order(0, "X", 77, 1), order(1, "N3", 2, 1)]), import_id=2)
    second = lake.snapshot().versions
    lake.upsert_orders(orders([order(0, "Y", 3, 1)]), import_id=3)
    lake.compact()
    old = random_orders(1, 10, 50)
    owner = old["customer_id"][old["external_id"].to_pylist().index("N3")].as_py()
    changed = lake.changed_customers(first, second)
    assert changed is not None
    assert changed.tolist() == sorted({77, 2, owner}), "an order that moved changes both customers"
    now = lake.changed_customers(first)
    assert now is not None
    assert set(now) == {77, 2, owner, 3}
    since = lake.changed_customers(second)
    assert since is not None
    assert since.tolist() == [3]


def test_it_is_not_known_for_another_lake_or_after_a_rebuild(lake: Lake) -> None:
    lake.upsert_orders(random_orders(1, 10, 50), import_id=1)
    first = lake.snapshot().versions
    assert lake.changed_customers({}) is None
    assert lake.changed_customers({"occasions": 99}) is None
    lake.rebuild_occasions()
    assert lake.changed_customers(first) is None
