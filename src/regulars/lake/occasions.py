"""Occasions: one row for each customer and day with a placed order, made from orders and refunds.

The rule, once: an order stands unless its refunds reach what was paid for its goods (`refund >= gross - discount > 0`);
one that cost nothing from the start stands. A day on which nothing stands any more keeps its row, with `void_day` the
day on which the last of its orders became fully refunded, so that a look from before that day still finds the occasion.
`net` and `margin` are after all refunds; `margin` adds up the orders whose cost is known.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import duckdb
import numpy as np
import pyarrow as pa

from regulars.lake import runs
from regulars.lake.tables import TABLES
from regulars.lake.work import Work

SCHEMA = TABLES["occasions"].schema
VOID = "refund >= gross - discount AND gross - discount > 0"
"""SQL: whether all that was paid for an order's goods was given back."""
_NO_DAY = np.iinfo(np.int32).min


def prepare(con: duckdb.DuckDBPyConnection, orders: str, refunds: str) -> str:
    """SQL of one row for each placed order of `orders`, sorted by customer and day, ready for `gather`.

    Without `margin` where no order's cost is known, without `void_day` where all stand: sorting less is quicker.
    Only orders that don't stand are looked up in `refunds` (order_id, day, amount); the day on which each ended is put
    into the temporary table `ended`.
    """
    con.execute(f"""
        CREATE OR REPLACE TEMP TABLE ended AS
        WITH void AS (
            SELECT order_id, day, gross - discount AS due FROM {orders} WHERE status = 'placed' AND {VOID}
        ), given AS (
            SELECT r.order_id, r.day, sum(r.amount) OVER (PARTITION BY r.order_id ORDER BY r.day) AS so_far
            FROM {refunds} r SEMI JOIN void USING (order_id)
        )
        SELECT order_id, coalesce(min(g.day) FILTER (so_far >= due), max(g.day), any_value(void.day)) AS ended_on
        FROM void LEFT JOIN given g USING (order_id) GROUP BY order_id
    """)
    none_ended = con.execute("SELECT count(*) FROM ended").fetchall()[0][0] == 0
    costly = con.execute(f"SELECT count(cost) FROM {orders}").fetchall()[0][0] > 0
    margin = ", net - cost AS margin" if costly else ""
    void_day, join = ("", "") if none_ended else (", ended_on AS void_day", "LEFT JOIN ended USING (order_id)")
    return f"""
        SELECT customer_id, day, net{margin}{void_day}
        FROM {orders} {join} WHERE status = 'placed' ORDER BY customer_id, day
    """


def stage(work: Work, orders: str, refunds: str) -> None:
    """Stage the occasions that these orders make (SQL relations with the columns that `prepare` needs)."""
    rows = work.con.sql(prepare(work.con, orders, refunds)).to_arrow_reader(runs.ROW_GROUP)
    for path in runs.write(gather(rows), SCHEMA, work.scratch):
        work.take("occasions", path)


@dataclass
class _Columns:
    """Orders as NumPy columns, sorted by customer and day."""

    customer: np.ndarray[tuple[int], np.dtype[np.int64]]
    day: np.ndarray[tuple[int], np.dtype[np.int32]]
    net: np.ndarray[tuple[int], np.dtype[np.int64]]
    margin: np.ndarray[tuple[int], np.dtype[np.int64]] | None  # 0 where not known
    known: np.ndarray[tuple[int], np.dtype[np.int64]] | None  # orders with a known margin
    stands: np.ndarray[tuple[int], np.dtype[np.int64]] | None  # orders that stand; None: all
    void_day: np.ndarray[tuple[int], np.dtype[np.int32]] | None


def gather(rows: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """Occasions from the rows of `prepare`, streamed: batches in, batches out, a day never split over two."""
    rest: pa.Table | None = None
    for batch in rows:
        table = pa.Table.from_batches([batch])
        if rest is not None:
            table = pa.concat_tables([rest, table])
        last = _last_day_start(table)
        rest = table.slice(last)
        if last:
            yield _sum(table.slice(0, last))
    if rest is not None and rest.num_rows:
        yield _sum(rest)


def _last_day_start(table: pa.Table) -> int:
    if not table.num_rows:
        return 0
    customer = table["customer_id"].to_numpy()
    start = int(np.searchsorted(customer, customer[-1]))
    day = table["day"].slice(start).cast(pa.int32()).to_numpy()
    return start + int(np.searchsorted(day, day[-1]))


def _columns(table: pa.Table) -> _Columns:
    margin = table["margin"] if "margin" in table.column_names else None
    void_day = table["void_day"] if "void_day" in table.column_names else None
    return _Columns(
        customer=table["customer_id"].to_numpy(),
        day=table["day"].cast(pa.int32()).to_numpy(),
        net=table["net"].to_numpy(),
        margin=None if margin is None else margin.fill_null(0).to_numpy(),
        known=None if margin is None else margin.is_valid().cast(pa.int64()).to_numpy(),
        stands=None if void_day is None else void_day.is_null().cast(pa.int64()).to_numpy(),
        void_day=None if void_day is None else void_day.cast(pa.int32()).fill_null(_NO_DAY).to_numpy(),
    )


def _sum(table: pa.Table) -> pa.RecordBatch:
    rows = _columns(table)
    new_day = (np.diff(rows.customer) != 0) | (np.diff(rows.day) != 0)
    first = np.concatenate([[0], np.flatnonzero(new_day) + 1])
    margin, void_day = pa.nulls(len(first), pa.int64()), pa.nulls(len(first), pa.date32())
    if rows.margin is not None and rows.known is not None:
        margin = pa.array(np.add.reduceat(rows.margin, first), mask=np.add.reduceat(rows.known, first) == 0)
    if rows.stands is None or rows.void_day is None:
        orders = np.diff(first, append=len(rows.customer))
    else:
        orders = np.add.reduceat(rows.stands, first)
        void_day = pa.array(np.maximum.reduceat(rows.void_day, first), mask=orders > 0).cast(pa.date32())
    return pa.RecordBatch.from_arrays(
        [
            pa.array(rows.customer[first]),
            pa.array(rows.day[first]).cast(pa.date32()),
            pa.array(orders.astype(np.int32)),
            pa.array(np.add.reduceat(rows.net, first)),
            margin,
            void_day,
        ],
        schema=SCHEMA,
    )
