"""One import of orders, lines, payments and refunds: assembled, taken into the lake, counted."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import duckdb
import pyarrow as pa

from regulars.base.progress import Progress
from regulars.base.words import told
from regulars.customers import identity
from regulars.insight.figures import Reason
from regulars.intake import cautions, keys, personal, suppressed
from regulars.intake.assemble import build, outcome
from regulars.intake.assemble.assembly import Assembly
from regulars.intake.assemble.notices import NOTICES
from regulars.intake.assemble.source import Sales
from regulars.intake.models import Import
from regulars.intake.reject_rows import Reject
from regulars.lake import TABLES, Lake, OrderBatch, OrderCounts, Step, engine

LAKE_TABLES = ("orders", "lines", "refunds", "rates", "costs", "products", NOTICES.name)


@dataclass(frozen=True)
class Done:
    """What an import of sales came to. `rows`: (file number, outcome) -> rows that reading had kept."""

    rows: dict[tuple[int, str], int]
    orders: dict[str, int]
    rules: dict[str, int]
    rejects: list[Reject]
    cautions: list[Reason]


@dataclass(frozen=True)
class Place:
    """Where an import happens: the lake, the folder for its files, the firm's currency, DuckDB's memory."""

    lake: Lake
    folder: Path
    currency: str
    memory_limit: str
    tried: Mapping[str, Path] = field(default_factory=dict)
    """Table of the lake -> rows that a dry run would have put into it by now."""


def tables(lake: Lake, tried: Mapping[str, Path] | None = None) -> Mapping[str, str]:
    """What to put behind FROM to read the lake's tables as they are now, or would be with the rows that are `tried`."""
    with lake.snapshot() as snapshot:
        specs = {**TABLES, NOTICES.name: NOTICES}
        there = {name: engine.scan(snapshot.files(name), specs[name].schema) for name in LAKE_TABLES}
    for name, path in (tried or {}).items():
        rows, columns = f"read_parquet('{path}')", ", ".join(specs[name].schema.names)
        same = " AND ".join(f"new.{key} = old.{key}" for key in specs[name].key)
        kept = f"SELECT {columns} FROM {there[name]} old WHERE NOT EXISTS (SELECT 1 FROM {rows} new WHERE {same})"
        there[name] = f"(SELECT {columns} FROM {rows} UNION ALL {kept})"
    return there


def connect(place: Place) -> duckdb.DuckDBPyConnection:
    """DuckDB, bounded, spilling into the import's folder."""
    return engine.connect(place.folder, place.memory_limit, None)


def take_in(
    row: Import, sales: Sales, place: Place, hold_back: Callable[[duckdb.DuckDBPyConnection], None], progress: Progress
) -> Done:
    """Take the sales of an import in; doing it again after an interruption ends the same."""
    with connect(place) as con:
        assembly = _begin(con, row, sales, place, hold_back)
        progress(told("Putting orders together"), 0, sales.rows, "rows")
        build.documents(assembly)
        after = place.lake.last_order_id()
        with identity.Handing(row.shop, row.id) as handing:

            def find(asked: pa.Table) -> pa.Table:
                handing.keep()
                return keys.look_up(asked, shop=row.shop)

            files = build.finish(assembly, handing.assign, find, keep=handing.keep, after=after)
        progress(told("Writing orders"), 0, sales.rows, "rows")
        batch = OrderBatch(
            files.orders, row.id, files.lines, files.refunds, files.numbered_after, distinct=files.distinct
        )
        result = place.lake.commit(
            Step(key=f"import:{row.id}", orders=batch, append=files.appends, upsert=files.upserts)
        )
        shutil.rmtree(assembly.folder)
        assembly.lake = tables(place.lake)
        taking = files.refunds is not None
        rows = outcome.rows(assembly, result.orders, taking=taking)
        if result.orders.new or result.orders.replaced:
            progress(told("Noting who is who"), 0, sales.rows, "rows")
            personal.from_sales(assembly, place.lake, all_new=_all_new(result.orders, taking))
        return Done(
            rows, _orders(result.orders), rules(assembly, taking), _rejects(con), _cautions(assembly, place.lake)
        )


def try_out(row: Import, sales: Sales, place: Place, hold_back: Callable[[duckdb.DuckDBPyConnection], None]) -> Done:
    """What `take_in` would do. Nothing changes; customers that aren't known get numbers below zero."""
    with connect(place) as con:
        assembly = _begin(con, row, sales, place, hold_back)
        build.documents(assembly)

        def known(asked: pa.Table) -> pa.Table:
            return keys.look_up(asked, shop=row.shop)

        def meant(asked: pa.Table) -> pa.Table:
            return _pretended(con, asked, known(asked))

        files = build.finish(assembly, lambda asked: _pretend(asked, known(asked)), meant)
        taking = files.refunds is not None
        rows = outcome.compared(assembly, str(files.orders[0]), taking=taking)
        orders = outcome.fates(assembly)
        placed = f"(SELECT * FROM read_parquet('{files.orders[0]}') WHERE status = 'placed')"
        occasions = f"(SELECT customer_id, day, count(*) AS orders FROM {placed} GROUP BY ALL)"
        found = cautions.of_occasions(con, occasions, placed)
        return Done(rows, orders, rules(assembly, taking), _rejects(con), found)


def rules(assembly: Assembly, taking: bool) -> dict[str, int]:
    """How often each rule of docs/importing.md was met; rules that nothing met are left out."""
    from regulars.intake.assemble.rules import counted

    return counted(assembly, taking=taking)


def _begin(
    con: duckdb.DuckDBPyConnection,
    row: Import,
    sales: Sales,
    place: Place,
    hold_back: Callable[[duckdb.DuckDBPyConnection], None],
) -> Assembly:
    folder = place.folder / "assembled"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    assembly = Assembly(con, sales, tables(place.lake, place.tried), row.shop, row.id or 0, place.currency, folder)
    hold_back(con)
    suppressed.hold_back(con, row.shop, sales.parts)
    for number, link in enumerate(sales.links):
        con.execute(
            f"CREATE TEMP TABLE person_{number} AS SELECT {link.customer_field} AS given, "
            f"any_value({link.person_field}) AS person FROM ({link.part.staged.sql()}) "
            f"WHERE {link.person_field} IS NOT NULL AND {link.customer_field} IS NOT NULL GROUP BY 1"
        )
    build.prepare(assembly)
    return assembly


def _pretend(asked: pa.Table, found: pa.Table) -> pa.Table:
    known = dict(zip(found["key"].to_pylist(), found["customer_id"].to_pylist(), strict=True))
    numbers = asked["key"].to_pylist()
    return pa.table({"key": numbers, "customer_id": [known.get(key, -key) for key in numbers]})


def _pretended(con: duckdb.DuckDBPyConnection, asked: pa.Table, found: pa.Table) -> pa.Table:
    """Customers of rows that take back: known ones, or those that this import would make."""
    con.register("looked_for", asked)
    con.register("found_already", found)
    answer = con.sql(
        """SELECT key, meant AS customer_id FROM (
            SELECT a.key, coalesce(any_value(f.customer_id), max(w.customer_id)) AS meant
        FROM looked_for a LEFT JOIN found_already f USING (key)
        LEFT JOIN who w ON w.customer_ref = a.customer_ref OR (a.customer_ref IS NULL AND w.email = a.email)
            OR (a.customer_ref IS NULL AND a.email IS NULL AND w.phone = a.phone)
        GROUP BY a.key) WHERE meant IS NOT NULL"""
    ).to_arrow_table()
    con.unregister("looked_for")
    con.unregister("found_already")
    return answer


def _all_new(counts: OrderCounts, taking: bool) -> bool:
    return not taking and not counts.unchanged


def _orders(counts: OrderCounts) -> dict[str, int]:
    return {"new": counts.new, "unchanged": counts.unchanged, "replaced": counts.replaced}


def _cautions(assembly: Assembly, lake: Lake) -> list[Reason]:
    with lake.snapshot() as snapshot:
        occasions = engine.scan(snapshot.files("occasions"), TABLES["occasions"].schema)
    return cautions.of_occasions(assembly.con, occasions, assembly.lake["orders"])


def _rejects(con: duckdb.DuckDBPyConnection) -> list[Reject]:
    return [Reject(place, code, detail) for place, code, detail in con.execute("SELECT * FROM left_out").fetchall()]
