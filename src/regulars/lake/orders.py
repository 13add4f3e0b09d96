"""Taking in orders: what is new, unchanged or changed, in one step with lines, refunds and occasions.

An order is (shop, external_id). The same fingerprint again is left alone; another one moves the old version, with its
lines and refunds, to order_versions and takes its place under the same order_id.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from regulars.base.errors import BadInput
from regulars.lake import engine, occasions
from regulars.lake.step import OrderBatch, OrderCounts
from regulars.lake.tables import TABLES
from regulars.lake.work import Work

HASHES_AT_ONCE = 20_000_000


def upsert(work: Work, batch: OrderBatch) -> OrderCounts:
    """Stage the batch. Raises BadInput when one order comes twice in it, or a column that must be known is missing."""
    inputs = {"orders": batch.orders, "lines": batch.lines, "refunds": batch.refunds}
    for table, source in inputs.items():
        _bind(work, table, source, batch.numbered_after)
    if not batch.distinct:
        _refuse_twins(work)
    counts, as_written = _compare(work, batch.numbered_after)
    if not counts.new and not counts.replaced:
        return counts
    if counts.replaced:
        _keep_replaced(work, batch.import_id)
    before = _stale_occasions(work)
    for table in inputs:
        if table == "orders" and as_written:
            work.adopt(table, batch.orders)
        else:
            _write_fresh(work, table)
    _write_occasions(work, before)
    return counts


def _bind(work: Work, table: str, source: object, numbered_after: int | None) -> None:
    """The view in_<table>: the incoming rows with all columns of the table, typed, and `order_key`."""
    spec = TABLES[table]
    wanted = [field for field in spec.schema if field.name not in ("order_id", "version")]
    if source is None:
        nothing = engine.scan([], spec.schema)
        work.con.execute(
            f"CREATE TEMP VIEW in_{table} AS SELECT order_id AS order_key, * EXCLUDE (order_id) FROM {nothing}"
        )
        return
    given = work.columns(work.bind(f"given_{table}", source))
    key = "order_key::BIGINT"
    if table == "orders" and numbered_after is not None:
        key = f"order_id - {numbered_after}"
        given = given - {"order_id", "version"} | {"order_key"}
    missing = [f.name for f in wanted if not f.nullable and f.name not in given]
    missing += [] if "order_key" in given else ["order_key"]
    if missing:
        raise BadInput(f"The {table} to take in lack the columns {', '.join(missing)}.")
    columns = ", ".join(
        (f"{field.name}" if field.name in given else "NULL") + f"::{engine.type_name(field.type)} AS {field.name}"
        for field in wanted
    )
    work.con.execute(f"CREATE TEMP VIEW in_{table} AS SELECT {key} AS order_key, {columns} FROM given_{table}")


def _refuse_twins(work: Work) -> None:
    """One order twice in a batch has no meaning: which of the two would be the newer?

    Sorting hashes takes a third of the time of counting distinct ones; parts keep the memory bounded.
    """
    rows = work.con.execute("SELECT count(*) FROM in_orders").fetchall()[0][0]
    parts = rows // HASHES_AT_ONCE + 1
    for part in range(parts):
        hashes = "SELECT hash(shop, external_id) AS h FROM in_orders"
        sample = hashes if parts == 1 else f"SELECT h FROM ({hashes}) WHERE h % {parts} = {part}"
        sorted_hashes = np.sort(work.con.sql(sample).to_arrow_table()["h"].to_numpy())
        if (sorted_hashes[1:] == sorted_hashes[:-1]).any():
            break
    else:
        return
    twins = work.con.execute(
        "SELECT shop, external_id, count(*) AS n FROM in_orders GROUP BY ALL HAVING n > 1 ORDER BY 1, 2 LIMIT 3"
    ).fetchall()
    if twins:
        named = ", ".join(f"{number} ({times} times)" for _, number, times in twins)
        raise BadInput(f"Some orders come more than once in one import: {named}. Bring each order once.")


def _compare(work: Work, numbered_after: int | None) -> tuple[OrderCounts, bool]:
    """Give incoming orders their ids: the views fresh_orders, fresh_lines, fresh_refunds hold what is new or changed.

    The temporary table `replaced` (order_id) names the orders of which a changed version came. Also returns whether
    the orders can stay as `ready.write` wrote them.
    """
    con = work.con
    con.execute("CREATE TEMP TABLE replaced (order_id BIGINT)")
    rows, low, high = con.execute("SELECT count(*), min(order_key), max(order_key) FROM in_orders").fetchall()[0]
    free = numbered_after is not None and rows and low >= 1 and numbered_after >= work.last_order_id
    if work.empty("orders") and free:
        return _as_written(work, rows, high, numbered_after), True
    if work.empty("orders") and rows and high - low + 1 == rows:
        # A first import in full: ids follow the keys, and no table of them needs to be kept.
        _view_fresh(work, f"order_key + {work.last_order_id + 1 - low} AS order_id", "1", "")
        work.last_order_id += rows
        return OrderCounts(new=rows), False
    con.execute(f"""
        CREATE TEMP TABLE known AS
        SELECT i.order_key, e.order_id, e.version, e.fingerprint IS NOT DISTINCT FROM i.fingerprint AS same
        FROM {work.scan("orders")} e JOIN in_orders i ON e.external_id = i.external_id AND e.shop = i.shop
    """)
    if free and not con.execute("SELECT count(*) FROM known").fetchall()[0][0]:
        return _as_written(work, rows, high, numbered_after), True
    con.execute(f"""
        CREATE TEMP TABLE fresh AS
        SELECT order_key, order_id, version + 1 AS version FROM known WHERE NOT same
        UNION ALL
        SELECT order_key, {work.last_order_id} + row_number() OVER (ORDER BY order_key), 1
        FROM (SELECT order_key FROM in_orders i ANTI JOIN known k USING (order_key))
    """)
    _view_fresh(work, "fresh.order_id", "fresh.version", "JOIN fresh USING (order_key)")
    con.execute("INSERT INTO replaced SELECT order_id FROM known WHERE NOT same")
    same = con.execute("SELECT count(*) FILTER (NOT same), count(*) FILTER (same) FROM known").fetchall()
    replaced, unchanged = same[0]
    work.last_order_id += rows - replaced - unchanged
    return OrderCounts(rows - replaced - unchanged, unchanged, replaced), False


def _as_written(work: Work, rows: int, last_key: int, after: int | None) -> OrderCounts:
    _view_fresh(work, f"order_key + {after} AS order_id", "1", "")
    work.last_order_id = (after or 0) + last_key
    return OrderCounts(new=rows)


def _view_fresh(work: Work, order_id: str, version: str, join: str) -> None:
    for table in ("orders", "lines", "refunds"):
        numbered = f", {version} AS version" if table == "orders" else ""
        work.con.execute(
            f"CREATE TEMP VIEW fresh_{table} AS "
            f"SELECT in_{table}.* EXCLUDE (order_key), {order_id}{numbered} FROM in_{table} {join}"
        )


def _keep_replaced(work: Work, import_id: int) -> None:
    """Move the replaced orders, lines and refunds to order_versions."""
    con = work.con
    con.execute(
        f"CREATE TEMP TABLE old_orders AS SELECT o.* FROM {work.scan('orders')} o SEMI JOIN replaced USING (order_id)"
    )
    for table in ("lines", "refunds"):
        con.execute(
            f"CREATE TEMP TABLE old_{table} AS SELECT t.order_id, list(t) AS {table} "
            f"FROM {work.scan(table)} t SEMI JOIN replaced USING (order_id) GROUP BY 1"
        )
    work.write(
        "order_versions",
        f"SELECT o.*, l.lines, r.refunds, {int(import_id)} AS replaced_by_import_id FROM old_orders o "
        "LEFT JOIN old_lines l USING (order_id) LEFT JOIN old_refunds r USING (order_id) ORDER BY customer_id, day",
        ordered=True,
    )
    for table in ("orders", "lines", "refunds"):
        work.delete(table, "replaced", ("order_id",))


@dataclass(frozen=True)
class _Before:
    """SQL that reads orders and refunds as they are without this batch, on days whose occasions are made anew."""

    orders: str
    refunds: str


def _stale_occasions(work: Work) -> _Before:
    """Take out the occasions of days that this batch touches; what else happened on those days is in the answer."""
    con = work.con
    nothing = _Before(*(engine.scan([], TABLES[table].schema) for table in ("orders", "refunds")))
    if work.empty("occasions"):
        work.changed_customers = None
        return nothing
    con.execute("CREATE TEMP TABLE touched AS SELECT DISTINCT customer_id, day FROM fresh_orders")
    if con.execute("SELECT count(*) FROM replaced").fetchall()[0][0]:
        con.execute("INSERT INTO touched SELECT customer_id, day FROM old_orders EXCEPT SELECT * FROM touched")
    con.execute(
        "CREATE TEMP TABLE stale AS SELECT o.customer_id, o.day "
        f"FROM {work.scan('occasions')} o SEMI JOIN touched USING (customer_id, day)"
    )
    work.changed_customers = str(work.scratch / "changed.in")
    con.execute(
        "COPY (SELECT DISTINCT customer_id FROM touched ORDER BY 1) "
        f"TO {engine.literal(work.changed_customers)} (FORMAT parquet)"
    )
    if not work.delete("occasions", "stale", ("customer_id", "day")):
        return nothing
    con.execute(
        "CREATE TEMP TABLE stayed AS SELECT order_id, customer_id, day, net, cost, gross, discount, refund, status "
        f"FROM {work.scan('orders')} o SEMI JOIN stale USING (customer_id, day)"
    )
    return _Before("stayed", f"(SELECT * FROM {work.scan('refunds')} SEMI JOIN stayed USING (order_id))")


def _write_fresh(work: Work, table: str) -> None:
    """New and changed rows, in the order in which they came: files by time, so later corrections touch few of them."""
    work.write(table, f"SELECT * FROM fresh_{table}")


def _write_occasions(work: Work, before: _Before) -> None:
    """Occasions of the days touched, from the fresh orders and, where a day had some, those that stayed."""
    columns = "order_id, customer_id, day, net, cost, gross, discount, refund, status"
    orders = f"(SELECT {columns} FROM fresh_orders UNION ALL SELECT {columns} FROM {before.orders})"
    columns = "order_id, day, amount"
    refunds = f"(SELECT {columns} FROM fresh_refunds UNION ALL SELECT {columns} FROM {before.refunds})"
    occasions.stage(work, orders, refunds)
