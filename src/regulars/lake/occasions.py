"""Occasions: one row for each customer and day with a placed order, made from orders and refunds.

The rule, once: an order stands unless its refunds reach what was paid for its goods (`refund >= gross - discount > 0`);
one that cost nothing from the start stands. A day on which nothing stands any more keeps its row, with `void_day` the
day on which the last of its orders became fully refunded, so that a look from before that day still finds the occasion.
`net` and `margin` are after all refunds; `margin` adds up the orders whose cost is known.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from regulars.lake.tables import TABLES

FILE_ROWS = 1_000_000
ROW_GROUP = 65_536
SCHEMA = TABLES["occasions"].schema
_NO_DAY = np.iinfo(np.int32).min


def pieces(orders: str, refunds: str) -> str:
    """SQL: one row for each placed order of `orders`, sorted by customer and day, ready for `gather`.

    `refunds` has (order_id, day, amount). Only orders that don't stand are looked up there.
    """
    return f"""
    WITH placed AS (
        SELECT order_id AS k, customer_id, day, net, net - cost AS margin, gross - discount AS due,
               refund >= gross - discount AND gross - discount > 0 AS void
        FROM {orders} WHERE status = 'placed'
    ), given AS (
        SELECT r.order_id AS k, r.day, sum(r.amount) OVER (PARTITION BY r.order_id ORDER BY r.day) AS so_far
        FROM {refunds} r SEMI JOIN (SELECT k FROM placed WHERE void) p ON r.order_id = p.k
    ), ended AS (
        SELECT k, coalesce(min(given.day) FILTER (so_far >= due), max(given.day)) AS day
        FROM given JOIN (SELECT k, due FROM placed WHERE void) p USING (k) GROUP BY k
    )
    SELECT customer_id, day, net, margin, true AS stands, NULL::DATE AS void_day FROM placed WHERE NOT void
    UNION ALL
    SELECT customer_id, placed.day, net, margin, false, coalesce(ended.day, placed.day)
    FROM placed LEFT JOIN ended USING (k) WHERE void
    ORDER BY 1, 2
    """


@dataclass
class _Columns:
    """Orders as NumPy columns, sorted by customer and day."""

    customer: np.ndarray[tuple[int], np.dtype[np.int64]]
    day: np.ndarray[tuple[int], np.dtype[np.int32]]
    net: np.ndarray[tuple[int], np.dtype[np.int64]]
    margin: np.ndarray[tuple[int], np.dtype[np.int64]]  # 0 where not known
    known: np.ndarray[tuple[int], np.dtype[np.int64]]  # orders with a known margin
    stands: np.ndarray[tuple[int], np.dtype[np.int64]]  # orders that stand
    void_day: np.ndarray[tuple[int], np.dtype[np.int32]]


def gather(rows: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """Occasions from the rows of `pieces`, streamed: batches in, batches out, a day never split over two."""
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


def write(rows: Iterable[pa.RecordBatch], folder: Path) -> list[Path]:
    """Occasions as Parquet files of about FILE_ROWS rows in `folder`, cut between customers, each sorted."""
    paths: list[Path] = []
    writer: pq.ParquetWriter | None = None
    held: list[pa.RecordBatch] = []
    in_file = 0

    def flush(upto: int | None = None) -> None:
        nonlocal writer, held, in_file
        if not held:
            return
        table = pa.Table.from_batches(held)
        now, held = table.slice(0, upto), table.slice(len(table) if upto is None else upto).to_batches()
        if not len(now):
            return
        if writer is None:
            paths.append(folder / f"{uuid4().hex}.parquet")
            writer = pq.ParquetWriter(paths[-1], SCHEMA, use_dictionary=False)
            in_file = 0
        writer.write_table(now, row_group_size=ROW_GROUP)
        in_file += len(now)

    for batch in gather(rows):
        held.append(batch)
        if sum(len(one) for one in held) < ROW_GROUP:
            continue
        if in_file + ROW_GROUP < FILE_ROWS:
            flush(ROW_GROUP)
            continue
        cut = _last_customer_start(pa.Table.from_batches(held))
        if cut:
            flush(cut)
            if writer is not None:
                writer.close()
                writer = None
    flush()
    if writer is not None:
        writer.close()
    return paths


def _last_customer_start(table: pa.Table) -> int:
    customer = table["customer_id"].to_numpy()
    return int(np.searchsorted(customer, customer[-1]))


def _last_day_start(table: pa.Table) -> int:
    if not table.num_rows:
        return 0
    start = _last_customer_start(table)
    day = table["day"].slice(start).cast(pa.int32()).to_numpy()
    return start + int(np.searchsorted(day, day[-1]))


def _columns(table: pa.Table) -> _Columns:
    margin = table["margin"]
    return _Columns(
        customer=table["customer_id"].to_numpy(),
        day=table["day"].cast(pa.int32()).to_numpy(),
        net=table["net"].to_numpy(),
        margin=margin.fill_null(0).to_numpy(),
        known=margin.is_valid().cast(pa.int64()).to_numpy(),
        stands=table["stands"].cast(pa.int64()).to_numpy(),
        void_day=table["void_day"].cast(pa.int32()).fill_null(_NO_DAY).to_numpy(),
    )


def _sum(table: pa.Table) -> pa.RecordBatch:
    rows = _columns(table)
    new_day = (np.diff(rows.customer) != 0) | (np.diff(rows.day) != 0)
    first = np.concatenate([[0], np.flatnonzero(new_day) + 1])
    stands = np.add.reduceat(rows.stands, first)
    void_day = np.maximum.reduceat(rows.void_day, first)
    return pa.RecordBatch.from_arrays(
        [
            pa.array(rows.customer[first]),
            pa.array(rows.day[first]).cast(pa.date32()),
            pa.array(stands.astype(np.int32)),
            pa.array(np.add.reduceat(rows.net, first)),
            pa.array(np.add.reduceat(rows.margin, first), mask=np.add.reduceat(rows.known, first) == 0),
            pa.array(void_day, mask=stands > 0).cast(pa.date32()),
        ],
        schema=SCHEMA,
    )
