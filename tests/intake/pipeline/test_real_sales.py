"""A real shop whose postage stands on each item: orders add up to what was paid for them."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest

pytestmark = pytest.mark.data


def test_postage_of_each_item_adds_up_to_the_orders_to_the_cent(shop, test_data: Path) -> None:
    names = ("orders", "order_items", "order_payments", "customers")
    shop.take(*(test_data / "olist_sample" / f"{name}.parquet" for name in names))
    with duckdb.connect() as con:
        told = con.execute(
            f"""SELECT order_id, (sum(price::DECIMAL(18, 2)) * 100)::BIGINT,
                (sum(freight_value::DECIMAL(18, 2)) * 100)::BIGINT
            FROM '{test_data}/olist_sample/order_items.parquet' GROUP BY 1"""
        ).fetchall()
    amounts = {number: (price, freight) for number, price, freight in told}
    found = shop.orders("net", "shipping")
    with_items = {number: amount for number, amount in found.items() if number in amounts}
    assert len(with_items) > 22_000
    assert with_items == {number: amounts[number] for number in with_items}
