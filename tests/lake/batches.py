"""Small order batches for the lake's tests: what intake would hand over."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any

import numpy as np
import pyarrow as pa

from regulars.base.hashing import stable_hash
from regulars.lake.tables import TABLES

DAY_ONE = date(2024, 1, 1)


def incoming(table: str, rows: Sequence[Mapping[str, Any]]) -> pa.Table:
    """Rows as an Arrow table with the columns of `table`, order_key in place of order_id."""
    fields = [field for field in TABLES[table].schema if field.name not in ("order_id", "version")]
    schema = pa.schema([pa.field("order_key", pa.int64()), *fields])
    return pa.Table.from_pylist([{name: row.get(name) for name in schema.names} for row in rows], schema=schema)


def order(key: int, number: str, customer: int, day: int, net: int = 1000, **more: Any) -> dict[str, Any]:
    """One order of `net` cents on the day `day` days after DAY_ONE; `refund`, `cost`, `status`, ... on request."""
    when = DAY_ONE + timedelta(days=day)
    refund = more.get("refund", 0)
    row: dict[str, Any] = {
        "order_key": key,
        "shop": "default",
        "external_id": number,
        "customer_id": customer,
        "ordered_at": datetime(when.year, when.month, when.day, 12, tzinfo=UTC),
        "day": when,
        "currency": "EUR",
        "rate": 1.0,
        "original": net,
        "gross": net,
        "discount": 0,
        "refund": 0,
        "tax": 0,
        "shipping": 0,
        "net": net - refund,
        "cost": None,
        "status": "placed",
        "import_id": 1,
    } | more
    row["fingerprint"] = stable_hash(
        *(str(row[name]) for name in sorted(row) if name not in ("order_key", "import_id"))
    )
    return row


def line(key: int, number: int, customer: int, day: int, net: int, category: str | None = None) -> dict[str, Any]:
    """One line of the order with `key`."""
    return {
        "order_key": key,
        "line_no": number,
        "customer_id": customer,
        "day": DAY_ONE + timedelta(days=day),
        "product_id": f"product {number}",
        "category": category,
        "quantity": 1.0,
        "unit_price": net,
        "discount": 0,
        "net": net,
    }


def refund(key: int, customer: int, order_day: int, day: int, amount: int) -> dict[str, Any]:
    """Money given back on the day `day` for the order with `key` of the day `order_day`."""
    return {
        "order_key": key,
        "customer_id": customer,
        "order_day": DAY_ONE + timedelta(days=order_day),
        "day": DAY_ONE + timedelta(days=day),
        "amount": amount,
    }


def orders(rows: Iterable[Mapping[str, Any]]) -> pa.Table:
    """An incoming orders table."""
    return incoming("orders", list(rows))


def random_orders(seed: int, customers: int, count: int, first_key: int = 0) -> pa.Table:
    """`count` orders of up to `customers` customers over 400 days, numbered by key."""
    rng = np.random.default_rng(seed)
    who = rng.integers(1, customers + 1, count)
    days = rng.integers(0, 400, count)
    nets = rng.integers(100, 10_000, count)
    numbered = range(first_key, first_key + count)
    return orders(
        order(key, f"N{key}", int(c), int(d), int(n)) for key, c, d, n in zip(numbered, who, days, nets, strict=True)
    )


def day(number: int) -> date:
    """The day `number` days after DAY_ONE."""
    return DAY_ONE + timedelta(days=number)
