"""One look over the staged rows, which decides what assembly may leave out."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import duckdb
import numpy as np

from regulars.intake.assemble.arithmetic import LARGEST_AMOUNT
from regulars.intake.assemble.source import Sales
from regulars.intake.fields import FIELDS, Kind


@dataclass(frozen=True)
class Profile:
    """What the rows of one kind hold. Counts are of rows."""

    rows: int
    numbered: int
    currencies: tuple[str, ...]
    negative: bool
    """Some amount or quantity is below zero."""
    too_large: int
    fractional: int
    """Rows with an amount of more than two decimals."""
    odd_status: int
    """Rows with a status that is neither placed nor other, a test mark, or a date of cancellation or refund."""
    refunded: int
    referring: int
    """Rows that name an original invoice."""
    undated: int
    broken_pieces: int
    """Rows whose quantity is no whole number."""


def profile(con: duckdb.DuckDBPyConnection, kind: Kind, sales: Sales) -> Profile:
    """Read the view `in_<kind>` once."""
    present = sales.fields(kind)
    amounts = [f.name for f in FIELDS[kind] if f.type == "amount" and f.name in present]
    signed = [name for name in amounts if name not in ("discount", "line_discount", "refunded", "tax", "shipping")]
    signed += ["quantity"] if "quantity" in present else []
    odd = [f"{name}" for name in ("is_test",) if name in present]
    odd += [f"{name} IS NOT NULL" for name in ("cancelled_at", "refunded_at") if name in present]
    odd += ["status NOT IN ('placed', 'other')"] if "status" in present else []

    # Asked one by one, most of these are answered from the Parquet files' statistics and dictionaries.
    def ask(question: str) -> Any:
        return con.execute(f"SELECT {question} FROM in_{kind}").fetchall()[0][0]

    return Profile(
        rows=ask("count(*)"),
        numbered=ask("count(order_number)"),
        currencies=tuple(ask("list(DISTINCT currency)") or ()),
        negative=_negative(ask, signed),
        too_large=ask(_rows([too_large(kind, sales)])),
        fractional=ask(_rows([_fraction(name) for name in amounts])),
        odd_status=ask(_rows(odd)),
        refunded=ask(_rows(["refunded <> 0"] if "refunded" in present else [])),
        referring=ask(_rows(["original_invoice IS NOT NULL"] if "original_invoice" in present else [])),
        broken_pieces=ask(_rows(["quantity <> trunc(quantity)"] if "quantity" in present else [])),
        undated=ask(_rows(["ordered_at IS NULL"] if kind == "orders" else [])),
    )


def _negative(ask: Callable[[str], Any], columns: list[str]) -> bool:
    return any((ask(f"min({name})") or 0) < 0 for name in columns)


def _fraction(amount: str) -> str:
    """SQL: the amount has more than two decimals, or is so large that a float couldn't tell."""
    return f"abs({amount}) >= 1e8 OR abs({amount}::DOUBLE * 100 - round({amount}::DOUBLE * 100)) > 5e-5"


def too_large(kind: Kind, sales: Sales) -> str:
    """SQL: the row has an amount or a quantity that can't be meant, or their product can't."""
    present = sales.fields(kind)
    amounts = [f.name for f in FIELDS[kind] if f.type == "amount" and f.name in present]
    tests = [f"abs({name}) >= {LARGEST_AMOUNT}" for name in amounts]
    if "quantity" in present:
        tests.append(f"NOT isfinite(quantity) OR abs(quantity) >= {LARGEST_AMOUNT}")
        tests += [f"abs(quantity * {price}::DOUBLE) >= {LARGEST_AMOUNT}" for price in amounts if price == "unit_price"]
    return " OR ".join(f"coalesce({test}, false)" for test in tests) or "false"


def _rows(conditions: list[str]) -> str:
    return f"count(*) FILTER (WHERE {' OR '.join(conditions) or 'false'})"


def repeated(con: duckdb.DuckDBPyConnection, kind: Kind) -> bool:
    """Whether an order number may stand in more than one row of the view: by hash, so a rare yes is only a maybe."""
    hashes = con.execute(f"SELECT hash(order_number) AS h FROM in_{kind} WHERE order_number IS NOT NULL").fetchnumpy()
    ordered = np.sort(np.asarray(hashes["h"]))
    return bool((ordered[1:] == ordered[:-1]).any())
