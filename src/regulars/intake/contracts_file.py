"""Files of contracts and subscriptions: who is bound to the firm, from when until when.

A contract is known by its number, a term of it by the day it begins. Where a file gives no numbers, the customer, the
product and the first day stand for it. The lake gets a digest in place of the shop's number.
"""

from __future__ import annotations

from pathlib import Path

import duckdb
import pyarrow as pa

from regulars.customers import identity
from regulars.intake import keyed, suppressed
from regulars.intake.assemble.arithmetic import text_number
from regulars.intake.assemble.numbering import KEYS
from regulars.intake.assemble.source import FILE_PLACES, Part
from regulars.intake.keys import look_up
from regulars.intake.models import Import
from regulars.intake.reject_rows import Reject
from regulars.lake import TABLES, Lake, engine

_REFUSED = f"""CASE WHEN coalesce({", ".join(KEYS)}) IS NULL THEN 'no_key'
WHEN from_day IS NULL THEN 'incomplete'
WHEN until_day < from_day THEN 'ends_before_it_begins' END"""


def prepare(
    con: duckdb.DuckDBPyConnection, parts: list[Part], row: Import, lake: Lake, folder: Path, *, dry_run: bool
) -> keyed.Done:
    """The terms for the lake as a Parquet file, and what each row means beside what is there.

    Customers that aren't known are made, unless it is a dry run.
    """
    rows = " UNION ALL ".join(
        f'SELECT {part.file * FILE_PLACES} + "row" AS place, * EXCLUDE ("row") FROM ({part.staged.sql()})'
        for part in parts
    )
    forgotten = suppressed.places(con, row.shop, parts)
    con.execute(
        f"CREATE OR REPLACE TEMP TABLE given AS SELECT *, CASE WHEN place IN (SELECT unnest(?::BIGINT[])) "
        f"THEN '{suppressed.CODE}' ELSE {_REFUSED} END AS code FROM ({rows})",
        [forgotten],
    )
    _identify(con, row, dry_run=dry_run)
    own = f"'{row.shop}' || chr(31) || contract_number"
    unnumbered = "customer_id || chr(31) || coalesce(product_id, '') || chr(31) || from_day"
    con.execute(
        f"""CREATE OR REPLACE TEMP TABLE judged AS
        SELECT place, code, CASE code WHEN 'incomplete' THEN 'the first day' END AS detail,
               {text_number(f"coalesce({own}, {unnumbered})")} AS contract_id, customer_id, from_day, until_day,
               cancelled_on AS cancelled_day, product_id
        FROM named"""
    )
    with lake.snapshot() as snapshot:
        there = engine.scan(snapshot.files("contracts"), TABLES["contracts"].schema)
    refused = con.execute("SELECT place, code, detail FROM judged WHERE code IS NOT NULL").fetchall()
    rejects = [Reject(*one) for one in refused]
    return keyed.Done(
        keyed.compared(con, "contracts", there, rejects), rejects, keyed.written(con, "contracts", folder)
    )


def _identify(con: duckdb.DuckDBPyConnection, row: Import, *, dry_run: bool) -> None:
    """The table `named`: `given` with `customer_id`; in a dry run one below zero for customers that aren't known."""
    asked = con.sql(
        f"SELECT row_number() OVER (ORDER BY {', '.join(KEYS)}) AS key, {', '.join(KEYS)}, NULL::VARCHAR AS guest "
        f"FROM (SELECT DISTINCT {', '.join(KEYS)} FROM given WHERE code IS NULL)"
    ).to_arrow_table()
    answered: pa.Table = (
        look_up(asked, shop=row.shop) if dry_run else identity.assign(asked, shop=row.shop, import_id=row.id)
    )
    con.register("asked", asked)
    con.register("answered", answered)
    same = " AND ".join(f"a.{key} IS NOT DISTINCT FROM g.{key}" for key in KEYS)
    con.execute(
        f"""CREATE OR REPLACE TEMP TABLE named AS
        SELECT g.*, coalesce(b.customer_id, -a.key) AS customer_id
        FROM given g LEFT JOIN asked a ON {same} LEFT JOIN answered b USING (key)"""
    )
