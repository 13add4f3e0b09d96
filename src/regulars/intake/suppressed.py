"""Rows of somebody who was forgotten, in a file from before: set aside, and written down nowhere.

A row is theirs by its customer's keys or by its order's number, known as keyed hashes (`customers.suppression`). With
one line of an order all its rows are set aside. Who was forgotten may come back: an order placed after that day is a
new customer's, and from then on their keys mean that customer.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime

import duckdb
import pyarrow as pa

from regulars.customers import suppression
from regulars.customers.queries_search import phones
from regulars.intake.assemble.numbering import KEYS, reference
from regulars.intake.assemble.source import FILE_PLACES, Part
from regulars.intake.keys import look_up
from regulars.intake.recognise import RecognisedFile
from regulars.platform import store

CODE = "forgotten"
_KINDS = {"customer_ref": "ref", "email": "email", "phone": "phone"}
_MOMENTS = ("ordered_at", "refunded_at", "paid_at", "from_day", "consent_at")


def hold_back(con: duckdb.DuckDBPyConnection, shop: str, parts: Sequence[Part]) -> None:
    """Add their rows to the table `left_out` (place, code, detail), which is made where there is none."""
    con.execute("CREATE TEMP TABLE IF NOT EXISTS left_out (place BIGINT, code VARCHAR, detail VARCHAR)")
    known = suppression.known()
    if not known:
        return
    _register(con, known)
    for part in parts:
        con.execute(f"INSERT INTO left_out SELECT DISTINCT place, '{CODE}', NULL FROM ({_rows(con, shop, part)})")
    _whole_orders(con, parts)
    # A row that waits for another reason would be written down among the rejects.
    con.execute(
        f"DELETE FROM left_out WHERE code <> '{CODE}' AND place IN (SELECT place FROM left_out WHERE code = '{CODE}')"
    )


def places(con: duckdb.DuckDBPyConnection, shop: str, parts: Sequence[Part]) -> list[int]:
    """Their rows in files of customers or contracts."""
    hold_back(con, shop, parts)
    return [place for (place,) in con.execute(f"SELECT place FROM left_out WHERE code = '{CODE}'").fetchall()]


def recogniser(file: RecognisedFile, shop: str) -> Callable[[Sequence[str | None]], bool]:
    """Says of a row's own cells whether they are of somebody who was forgotten: for rows that couldn't be read."""
    known = suppression.known()
    if not known:
        return lambda _cells: False
    secret = suppression.secret(store.opened())
    kinds = {**_KINDS, "person_ref": "ref", "order_number": suppression.ORDER}
    at = {
        file.titles.index(title): kinds[field]
        for field, title in file.mapping.columns.items()
        if field in kinds and title in file.titles
    }

    def theirs(cells: Sequence[str | None]) -> bool:
        return any(
            suppression.digest(secret, shop, kind, key) in known
            for place, kind in at.items()
            if place < len(cells)
            for key in _written(cells[place] or "", kind, file.mapping.country)
        )

    return theirs


def _written(cell: str, kind: str, country: str) -> Iterable[str]:
    """A cell as the key that it would have become."""
    text = cell.strip()
    if kind == "email":
        return (text.lower(),)
    return phones(text, country or None) if kind == "phone" else (text,)


def _register(con: duckdb.DuckDBPyConnection, known: dict[str, datetime]) -> None:
    table = pa.table(
        {
            "digest": pa.array(known, pa.string()),
            "at": pa.array([moment.replace(tzinfo=None) for moment in known.values()], pa.timestamp("us")),
        }
    )
    con.register("forgotten_given", table)
    con.execute("CREATE OR REPLACE TEMP TABLE forgotten AS SELECT * FROM forgotten_given")
    con.unregister("forgotten_given")


def _rows(con: duckdb.DuckDBPyConnection, shop: str, part: Part) -> str:
    """SQL: places of rows with a key or an order number that is known as forgotten."""
    secret = suppression.secret(store.opened())
    fields = set(part.staged.fields)
    moment = next((name for name in _MOMENTS if name in fields), None)
    # A row without a day may be from any time; one that is dated after they were forgotten is a new beginning.
    since = f"coalesce(r.{moment}::TIMESTAMP <= f.at, true)" if moment else "true"
    keys = {name: (kind, since) for name, kind in _KINDS.items() if name in fields}
    keys |= {"person_ref": ("ref", since)} if "person_ref" in fields else {}
    keys |= {"order_number": (suppression.ORDER, "true")} if "order_number" in fields else {}
    if not fields & set(KEYS):
        keys[reference(fields)] = ("ref", since)
    found = [
        f"SELECT r.place FROM given_part r JOIN forgotten f ON f.digest = "
        f"{suppression.digest_sql(secret, shop, kind, f'r.{name}' if name in fields else name)} "
        f"WHERE {test} {_not_back(con, shop, part, name, kind)}"
        for name, (kind, test) in keys.items()
        if name in fields or not fields & set(KEYS)
    ]
    con.execute(
        f'CREATE OR REPLACE TEMP VIEW given_part AS SELECT {part.file * FILE_PLACES} + "row" AS place, * '
        f"FROM ({part.staged.sql()})"
    )
    return " UNION ALL ".join(found) or "SELECT 0 AS place WHERE false"


def _not_back(con: duckdb.DuckDBPyConnection, shop: str, part: Part, name: str, kind: str) -> str:
    """SQL: not where the key means a customer again; said of files that have no days only."""
    if kind not in _KINDS.values() or set(_MOMENTS) & set(part.staged.fields) or name not in part.staged.fields:
        return ""
    column = next(field for field, own in _KINDS.items() if own == kind)
    columns = ", ".join(f"{'given' if field == column else 'NULL::VARCHAR'} AS {field}" for field in KEYS)
    given = f"SELECT DISTINCT {name} AS given FROM ({part.staged.sql()}) WHERE {name} IS NOT NULL"
    asked = con.sql(
        f"SELECT row_number() OVER () AS key, {columns}, NULL::VARCHAR AS guest, given FROM ({given})"
    ).to_arrow_table()
    back = set(look_up(asked.drop_columns(["given"]), shop=shop)["key"].to_pylist())
    again = [
        given for key, given in zip(asked["key"].to_pylist(), asked["given"].to_pylist(), strict=True) if key in back
    ]
    table = f"back_{kind}"
    con.execute(f"CREATE OR REPLACE TEMP TABLE {table} (given VARCHAR)")
    con.execute(f"INSERT INTO {table} SELECT unnest(?::VARCHAR[])", [again])
    return f"AND r.{name} NOT IN (SELECT given FROM {table})"


def _whole_orders(con: duckdb.DuckDBPyConnection, parts: Sequence[Part]) -> None:
    """An order comes in whole or not at all."""
    numbered = [part for part in parts if "order_number" in part.staged.fields]
    rows = " UNION ALL ".join(
        f'SELECT {part.file * FILE_PLACES} + "row" AS place, order_number FROM ({part.staged.sql()})'
        for part in numbered
    )
    if rows:
        con.execute(
            f"""INSERT INTO left_out SELECT place, '{CODE}', NULL FROM ({rows}) WHERE order_number IN (
                SELECT order_number FROM ({rows}) JOIN left_out l USING (place) WHERE l.code = '{CODE}')
            AND place NOT IN (SELECT place FROM left_out WHERE code = '{CODE}')"""
        )
