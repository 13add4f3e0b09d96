"""New costs reach orders that are in the lake already: their lines' costs are looked up anew, day by day."""

from __future__ import annotations

import shutil
from pathlib import Path

import duckdb

from regulars.intake import sales
from regulars.intake.assemble import goods
from regulars.intake.assemble.arithmetic import MACROS
from regulars.intake.assemble.assembly import Assembly
from regulars.intake.assemble.source import Sales
from regulars.intake.models import Import
from regulars.lake import Lake, OrderBatch, Step

BY_PROGRAM = -(1 << 53)
"""The import whose versions of orders are, where their costs came by program; orders of the stream are above it."""


def orders(con: duckdb.DuckDBPyConnection, lake: Lake, row: Import, folder: Path, currency: str) -> int:
    """Replace the orders whose cost changes by an import; returns how many. Once, however often it is asked."""
    return anew(con, lake, folder, currency, import_id=row.id, key=f"import:{row.id}:costs")


def anew(
    con: duckdb.DuckDBPyConnection, lake: Lake, folder: Path, currency: str, *, import_id: int, key: str | None = None
) -> int:
    """Replace the orders whose cost changes; returns how many. Their refunds stay as they are.

    key : names the step, where it is to be done once.
    """
    place = folder / "recost"
    shutil.rmtree(place, ignore_errors=True)
    place.mkdir()
    con.execute(MACROS)
    assembly = Assembly(con, Sales([]), sales.tables(lake), "", import_id, currency, place)
    con.execute(f"CREATE OR REPLACE TEMP TABLE rebuilt_order AS {_concerned(assembly)}")
    if not assembly.any("rebuilt_order"):
        return 0
    con.execute(
        f"""CREATE OR REPLACE TEMP TABLE given_back AS
        SELECT o.external_id AS number, r.day, sum(r.amount)::BIGINT AS amount
        FROM {assembly.lake["refunds"]} r JOIN rebuilt_order o USING (order_id) GROUP BY ALL"""
    )
    refunds = f"""SELECT -order_id AS order_key, customer_id, order_day, day, amount FROM {assembly.lake["refunds"]}
        WHERE order_id IN (SELECT order_id FROM rebuilt_order)"""
    paths = {
        name: assembly.write(name, query)
        for name, query in (
            ("orders", goods.touched_orders(assembly)),
            ("lines", goods.touched_lines(assembly)),
            ("refunds", refunds),
        )
    }
    batch = OrderBatch(paths["orders"], import_id, paths["lines"], paths["refunds"])
    return lake.commit(Step(key=key, orders=batch)).orders.replaced


def _concerned(assembly: Assembly) -> str:
    """Orders with a line whose cost is another than the line says."""
    costed = goods.known_cost(assembly, assembly.lake["lines"])
    return f"""SELECT * FROM {assembly.lake["orders"]} WHERE order_id IN (
        SELECT order_id FROM ({costed}) WHERE unit_cost IS NOT NULL AND {goods.cost_of()} IS DISTINCT FROM cost)"""
