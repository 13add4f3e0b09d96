"""Small files that say what is so from then on: products, costs, exchange rates, acquisition spend.

A row with a key that is known replaces what was known; the last of several rows with one key counts.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import duckdb

from regulars.intake.assemble.arithmetic import LARGEST_AMOUNT, MACROS
from regulars.intake.assemble.rates import RATE_SCALE, unit
from regulars.intake.assemble.source import FILE_PLACES, Part
from regulars.intake.reject_rows import Reject
from regulars.lake import TABLES, Lake, engine


@dataclass(frozen=True)
class Table:
    """How one kind becomes a table of the lake: `select` reads `given`, `refuse` says which rows can't be used."""

    name: str
    select: str
    refuse: tuple[tuple[str, str, str], ...]
    """(SQL condition, code, detail)"""


def table_of(kind: str, currency: str) -> Table:
    """The table of a kind; amounts are in the firm's currency or come with their rate as `home_rate`."""
    scaled = f"micros({{}}) * round(home_rate * {RATE_SCALE})::HUGEINT"
    home = f"half_even({scaled}, {unit(currency) * RATE_SCALE}::HUGEINT)::BIGINT"
    return {
        "products": Table(
            "products",
            "product_id, product_name AS name, category, brand, durable, round(cycle_days)::INTEGER AS cycle_days",
            (("product_id IS NULL", "no_product", ""),),
        ),
        "costs": Table(
            "costs",
            f"product_id, coalesce(from_day, DATE '1900-01-01') AS from_day, {home.format('abs(cost)')} AS cost",
            (
                ("product_id IS NULL", "no_product", ""),
                ("cost IS NULL", "incomplete", "the cost"),
                (f"abs(cost) >= {LARGEST_AMOUNT}", "too_large", ""),
                ("home_rate IS NULL", "no_rate", "currency"),
            ),
        ),
        "rates": Table(
            "rates",
            # "1 EUR = 1.08 USD" in a firm that counts in EUR is the same rate from the other side.
            f"day, CASE WHEN {_TURNED.format(home=currency)} THEN to_currency ELSE currency END AS currency, "
            f"CASE WHEN {_TURNED.format(home=currency)} THEN 1 / rate ELSE rate END AS rate",
            (
                ("day IS NULL OR currency IS NULL OR NOT coalesce(rate > 0 AND isfinite(rate), false)", "bad_rate", ""),
                (
                    f"to_currency <> '{currency}' AND currency <> '{currency}'",
                    "other_currency",
                    "to_currency",
                ),
            ),
        ),
        "spend": Table(
            "spend",
            f"source, date_trunc('month', month)::DATE AS month, {home.format('amount')} AS amount, "
            f"{_PURPOSE} AS purpose",
            (
                ("source IS NULL", "incomplete", "the source"),
                ("month IS NULL", "incomplete", "the month"),
                ("amount IS NULL", "incomplete", "the amount"),
                (f"abs(amount) >= {LARGEST_AMOUNT}", "too_large", ""),
                ("home_rate IS NULL", "no_rate", "currency"),
            ),
        ),
    }[kind]


_TURNED = "(currency = '{home}' AND to_currency <> '{home}')"
_PURPOSE = "CASE WHEN lower(trim(purpose)) IN ('keep', 'retention', 'retain', 'crm') THEN 'keep' ELSE 'win' END"


@dataclass(frozen=True)
class Done:
    """Rows by (file, outcome), and rows set aside."""

    rows: dict[tuple[int, str], int]
    rejects: list[Reject]
    upserts: dict[str, Path]
    """Table of the lake -> what to put into it."""


def prepare(
    con: duckdb.DuckDBPyConnection, kind: str, parts: list[Part], lake: Lake, currency: str, folder: Path
) -> Done:
    """The rows for the lake as a Parquet file, and what each row means beside what is there."""
    con.execute(MACROS)
    table = table_of(kind, currency)
    with lake.snapshot() as snapshot:
        there = engine.scan(snapshot.files(table.name), TABLES[table.name].schema)
        rates = engine.scan(snapshot.files("rates"), TABLES["rates"].schema)
    rows = " UNION ALL ".join(_rows(part, currency) for part in parts)
    con.execute(f"CREATE OR REPLACE TEMP TABLE given AS {_valued(kind, rows, rates, currency)}")
    cases = " ".join(f"WHEN {condition} THEN '{code}'" for condition, code, _ in table.refuse)
    details = " ".join(f"WHEN {condition} THEN {_detail(detail)}" for condition, _, detail in table.refuse)
    con.execute(
        f"CREATE OR REPLACE TEMP TABLE judged AS SELECT place, CASE {cases} END AS code, CASE {details} END AS detail, "
        f"{table.select} FROM (SELECT * FROM given)"
    )
    rejects = [
        Reject(*row) for row in con.execute("SELECT place, code, detail FROM judged WHERE code IS NOT NULL").fetchall()
    ]
    counted = compared(con, table.name, there, rejects)
    upserts = written(con, table.name, folder)
    if kind == "products":
        upserts |= _costs_of_products(con, currency, folder)
    return Done(counted, rejects, upserts)


def _costs_of_products(con: duckdb.DuckDBPyConnection, currency: str, folder: Path) -> dict[str, Path]:
    """A cost beside the product is what it costs unless a file of costs says since when."""
    table = table_of("costs", currency)
    con.execute(
        f"CREATE OR REPLACE TEMP TABLE judged AS SELECT place, NULL AS code, {table.select} "
        "FROM (SELECT *, NULL::DATE AS from_day FROM given) "
        "WHERE product_id IS NOT NULL AND cost IS NOT NULL AND home_rate > 0"
    )
    return written(con, "costs", folder)


def _rows(part: Part, currency: str) -> str:
    filled = ""
    if part.staged.kind in ("costs", "spend", "products"):
        filled = f"REPLACE (coalesce(currency, '{part.currency or currency}') AS currency)"
    return f'SELECT {part.file * FILE_PLACES} + "row" AS place, * EXCLUDE ("row") {filled} FROM ({part.staged.sql()})'


def _valued(kind: str, rows: str, rates: str, currency: str) -> str:
    """`given` with `home_rate`: units of the firm's currency for one of the row's."""
    if kind == "rates":
        return rows
    day = {"costs": "coalesce(g.from_day, DATE '2999-01-01')", "spend": "g.month + 30"}.get(kind, "DATE '2999-01-01'")
    return f"""
    SELECT g.*, CASE WHEN g.currency = '{currency}' THEN 1.0 ELSE r.rate END AS home_rate
    FROM (SELECT *, {day.replace("g.", "")} AS rate_day FROM ({rows})) g
    ASOF LEFT JOIN (SELECT currency, day, rate FROM {rates}) r ON g.currency = r.currency AND g.rate_day >= r.day"""


def _detail(detail: str) -> str:
    return detail if detail in ("currency", "to_currency") else f"nullif('{detail}', '')"


def compared(
    con: duckdb.DuckDBPyConnection, name: str, there: str, rejects: list[Reject]
) -> dict[tuple[int, str], int]:
    """(file, outcome) -> rows of the table `judged`, beside `there`, what the lake has."""
    spec = TABLES[name]
    keys = ", ".join(spec.key)
    same = " AND ".join(f"j.{column} IS NOT DISTINCT FROM t.{column}" for column in spec.schema.names)
    found = con.execute(
        f"""SELECT place // {FILE_PLACES}, CASE WHEN t.{spec.key[0]} IS NULL THEN 'kept' WHEN {same} THEN 'unchanged'
                ELSE 'replaced' END AS outcome, count(*)
        FROM (SELECT * FROM judged WHERE code IS NULL) j LEFT JOIN {there} t USING ({keys}) GROUP BY ALL"""
    ).fetchall()
    rows = {(int(file), str(outcome)): int(number) for file, outcome, number in found}
    for reject in rejects:
        rows[reject.file, "set_aside"] = rows.get((reject.file, "set_aside"), 0) + 1
    return rows


def written(con: duckdb.DuckDBPyConnection, name: str, folder: Path) -> dict[str, Path]:
    """The usable rows of the table `judged` as a file for the lake, the last of each key."""
    spec = TABLES[name]
    path = folder / f"{name}.parquet"
    columns = ", ".join(spec.schema.names)
    copied = con.execute(
        f"""COPY (SELECT {columns} FROM judged WHERE code IS NULL
        QUALIFY row_number() OVER (PARTITION BY {", ".join(spec.key)} ORDER BY place DESC) = 1)
        TO '{path}' (FORMAT parquet)"""
    ).fetchone()
    return {name: path} if copied and copied[0] else {}
