"""What of the lake says something about a few customers, with pending orders laid over it, and what follows from it.

Everything of theirs is taken out of the lake's tables once, by customer; the rest happens on those few rows. What the
firm knows at all (categories, refunds) decides about scores: it is asked of the whole lake, once for each version.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from django.db import connection
from numpy.typing import NDArray

from regulars import insight
from regulars.base.days import EPOCH
from regulars.customers import contracts, recent, sync_people
from regulars.customers.sync_columns import Column
from regulars.insight.columns import CUSTOMERS
from regulars.insight.episodes import with_episodes
from regulars.insight.extras import extras
from regulars.insight.histories import histories
from regulars.insight.judge import judged
from regulars.insight.left_out import everyone_of
from regulars.insight.reuse import plain
from regulars.insight.source import Frames
from regulars.lake import Snapshot, engine, occasions
from regulars.lake.tables import TABLES
from regulars.platform import sql

NOBODY = -1
"""Stands for other customers, where the firm as a whole has something that these few don't."""
_PENDING_IDS = 1 << 52
_OF_CUSTOMERS = ("orders", "lines", "refunds", "people")
_ORDERS = (
    "order_id, shop, external_id, customer_id, user_id, payer_id, ordered_at, day, gross, discount, refund, net, cost, "
    "status, due_at, paid_at"
)
"""What judging and the latest orders need of an order: reading the rest of millions would take as long again."""

Ids = NDArray[np.int64]
Given = tuple[pa.Table, pa.Table | None, pa.Table | None]


@dataclass(frozen=True)
class Look:
    """Whom to look at: who they are `now`, with all who are one with them (`family`, merged by `merges`)."""

    now: Ids
    family: Ids
    merges: Mapping[int, int]
    objecting: frozenset[int]
    pending: Given | None


@dataclass(frozen=True)
class Found:
    """`pictures`: customer_id and the columns of a picture, of everybody asked for who is somebody.

    `recent`: customer_id and packed, of those who have anything.
    """

    pictures: pa.Table
    recent: pa.Table


def read(
    snapshot: Snapshot, look: Look, parameters: insight.Parameters, as_of: int, columns: Sequence[Column]
) -> Found:
    """What their pictures and latest orders should be, on day number `as_of`."""
    scratch = engine.Scratch(snapshot.root)
    try:
        with engine.connect(scratch.path, "300MB", None) as con:
            _theirs(con, snapshot, look)
            table = _judged(con, snapshot, look, parameters, as_of)
            con.register("standing", plain(table))
            return Found(_pictures(con, look.now, columns), _recent(con, snapshot, look))
    finally:
        scratch.close()


def _theirs(con: duckdb.DuckDBPyConnection, snapshot: Snapshot, look: Look) -> None:
    """The tables now_orders, now_lines, now_refunds, now_people, now_occasions: as if pending orders were in."""
    con.register("family", pa.table({"customer_id": look.family}))
    for name in _OF_CUSTOMERS:
        scan = engine.scan(snapshot.files(name), snapshot.spec(name).schema)
        columns = _ORDERS if name == "orders" else "*"
        con.execute(
            f"CREATE TEMP TABLE old_{name} AS SELECT {columns} FROM {scan} SEMI JOIN family USING (customer_id)"
        )
    _pending(con, look.pending)
    con.execute(
        f"""CREATE TEMP TABLE coming AS
        SELECT p.* EXCLUDE (order_key), p.order_key, coalesce(o.order_id, {_PENDING_IDS} + p.order_key) AS order_id
        FROM pending_orders p LEFT JOIN old_orders o ON o.shop = p.shop AND o.external_id = p.external_id"""
    )
    gone = "(shop, external_id) IN (SELECT (shop, external_id) FROM coming)"
    con.execute(
        f"""CREATE TEMP TABLE now_orders AS SELECT {_ORDERS} FROM old_orders WHERE NOT ({gone})
        UNION ALL BY NAME SELECT {_ORDERS} FROM coming SEMI JOIN family USING (customer_id)"""
    )
    for name in ("lines", "refunds"):
        columns = ", ".join(TABLES[name].schema.names)
        con.execute(
            f"""CREATE TEMP TABLE now_{name} AS
            SELECT {columns} FROM old_{name} WHERE order_id NOT IN (SELECT order_id FROM old_orders WHERE {gone})
            UNION ALL BY NAME SELECT {columns} FROM pending_{name} p
            JOIN (SELECT order_key, order_id FROM coming) USING (order_key) SEMI JOIN family USING (customer_id)"""
        )
    con.execute("CREATE TEMP VIEW now_people AS SELECT * FROM old_people")
    rows = con.sql(occasions.prepare(con, "now_orders", "now_refunds")).to_arrow_reader(100_000)
    made = pa.Table.from_batches(list(occasions.gather(rows)), occasions.SCHEMA)
    con.register("now_occasions", made)


def _pending(con: duckdb.DuckDBPyConnection, given: Given | None) -> None:
    """The views pending_orders, pending_lines, pending_refunds: typed, with `order_key` in place of the order's id."""
    for place, name in enumerate(("orders", "lines", "refunds")):
        rows = None if given is None else given[place]
        fields = [field for field in TABLES[name].schema if field.name not in ("order_id", "version")]
        if rows is None:
            nothing = engine.scan([], TABLES[name].schema)
            con.execute(
                f"CREATE TEMP VIEW pending_{name} AS SELECT order_id AS order_key, * EXCLUDE (order_id) FROM {nothing}"
            )
            continue
        con.register(f"given_{name}", rows)
        columns = ", ".join(
            (field.name if field.name in rows.column_names else "NULL")
            + f"::{engine.type_name(field.type)} AS {field.name}"
            for field in fields
        )
        con.execute(
            f"CREATE TEMP VIEW pending_{name} AS SELECT order_key::BIGINT AS order_key, {columns} FROM given_{name}"
        )


def _judged(
    con: duckdb.DuckDBPyConnection, snapshot: Snapshot, look: Look, parameters: insight.Parameters, as_of: int
) -> pa.Table:
    """Insight's table of those of them who have a row in it."""
    merged = dict(look.merges)
    out = set(everyone_of(sorted(look.objecting), merged).tolist())
    attributes = contracts.attributes(snapshot)
    if attributes is not None:
        theirs = pa.array(np.setdiff1d(look.family, np.fromiter(out, dtype=np.int64)))
        attributes = attributes.filter(pc.is_in(attributes.column("customer_id"), value_set=theirs))
    tables = {name: _but(con, f"now_{name}", out) for name in (*_OF_CUSTOMERS, "occasions")}
    source = Frames(tables | _of_others(con, snapshot, look, tables), threads=1)
    known = histories(source, as_of, merges=merged, late_share=parameters.thresholds.late_share, threads=1)
    if parameters.episode_gap_days is not None:
        known = with_episodes(known, parameters.episode_gap_days, parameters.thresholds.late_share)
    more = extras(source, known.customer_id, as_of, merges=merged, attributes=attributes)
    prospects = more.prospects if more.prospects is not None and more.prospects.size else None
    if not len(known) and prospects is None:
        return CUSTOMERS.empty_table()
    return judged(known, parameters, more)[0]


def _but(con: duckdb.DuckDBPyConnection, name: str, out: set[int]) -> pa.Table:
    listed = ", ".join(map(str, sorted(out)))
    where = f" WHERE customer_id NOT IN ({listed})" if listed else ""
    found: pa.Table = con.sql(f"SELECT * FROM {name}{where}").to_arrow_table()
    return found


_MANY = 10_000
_who_has: dict[tuple[str, str], tuple[int | None, frozenset[int]]] = {}
"""Lake's folder, what -> the table's version, and customers of whom the lake has it (some, where they are many)."""


def _of_others(
    con: duckdb.DuckDBPyConnection, snapshot: Snapshot, look: Look, tables: Mapping[str, pa.Table]
) -> dict[str, pa.Table]:
    """Rows of nobody for what the firm has, so that these customers are scored like everybody else."""
    orders, lines, refunds = (
        engine.scan(snapshot.files(n), snapshot.spec(n).schema) for n in ("orders", "lines", "refunds")
    )
    found: dict[str, pa.Table] = {}
    others = Others(con, snapshot, frozenset(look.family.tolist()))
    if others.have("categories", "lines", f"{lines} WHERE category IS NOT NULL"):
        row = {"order_id": NOBODY, "customer_id": NOBODY, "day": EPOCH, "category": "?"}
        found["lines"] = _with(tables["lines"], "lines", row)
    if (
        others.have("refunds", "refunds", refunds)
        or others.have("cancelled", "orders", f"{orders} WHERE status = 'cancelled'")
        or others.have("due", "orders", f"{orders} WHERE due_at IS NOT NULL")
    ):
        row = {"order_id": NOBODY, "customer_id": NOBODY, "order_day": EPOCH, "day": EPOCH, "amount": 1}
        found["refunds"] = _with(tables["refunds"], "refunds", row)
    parts = _parts_of(con, orders, tables)
    if parts:
        found["orders"] = _with(tables["orders"], "orders", *parts)
    return found


@dataclass(frozen=True)
class Others:
    """Everybody but a family, in the lake."""

    con: duckdb.DuckDBPyConnection
    snapshot: Snapshot
    family: frozenset[int]

    def have(self, what: str, table: str, relation: str) -> bool:
        """Whether the relation (of a table of the lake) has rows of them; read once for each version."""
        key, version = (str(self.snapshot.root), what), self.snapshot.versions.get(table)
        known = _who_has.get(key)
        if known is None or known[0] != version:
            rows = self.con.execute(f"SELECT customer_id FROM {relation} LIMIT {_MANY}").fetchall()
            known = _who_has[key] = (version, frozenset(number for (number,) in rows))
        return bool(known[1] - self.family)


def _parts_of(con: duckdb.DuckDBPyConnection, orders: str, tables: Mapping[str, pa.Table]) -> list[dict[str, Any]]:
    """Who uses or pays for what others buy is nobody to be won: asked where somebody known bought nothing."""
    bought = set(tables["occasions"].column("customer_id").to_pylist())
    asked = [number for number in tables["people"].column("customer_id").to_pylist() if number not in bought]
    if not asked:
        return []
    listed = ", ".join(map(str, asked))
    rows = con.execute(
        f"SELECT DISTINCT user_id, payer_id FROM {orders} WHERE user_id IN ({listed}) OR payer_id IN ({listed})"
    ).fetchall()
    return [
        {"order_id": NOBODY, "customer_id": NOBODY, "user_id": user, "payer_id": payer, "status": "test"}
        for user, payer in rows
    ]


def _with(table: pa.Table, name: str, *rows: Mapping[str, Any]) -> pa.Table:
    schema = pa.schema([field.with_nullable(True) for field in TABLES[name].schema if field.name in table.column_names])
    return pa.concat_tables([table.select(schema.names).cast(schema), pa.Table.from_pylist(list(rows), schema)])


def _pictures(con: duckdb.DuckDBPyConnection, now: Ids, columns: Sequence[Column]) -> pa.Table:
    con.register("people", _people(now))
    values = ", ".join(f"{column.value} AS {column.name}" for column in columns)
    found: pa.Table = con.sql(
        f"SELECT c.customer_id, {values} FROM people c LEFT JOIN standing s USING (customer_id) ORDER BY c.customer_id"
    ).to_arrow_table()
    return found


def _people(now: Ids) -> pa.Table:
    """Label, country and organisation of those who are somebody."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"{sync_people.SELECTED} WHERE c.merged_into_id IS NULL AND c.id IN {sql.listed()}",
            [sql.packed(now.tolist())],
        )
        rows = cursor.fetchall()
    names = ("customer_id", "label", "country", "organisation")
    types = (pa.int64(), pa.string(), pa.string(), pa.string())
    return pa.table({name: pa.array([row[place] for row in rows], types[place]) for place, name in enumerate(names)})


def _recent(con: duckdb.DuckDBPyConnection, snapshot: Snapshot, look: Look) -> pa.Table:
    pairs = {"source": list(look.merges), "target": list(look.merges.values())}
    con.register("merged", pa.table(pairs, schema=pa.schema([("source", pa.int64()), ("target", pa.int64())])))
    moved = (
        "(SELECT t.* REPLACE (coalesce(m.target, t.customer_id) AS customer_id) "
        "FROM {0} t LEFT JOIN merged m ON m.source = t.customer_id)"
    )
    query = recent.PACKED.format(
        orders=moved.format("now_orders"),
        lines="now_lines",
        products=engine.scan(snapshot.files("products"), snapshot.spec("products").schema),
        occasions=moved.format("now_occasions"),
        chosen="true",
        most_orders=recent.MOST_ORDERS,
        most_lines=recent.MOST_LINES,
        most_days=recent.MOST_DAYS,
    )
    found: pa.Table = con.sql(f"SELECT customer_id, packed FROM ({query}) ORDER BY customer_id").to_arrow_table()
    return found
