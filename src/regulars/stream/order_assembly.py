"""Orders from the stream become orders, lines and refunds of the lake by intake's own rules, without being put there.

The drainer commits what comes out; between drains, customers are judged by it as if it were in the lake already.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from uuid import uuid4

import duckdb
import pyarrow as pa

from regulars.base.errors import RegularsError
from regulars.base.money import digits
from regulars.intake.assemble import build
from regulars.intake.assemble.assembly import Assembly
from regulars.intake.assemble.notices import NOTICES
from regulars.intake.assemble.source import FILE_PLACES
from regulars.intake.sales import tables
from regulars.lake import Lake, engine
from regulars.platform.workspace import Workspace
from regulars.stream.models import Order
from regulars.stream.order_staging import Paid, Staging
from regulars.stream.orders import kept

log = logging.getLogger(__name__)

Number = str
UNFORESEEN = "unforeseen"


@dataclass(frozen=True)
class Made:
    """What the orders of one shop come to. Tables as `lake.OrderBatch` takes them; None where there is nothing of it.

    problems : number of an order -> why the lake can't have it (a code of docs/files.md).
    """

    shop: str
    asked: tuple[Number, ...]
    orders: pa.Table | None
    lines: pa.Table | None
    refunds: pa.Table | None
    upserts: Mapping[str, pa.Table] = field(default_factory=dict)
    appends: Mapping[str, pa.Table] = field(default_factory=dict)
    problems: Mapping[Number, str] = field(default_factory=dict)


def each_made(workspace: Workspace, lake: Lake, shop: str, rows: Sequence[Order], *, import_id: int) -> list[Made]:
    """As `made`; where an order is such that nobody foresaw it, in parts: it alone is left out."""
    try:
        return [made(workspace, lake, shop, rows, import_id=import_id)]
    except (RegularsError, OSError, duckdb.IOException, duckdb.OutOfMemoryException):
        raise  # of the lake or the machine, not of an order
    except Exception:
        if len(rows) == 1:
            log.exception("an order can't be put together", extra={"order": rows[0].pk})
            return [Made(shop, (rows[0].number,), None, None, None, problems={rows[0].number: UNFORESEEN})]
    middle = len(rows) // 2
    return [
        part
        for some in (rows[:middle], rows[middle:])
        for part in each_made(workspace, lake, shop, some, import_id=import_id)
    ]


def made(workspace: Workspace, lake: Lake, shop: str, rows: Sequence[Order], *, import_id: int) -> Made:
    """Put the orders of a shop together, each with its customer."""
    firm = workspace.settings.firm
    scratch = engine.Scratch(lake.path)
    try:
        with engine.connect(scratch.path, "300MB", None) as con:
            folder = scratch.path / uuid4().hex
            folder.mkdir()
            there = _tables(con, lake, shop, rows)
            staging = Staging(firm.time_zone, firm.currency or "EUR")
            paid = _paid(con, there)
            for row in rows:
                staging.add(row.number, kept(row), paid.get(row.number))
            return _assembled(con, staging, there, shop, rows, import_id, folder, set(paid))
    finally:
        scratch.close()


def _tables(con: duckdb.DuckDBPyConnection, lake: Lake, shop: str, rows: Sequence[Order]) -> dict[str, str]:
    """What assembly reads of the lake; of its large tables only what these orders need.

    The stream knows its orders whole, so the lake's are looked up only where nobody told what the order is.
    """
    found = dict(tables(lake))
    con.execute("CREATE TEMP TABLE asked (number VARCHAR, told BOOLEAN)")
    con.register("asked_given", pa.table({"number": [row.number for row in rows], "told": [row.told for row in rows]}))
    con.execute("INSERT INTO asked SELECT * FROM asked_given")
    con.unregister("asked_given")
    named = f"shop = {engine.literal(shop)} AND external_id IN (SELECT number FROM asked"
    some = "false" if all(row.told for row in rows) else f"{named} WHERE NOT told)"
    con.execute(f"CREATE TEMP TABLE their_orders AS SELECT * FROM {found['orders']} WHERE {some}")
    con.execute(f"CREATE TEMP TABLE their_notices AS SELECT * FROM {found[NOTICES.name]} WHERE {named})")
    return found | {"orders": "their_orders", NOTICES.name: "their_notices"}


def _paid(con: duckdb.DuckDBPyConnection, there: Mapping[str, str]) -> dict[Number, Paid]:
    rows = con.execute(
        f"SELECT external_id, original, (tax + shipping) / nullif(rate, 0), currency FROM {there['orders']}"
    ).fetchall()
    return {
        number: Paid(Decimal(original + round(extra or 0)).scaleb(-digits(currency)), currency)
        for number, original, extra, currency in rows
    }


def _assembled(
    con: duckdb.DuckDBPyConnection,
    staging: Staging,
    there: Mapping[str, str],
    shop: str,
    rows: Sequence[Order],
    import_id: int,
    folder: Path,
    in_lake: set[Number],
) -> Made:
    asked = tuple(row.number for row in rows)
    sales, by_file = staging.sales(folder)
    if not sales.parts:
        return Made(shop, asked, None, None, None, problems=dict.fromkeys(asked, "no_order"))
    assembly = Assembly(con, sales, there, shop.replace("'", "''"), import_id, staging.currency, folder)
    build.prepare(assembly)
    build.documents(assembly)
    owners = {row.number: row.customer_id for row in rows}
    files = build.finish(assembly, lambda asked: _owned(asked, owners), _nobody, after=None)
    orders = pa.concat_tables([_read(con, path) for path in files.orders])
    return Made(
        shop,
        asked,
        orders if orders.num_rows else None,
        None if files.lines is None else _read(con, files.lines),
        None if files.refunds is None else _read(con, files.refunds),
        {name: _read(con, path) for name, path in files.upserts.items()},
        {name: _read(con, path) for name, path in files.appends.items()},
        # What is said of an order that only the lake knows may have been said before: then it doesn't come out again.
        _problems(
            con, by_file, {row.number: row.told for row in rows}, in_lake | set(orders["external_id"].to_pylist())
        ),
    )


def _read(con: duckdb.DuckDBPyConnection, path: Path) -> pa.Table:
    with con.cursor() as own:  # assembly may have left an answer unread on the connection itself
        found: pa.Table = own.sql(f"SELECT * FROM read_parquet({engine.literal(str(path))})").to_arrow_table()
    return found


def _owned(asked: pa.Table, owners: Mapping[Number, int | None]) -> pa.Table:
    numbers = [owners[number] for number in asked["guest"].to_pylist()]
    return pa.table({"key": asked["key"], "customer_id": pa.array(numbers, pa.int64())})


def _nobody(_asked: pa.Table) -> pa.Table:
    return pa.table({"key": pa.array([], pa.int64()), "customer_id": pa.array([], pa.int64())})


def _problems(
    con: duckdb.DuckDBPyConnection,
    by_file: Sequence[Sequence[Mapping[str, object]]],
    told: Mapping[Number, bool],
    whole: set[str],
) -> dict[Number, str]:
    """Of orders that didn't come out; a refund that an order has no room for is no problem of the order's."""
    found = dict.fromkeys((number for number in told if number not in whole), "no_order")
    for place, reason in con.execute("SELECT place, code FROM left_out ORDER BY place DESC").fetchall():
        number = str(by_file[place // FILE_PLACES][place % FILE_PLACES - 1]["order_number"])
        if number in found:
            found[number] = reason
    return {
        number: "no_amount" if told[number] and reason == "no_order" else reason for number, reason in found.items()
    }
