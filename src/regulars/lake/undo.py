"""Taking an import back: its versions of orders go, the version before each comes back, occasions follow.

The rule, once. Every order is a chain of versions, the last one of which is in force. The versions that the import
brought leave the chain; so do versions that only worked another's out anew (`derived`: new costs) on top of them. What
is the last version then is in force: the one before, or, where a later import had changed the order, that import's, as
it is. An order of which no version is left is gone.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import duckdb

from regulars.lake import engine, occasions
from regulars.lake.tables import TABLES
from regulars.lake.work import Work

_ORDER_COLUMNS = ", ".join(TABLES["orders"].schema.names)


@dataclass(frozen=True)
class Undone:
    """gone: orders that are no more; back: those that are what they were before; stay: later imports changed them."""

    gone: int = 0
    back: int = 0
    stay: int = 0


@dataclass(frozen=True)
class Record:
    """A table whose rows say which import they are from, by `key`; `versions` has what replaced rows were."""

    table: str
    versions: str
    key: tuple[str, ...]


def fates(con: duckdb.DuckDBPyConnection, orders: str, versions: str, import_id: int, derived: Sequence[int]) -> Undone:
    """Say what becomes of every order that the import touched.

    orders, versions : SQL behind FROM. Makes the temporary tables `chain` (order_id, version, import_id, in_force,
    leaves), and `fate` (order_id, version: what is in force afterwards, null for nothing; fate).
    """
    anew = ", ".join(map(str, sorted({*derived, -1})))
    con.execute(
        f"""CREATE OR REPLACE TEMP TABLE chain AS
        WITH touched AS (
            SELECT order_id FROM {orders} WHERE import_id = {import_id}
            UNION SELECT order_id FROM {versions} WHERE import_id = {import_id}
        ), whole AS (
            SELECT order_id, version, import_id, true AS in_force FROM {orders} SEMI JOIN touched USING (order_id)
            UNION ALL
            SELECT order_id, version, import_id, false FROM {versions} SEMI JOIN touched USING (order_id)
        )
        SELECT order_id, version, import_id, in_force, coalesce(last_value(
            CASE WHEN import_id NOT IN ({anew}) THEN import_id END IGNORE NULLS
        ) OVER (PARTITION BY order_id ORDER BY version), import_id) = {import_id} AS leaves FROM whole"""
    )
    con.execute(
        """CREATE OR REPLACE TEMP TABLE fate AS
        SELECT order_id, max(version) FILTER (NOT leaves) AS version,
               CASE WHEN bool_or(in_force AND NOT leaves) THEN 'stay'
                    WHEN bool_and(leaves) THEN 'gone' ELSE 'back' END AS fate
        FROM chain GROUP BY order_id"""
    )
    counted = dict(con.execute("SELECT fate, count(*) FROM fate GROUP BY fate").fetchall())
    return Undone(counted.get("gone", 0), counted.get("back", 0), counted.get("stay", 0))


def plan(
    work: Work, import_id: int, derived: Sequence[int], records: Sequence[Record], people_gone: Sequence[int]
) -> dict[str, int]:
    """Stage it. people_gone : customers whose row of `people` goes with the import."""
    done = fates(work.con, work.scan("orders"), work.scan("order_versions"), import_id, derived)
    _orders(work)
    for record in records:
        _record(work, record, import_id)
    if people_gone:
        listed = ", ".join(map(str, people_gone))
        work.con.execute(f"CREATE TEMP TABLE people_gone AS SELECT unnest([{listed}])::BIGINT AS customer_id")
        work.delete("people", "people_gone", ("customer_id",))
    return {"gone": done.gone, "back": done.back, "stay": done.stay}


def _orders(work: Work) -> None:
    con = work.con
    con.execute("CREATE TEMP TABLE doomed AS SELECT order_id FROM fate WHERE fate <> 'stay'")
    con.execute(
        f"CREATE TEMP TABLE returning_order AS SELECT v.* FROM {work.scan('order_versions')} v "
        "SEMI JOIN (SELECT order_id, version FROM fate WHERE fate = 'back') USING (order_id, version)"
    )
    con.execute(
        "CREATE TEMP TABLE touched_day AS "
        f"SELECT customer_id, day FROM {work.scan('orders')} SEMI JOIN doomed USING (order_id) "
        "UNION SELECT customer_id, day FROM returning_order"
    )
    if con.execute("SELECT count(*) FROM chain").fetchall()[0][0] == 0:
        work.changed_customers = ""
        return
    _history(work)
    for table in ("orders", "lines", "refunds"):
        work.delete(table, "doomed", ("order_id",))
    work.write("orders", f"SELECT {_ORDER_COLUMNS} FROM returning_order ORDER BY customer_id, day", ordered=True)
    for table in ("lines", "refunds"):
        rows = f"SELECT unnest({table}) AS one FROM returning_order WHERE {table} IS NOT NULL"
        work.write(table, f"SELECT one.* FROM ({rows})")
    _occasions(work)


def _history(work: Work) -> None:
    """`order_versions` without what left and what is in force again; each row names the import that followed it."""
    con = work.con
    con.execute(
        """CREATE TEMP TABLE followed AS SELECT order_id, version, follower FROM (
            SELECT order_id, version, lead(import_id) OVER (PARTITION BY order_id ORDER BY version) AS follower
            FROM chain WHERE NOT leaves) WHERE follower IS NOT NULL"""
    )
    con.execute(
        f"CREATE TEMP TABLE renamed AS SELECT v.* REPLACE (f.follower AS replaced_by_import_id) "
        f"FROM {work.scan('order_versions')} v JOIN followed f USING (order_id, version) "
        "WHERE v.replaced_by_import_id <> f.follower"
    )
    con.execute(
        "CREATE TEMP TABLE left_history AS SELECT order_id, version FROM chain WHERE leaves "
        "UNION SELECT order_id, version FROM returning_order UNION SELECT order_id, version FROM renamed"
    )
    work.delete("order_versions", "left_history", ("order_id", "version"))
    work.write("order_versions", "SELECT * FROM renamed ORDER BY customer_id, day", ordered=True)


def _occasions(work: Work) -> None:
    con = work.con
    work.changed_customers = str(work.scratch / "changed.in")
    con.execute(
        "COPY (SELECT DISTINCT customer_id FROM touched_day ORDER BY 1) "
        f"TO {engine.literal(work.changed_customers)} (FORMAT parquet)"
    )
    work.delete("occasions", "touched_day", ("customer_id", "day"))
    con.execute(
        "CREATE TEMP TABLE there AS SELECT order_id, customer_id, day, net, cost, gross, discount, refund, status "
        f"FROM {work.scan('orders')} o SEMI JOIN touched_day USING (customer_id, day)"
    )
    occasions.stage(work, "there", f"(SELECT * FROM {work.scan('refunds')} SEMI JOIN there USING (order_id))")


def _record(work: Work, record: Record, import_id: int) -> None:
    """The same for a table without lines and days: its rows of the import go, what they replaced comes back."""
    con, key = work.con, ", ".join(record.key)
    columns = ", ".join(work.specs[record.table].schema.names)
    con.execute(
        f"CREATE OR REPLACE TEMP TABLE withdrawn AS SELECT {key} FROM {work.scan(record.table)} "
        f"WHERE import_id = {import_id}"
    )
    con.execute(
        f"""CREATE OR REPLACE TEMP TABLE returning_row AS
        SELECT {columns} FROM {work.scan(record.versions)} SEMI JOIN withdrawn USING ({key})
        WHERE import_id <> {import_id} QUALIFY row_number() OVER (PARTITION BY {key} ORDER BY version DESC) = 1"""
    )
    con.execute(
        f"""CREATE OR REPLACE TEMP TABLE left_record AS
        SELECT {key}, version FROM {work.scan(record.versions)} WHERE import_id = {import_id}
        UNION SELECT {key}, version FROM returning_row"""
    )
    work.delete(record.table, "withdrawn", record.key)
    work.write(record.table, "SELECT * FROM returning_row")
    work.delete(record.versions, "left_record", (*record.key, "version"))
