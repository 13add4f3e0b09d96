"""Real data sets as sources, straight from their raw files."""

from __future__ import annotations

import gzip
from pathlib import Path

import duckdb
import numpy as np
import pyarrow as pa

from regulars.insight.source import Frames

NOTHING = "NULL::bigint AS margin, NULL::date AS void_day"


def cdnow(folder: Path) -> Frames:
    """CDNOW: 23,570 customers who began in the first quarter of 1997, until June 1998."""
    lines = gzip.decompress((folder / "cdnow" / "CDNOW_master.txt.gz").read_bytes()).decode().splitlines()[1:]
    rows = [line.split() for line in lines if line.strip()]
    days = np.array([f"{r[1][:4]}-{r[1][4:6]}-{r[1][6:]}" for r in rows], dtype="datetime64[D]")
    orders = pa.table(
        {
            "customer_id": pa.array([int(r[0]) for r in rows], pa.int64()),
            "day": pa.array(days.astype(np.int32), pa.int32()).cast(pa.date32()),
            "net": pa.array([round(float(r[3]) * 100) for r in rows], pa.int64()),
        }
    )
    return _source(
        f"SELECT customer_id, day, count(*)::int AS orders, sum(net)::bigint AS net, {NOTHING} "
        "FROM orders GROUP BY 1, 2",
        orders=orders,
    )


def grocery(folder: Path) -> Frames:
    """Complete Journey: 2,469 households of a grocery panel, 2017."""
    return _source(
        "SELECT household_id::bigint AS customer_id, transaction_timestamp::date AS day, "
        f"count(DISTINCT basket_id)::int AS orders, round(sum(sales_value) * 100)::bigint AS net, {NOTHING} "
        f"FROM '{folder / 'complete_journey' / 'transactions.parquet'}' GROUP BY 1, 2"
    )


def olist(folder: Path) -> Frames:
    """Olist sample: a marketplace where hardly anybody returns, 2016 to 2018."""
    return _source(
        "SELECT dense_rank() OVER (ORDER BY customer_unique_id) AS customer_id, day, count(*)::int AS orders, "
        f"(count(*) * 10000)::bigint AS net, {NOTHING} FROM (SELECT customer_unique_id, "
        f"order_purchase_timestamp::timestamp::date AS day FROM '{folder / 'olist_sample' / 'orders.parquet'}' "
        f"JOIN '{folder / 'olist_sample' / 'customers.parquet'}' USING (customer_id)) GROUP BY customer_unique_id, day"
    )


def _source(query: str, **tables: pa.Table) -> Frames:
    connection = duckdb.connect()
    for name, table in tables.items():
        connection.register(name, table)
    return Frames({"occasions": connection.sql(query).to_arrow_table()})
