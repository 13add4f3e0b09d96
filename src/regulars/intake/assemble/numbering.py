"""Numbers for rows that have none, stable from one import to the next.

A row of an orders' file is an order of its own: `row:` + a digest of who, when, how much and of what + how often this
digest occurred in the file before. Lines of one customer at one instant are one order (`at:` + digest of both); a line
without customer and number is an order of its own. Equal rows are told apart by the rest of their content first, so
that the order of rows changes nothing.
"""

from __future__ import annotations

from collections.abc import Collection

from regulars.intake.assemble.amounts import AMOUNTS
from regulars.intake.assemble.assembly import Assembly
from regulars.intake.assemble.source import FILE_PLACES
from regulars.intake.fields import Kind, staged_columns

KEYS = ("customer_ref", "email", "phone")
NAMES = ("customer_name", "first_name", "last_name", "organisation")


def number(assembly: Assembly, kind: Kind) -> tuple[str, str]:
    """Give numbers to rows of `in_<kind>` that lack one. Returns SQL: the number, and what to select from."""
    profile = assembly.profiles[kind]
    if profile.numbered == profile.rows:
        return "order_number", f"in_{kind}"
    table = f"numbered_{kind}"
    present = assembly.sales.fields(kind)
    own = f"'row:' || core || ':' || row_number() OVER (PARTITION BY place // {FILE_PLACES}, core ORDER BY rest, place)"
    given = own
    if kind == "lines":
        given = f"CASE WHEN who <> '' THEN 'at:' || digest(who || '|' || epoch_us(ordered_at)) ELSE {own} END"
    assembly.con.execute(
        f"""CREATE OR REPLACE TEMP TABLE {table} AS SELECT place, {given} AS given
        FROM (SELECT place, ordered_at, {core(present)} AS core, {_rest(kind, present)} AS rest, {_who(present)} AS who
              FROM in_{kind} WHERE order_number IS NULL AND ordered_at IS NOT NULL)"""
    )
    assembly.tally["without_number"] += profile.rows - profile.numbered
    return "coalesce(order_number, given)", f"in_{kind} LEFT JOIN {table} USING (place)"


def reference(present: Collection[str]) -> str:
    """SQL: the shop's customer number; the name instead, in files that know customers by nothing else."""
    if any(key in present for key in KEYS) or not any(name in present for name in NAMES):
        return "customer_ref"
    given = [f"coalesce({name}, '')" for name in ("customer_name", "first_name", "last_name") if name in present]
    choices = ["organisation"] if "organisation" in present else []
    together = " || ' ' || ".join(given)
    choices += [f"nullif(trim({together}), '')"] if given else []
    return f"lower(regexp_replace(trim(coalesce({', '.join(choices)})), '\\s+', ' ', 'g'))"


def core(present: Collection[str]) -> str:
    """SQL: a digest of what makes a row the row that it is: who, when, how much, of what."""
    texts = [*KEYS, *NAMES, "currency", "product_id", "product_name", "line_number"]
    numbers = ["quantity", "unit_price", "line_total", *AMOUNTS[:3]]
    parts = [f"coalesce({name}, '')" for name in texts if name in present or name == "currency"]
    parts += [f"coalesce({name}::VARCHAR, '')" for name in numbers if name in present]
    return f"digest(concat_ws('|', epoch_us(ordered_at), {', '.join(parts)}))"


def _rest(kind: Kind, present: Collection[str]) -> str:
    names = [name for name in staged_columns(kind) if name in present and name not in ("row", "ordered_at", "day")]
    return "digest(concat_ws('|', {}))".format(", ".join(f"coalesce({name}::VARCHAR, '')" for name in names) or "''")


def _who(present: Collection[str]) -> str:
    return f"concat_ws('|', {reference(present)}, email, phone)"
