"""What sales files say about persons: names and contacts go to the operations store, the rest to the lake's `people`.

Of rows whose orders were new or changed only, so that an old file imported again doesn't bring an old address back;
the latest order of a customer that says something wins.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import duckdb
import pyarrow as pa

from regulars.customers import attributes
from regulars.intake.assemble.assembly import Assembly
from regulars.intake.assemble.source import SALES_KINDS
from regulars.intake.fields import Kind, sql_type
from regulars.lake import TABLES, Lake, engine

_NAMES = ("customer_name", "first_name", "last_name")
_PLAIN = ("email", "phone", "country", "region", "city", "birth_date", "organisation", "consent")
BATCH = 100_000


def name_sql(present: set[str]) -> str:
    """SQL: the person's name, from one column or from two."""
    parts = [f"coalesce({name}, '')" for name in ("first_name", "last_name") if name in present]
    two = "nullif(trim({}), '')".format(" || ' ' || ".join(parts)) if parts else ""
    one = "nullif(trim(customer_name), '')" if "customer_name" in present else ""
    return f"coalesce({', '.join(part for part in (one, two) if part)})" if one or two else "NULL::VARCHAR"


def from_sales(assembly: Assembly, lake: Lake, *, all_new: bool) -> None:
    """Update attributes and people from the rows of this import; nothing where its files say nothing."""
    kinds = [kind for kind in SALES_KINDS[:2] if assembly.sales.of(kind)]
    told = [name for name in _PLAIN if name in assembly.sales.fields(*kinds)]
    named = [name for name in _NAMES if name in assembly.sales.fields(*kinds)]
    if not told and not named:
        return
    assembly.con.execute(f"CREATE OR REPLACE TEMP TABLE told AS {_told(assembly, kinds, all_new)}")
    for batch in assembly.con.sql("SELECT * FROM told").to_arrow_reader(BATCH):
        table = pa.Table.from_batches([batch])
        attributes.update(table.select(["customer_id", "kind", "name", *told]), import_id=assembly.import_id)
    write_people(assembly.con, lake, "told", set(told), assembly.folder.parent)


def _told(assembly: Assembly, kinds: Sequence[Kind], all_new: bool) -> str:
    """One row a customer: the latest word on each attribute.

    `kind` is null unless the rows show an organisation: a contact's name beside a company says nothing against what a
    file of customers told.
    """
    rows: list[str] = []
    for kind in kinds:
        present = assembly.sales.fields(kind)
        fields = ", ".join(
            name if name in present else f"NULL::{sql_type('orders', name)} AS {name}" for name in _PLAIN
        )
        rows.append(f"SELECT place, {name_sql(present)} AS name, {fields} FROM in_{kind}")
    changed = "" if all_new else "JOIN order_fate f ON f.number = o.number AND f.outcome <> 'unchanged'"
    moment = f"(o.day - DATE '1970-01-01')::BIGINT * {1 << 44} + r.place"
    latest = ", ".join(f"arg_max(r.{name}, {moment}) AS {name}" for name in ("name", *_PLAIN))
    return f"""
    SELECT *, CASE WHEN organisation IS NOT NULL AND name IS NULL THEN 'organisation' END AS kind FROM (
        SELECT o.customer_id, {latest} FROM ({" UNION ALL BY NAME ".join(rows)}) r
        JOIN row_of USING (place) JOIN ordered o ON o.number = row_of.number {changed} GROUP BY o.customer_id)"""


def write_people(con: duckdb.DuckDBPyConnection, lake: Lake, relation: str, told: set[str], folder: Path) -> None:
    """Bring the lake's `people` up to date: kind, country, region, span of birth years; no names, no contacts."""
    if not told & {"country", "region", "birth_date", "organisation", "customer_kind"}:
        return
    path = folder / "people.parquet"
    con.execute(
        f"""COPY (
            SELECT DISTINCT ON (t.customer_id) t.customer_id, coalesce(t.kind, p.kind, 'person') AS kind,
                   coalesce(t.country, p.country) AS country,
                   coalesce(t.region, p.region) AS region,
                   coalesce(year(t.birth_date) // 5 * 5, p.birth_years)::SMALLINT AS birth_years
            FROM {relation} t LEFT JOIN {_people(lake)} p USING (customer_id)
        ) TO '{path}' (FORMAT parquet)"""
    )
    lake.upsert("people", path)
    path.unlink()


def _people(lake: Lake) -> str:
    with lake.snapshot() as snapshot:
        return engine.scan(snapshot.files("people"), TABLES["people"].schema)
