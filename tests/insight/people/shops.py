"""Small shops for tests: occasions, orders and refunds as a source, from plain tuples."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date

import numpy as np
import pyarrow as pa

from regulars.base.days import to_number
from regulars.insight.source import Frames
from regulars.lake.tables import TABLES

START = to_number(date(2020, 1, 1))


def occasions_table(
    rows: Iterable[tuple[int, int, int]], *, voids: Mapping[tuple[int, int], int] | None = None
) -> pa.Table:
    """Occasions from (customer, day number, net in minor units); `voids` names pairs refunded in full, and when."""
    rows = list(rows)
    voids = dict(voids or {})
    void = [voids.get((c, d)) for c, d, _ in rows]
    return pa.table(
        {
            "customer_id": pa.array([c for c, _, _ in rows], pa.int64()),
            "day": pa.array([d for _, d, _ in rows], pa.int32()).cast(pa.date32()),
            "orders": pa.array([0 if v is not None else 1 for v in void], pa.int32()),
            "net": pa.array([0 if v is not None else n for (_, _, n), v in zip(rows, void, strict=True)], pa.int64()),
            "margin": pa.nulls(len(rows), pa.int64()),
            "void_day": pa.array(void, pa.int32()).cast(pa.date32()),
        }
    )


def shop(rows: Iterable[tuple[int, int, int]], **tables: pa.Table) -> Frames:
    """A source with these occasions (and further tables)."""
    return Frames({"occasions": occasions_table(rows), **tables})


def steady(customer: int, start: int, every: int, until: int, net: int = 5000) -> list[tuple[int, int, int]]:
    """One customer who buys every `every` days."""
    return [(customer, day, net) for day in range(start, until + 1, every)]


def random_shop(
    customers: int, *, seed: int, history: int = 730, mean_gap: float = 40.0, leave: float = 0.08
) -> list[tuple[int, int, int]]:
    """Customers with gamma rates who may leave after every occasion; about the model family, days from START."""
    rng = np.random.default_rng(seed)
    rows = []
    for customer in range(1, customers + 1):
        day = float(rng.uniform(0, history * 0.9))
        rate = rng.gamma(2.0, 1 / (2.0 * mean_gap))
        worth = rng.lognormal(8.3, 0.5)
        days = set()
        while day <= history:
            days.add(int(day))
            if rng.random() < leave:
                break
            day += 1 + rng.exponential(1 / rate)
        rows += [(customer, START + d, int(worth * rng.gamma(4, 0.25)) + 1) for d in sorted(days)]
    return rows


def orders_table(rows: Iterable[tuple[int, int, int]], import_id: int) -> pa.Table:
    """The same occasions as orders for the lake, one order each."""
    rows = list(rows)
    n = len(rows)
    net = pa.array([net for _, _, net in rows], pa.int64())
    day = pa.array([day for _, day, _ in rows], pa.int32()).cast(pa.date32())
    known = {
        "order_key": pa.array(range(n), pa.int64()),
        "shop": pa.array(["shop"] * n),
        "external_id": pa.array([f"{c}-{d}" for c, d, _ in rows]),
        "customer_id": pa.array([c for c, _, _ in rows], pa.int64()),
        "ordered_at": day.cast(pa.timestamp("us")).cast(pa.timestamp("us", tz="UTC")),
        "day": day,
        "currency": pa.array(["EUR"] * n),
        "rate": pa.array([1.0] * n),
        "status": pa.array(["placed"] * n),
        "import_id": pa.array([import_id] * n, pa.int64()),
        "fingerprint": pa.array(range(n), pa.int64()),
        **dict.fromkeys(("original", "gross", "net"), net),
        **{name: pa.array([0] * n, pa.int64()) for name in ("discount", "refund", "tax", "shipping")},
    }
    schema = TABLES["orders"].schema
    missing = [field for field in schema if field.name not in known and field.name not in ("order_id", "version")]
    return pa.table({**known, **{field.name: pa.nulls(n, field.type) for field in missing}})
