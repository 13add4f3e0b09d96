"""Rows that assembly can't use: the table `left_out` (place, code, detail). The views of staged rows skip them."""

from __future__ import annotations

from regulars.intake.assemble.amounts import AMOUNTS
from regulars.intake.assemble.arithmetic import LARGEST_AMOUNT, MICROS
from regulars.intake.assemble.assembly import Assembly
from regulars.intake.assemble.profile import too_large
from regulars.intake.assemble.source import SALES_KINDS, view
from regulars.intake.fields import Kind

IS_ORDER = """
bought > 0 OR (given_back = 0 AND fees > 0)
OR (given_back = 0 AND heads > 0 AND (goods >= 0 OR (goods IS NULL AND status IN ('cancelled', 'test'))))
"""
"""SQL: a group of `weighed` is an order rather than a notice or a part whose order is missing."""


def start(assembly: Assembly) -> None:
    """Make `left_out` if nobody did, and the views of staged rows."""
    assembly.con.execute("CREATE TEMP TABLE IF NOT EXISTS left_out (place BIGINT, code VARCHAR, detail VARCHAR)")
    refresh(assembly)


def refresh(assembly: Assembly) -> None:
    """Make the views `in_<kind>` anew, without the rows that are left out by now."""
    left_out = assembly.any("left_out")
    for kind in SALES_KINDS:
        rows = view(kind, assembly.sales.of(kind), assembly.currency, left_out=left_out)
        if kind in ("orders", "lines"):
            for number, link in enumerate(assembly.sales.links):
                person = f"coalesce(p.person, r.{link.order_field}) AS customer_ref"
                joined = f"({rows}) r LEFT JOIN person_{number} p ON p.given = r.{link.order_field}"
                rows = f"SELECT r.* REPLACE ({person}) FROM {joined}"
        assembly.con.execute(f"CREATE OR REPLACE TEMP VIEW in_{kind} AS {rows}")


def leave_out(assembly: Assembly, rows: str) -> int:
    """Add the rows of a query (place, code, detail); returns how many."""
    before = assembly.one("SELECT count(*) FROM left_out")
    assembly.con.execute(f"INSERT INTO left_out {rows}")
    return int(assembly.one("SELECT count(*) FROM left_out") - before)


def impossible_amounts(assembly: Assembly, kind: Kind) -> None:
    """Leave out rows whose amounts can't be meant."""
    condition = too_large(kind, assembly.sales)
    leave_out(assembly, f"SELECT place, 'too_large', NULL FROM in_{kind} WHERE {condition}")


def impossible_sums(assembly: Assembly) -> bool:
    """Leave out all rows of groups whose sums can't be meant; whether there were any."""
    tests = [f"abs({name}) >= {LARGEST_AMOUNT}" for name in (*AMOUNTS, "paid")]
    tests += [f"abs({name}) >= {LARGEST_AMOUNT * MICROS}" for name in ("bought_for", "back_for", "fees_for")]
    groups = f"SELECT number FROM grouped WHERE {' OR '.join(f'coalesce({test}, false)' for test in tests)}"
    if not assembly.any(f"({groups})"):
        return False
    leave_out(assembly, f"SELECT place, 'too_large', NULL FROM row_of WHERE number IN ({groups})")
    refresh(assembly)
    return True


def orphans(assembly: Assembly) -> None:
    """Leave out grouped rows that make no order: parts whose order is missing, heads without an amount."""
    leave_out(
        assembly,
        f"""SELECT place, code, number FROM row_of JOIN (
            SELECT number, CASE WHEN heads > 0 THEN 'no_amount' ELSE 'no_order' END AS code FROM weighed
            WHERE NOT coalesce(({IS_ORDER}) AND ordered_at IS NOT NULL, false)
              AND number NOT IN (SELECT document FROM back)) USING (number)""",
    )
    for kind, relation in (
        ("lines", "in_lines"),
        ("payments", "(SELECT * FROM in_payments WHERE order_number IS NULL)"),
    ):
        if assembly.sales.of(kind):  # type: ignore[arg-type]
            leave_out(assembly, f"SELECT place, 'no_order', NULL FROM {relation} ANTI JOIN piece USING (place)")


def without_rate(assembly: Assembly, *, tables: bool) -> None:
    """Leave out documents in a foreign currency that no rate is known for, all their rows."""
    missing = f"""SELECT d.number, d.currency, d.day FROM document d ANTI JOIN rate r USING (currency, day)
        WHERE d.currency <> '{assembly.currency}'"""
    assembly.con.execute(f"CREATE OR REPLACE TEMP TABLE rateless AS {missing}")
    gone = leave_out(
        assembly,
        "SELECT r.place, 'no_rate', m.currency || ' on ' || m.day FROM row_of r JOIN rateless m USING (number)",
    )
    if gone and tables:
        assembly.con.execute("DELETE FROM weighed WHERE number IN (SELECT number FROM rateless)")
    if gone:
        refresh(assembly)
