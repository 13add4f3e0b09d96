"""One look over the staged rows, which decides what assembly may leave out."""

from __future__ import annotations

from dataclasses import dataclass

import duckdb

from regulars.intake.assemble.arithmetic import LARGEST_AMOUNT
from regulars.intake.assemble.source import Sales
from regulars.intake.fields import FIELDS, Kind


@dataclass(frozen=True)
class Profile:
    """What the rows of one kind hold. Counts are of rows."""

    rows: int
    numbered: int
    currencies: tuple[str, ...]
    negative: int
    """Rows with an amount or quantity below zero."""
    too_large: int
    fractional: int
    """Rows with an amount of more than two decimals."""
    odd_status: int
    """Rows with a status that is neither placed nor other, a test mark, or a date of cancellation or refund."""
    refunded: int
    referring: int
    """Rows that name an original invoice."""
    undated: int


def profile(con: duckdb.DuckDBPyConnection, kind: Kind, sales: Sales) -> Profile:
    """Read the view `in_<kind>` once."""
    present = sales.fields(kind)
    amounts = [f.name for f in FIELDS[kind] if f.type == "amount" and f.name in present]
    signed = [name for name in amounts if name not in ("discount", "line_discount", "refunded", "tax", "shipping")]
    signed += ["quantity"] if "quantity" in present else []
    odd = [f"{name}" for name in ("is_test",) if name in present]
    odd += [f"{name} IS NOT NULL" for name in ("cancelled_at", "refunded_at") if name in present]
    odd += ["status NOT IN ('placed', 'other')"] if "status" in present else []
    row = con.execute(
        f"""SELECT count(*), count(order_number), list(DISTINCT currency ORDER BY currency),
               {_rows([f"{name} < 0" for name in signed])},
               {_rows([too_large(kind, sales)])},
               {_rows([f"{name} * 100 <> trunc({name} * 100)" for name in amounts])},
               {_rows(odd)},
               {_rows(["refunded <> 0"] if "refunded" in present else [])},
               {_rows(["original_invoice IS NOT NULL"] if "original_invoice" in present else [])},
               {_rows(["ordered_at IS NULL"] if kind == "orders" else [])}
        FROM in_{kind}"""
    ).fetchone()
    assert row is not None
    rows, numbered, currencies, *counts = row
    return Profile(rows, numbered, tuple(currencies or ()), *counts)


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
    return f"count(*) FILTER (WHERE {' OR '.join(conditions)})" if conditions else "0"


def repeated(con: duckdb.DuckDBPyConnection, kind: Kind) -> bool:
    """Whether an order number may stand in more than one row of the view: by hash, so a rare yes is only a maybe."""
    hashes = con.execute(f"SELECT hash(order_number) AS h FROM in_{kind} WHERE order_number IS NOT NULL").fetchnumpy()
    ordered = hashes["h"]
    ordered.sort()
    return bool((ordered[1:] == ordered[:-1]).any())
