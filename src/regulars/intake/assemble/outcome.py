"""What became of every staged row once the lake has the import, by file.

A row of an order has the order's outcome, a row that takes something back has its notice's. Both can be read from the
lake afterwards (they carry the import's id and a version), so an import that was cut off counts the same when it ends.
"""

from __future__ import annotations

from regulars.intake.assemble.assembly import Assembly
from regulars.intake.assemble.source import FILE_PLACES
from regulars.lake import OrderCounts

_OF_VERSION = "CASE WHEN version = 1 THEN 'kept' ELSE 'replaced' END"


def rows(assembly: Assembly, counts: OrderCounts, *, taking: bool) -> dict[tuple[int, str], int]:
    """(file number, outcome) -> rows, of all staged rows. `assembly.lake` must read the lake as it is now."""
    plain = not taking and not assembly.any("left_out")
    files = {part.file: part.staged.kept for part in assembly.sales.parts}
    if plain and not counts.replaced and not (counts.new and counts.unchanged):
        return {(file, "kept" if counts.new else "unchanged"): kept for file, kept in files.items() if kept}
    assembly.con.execute(f"CREATE OR REPLACE TEMP TABLE order_fate AS {_orders(assembly)}")
    return _counted(assembly, _recorded(assembly) if taking else None)


def compared(assembly: Assembly, orders: str, *, taking: bool) -> dict[tuple[int, str], int]:
    """The same before anything is committed: the orders to come (a Parquet file) beside the lake's."""
    assembly.con.execute(
        f"""CREATE OR REPLACE TEMP TABLE order_fate AS
        SELECT n.external_id AS number, n.fingerprint = o.fingerprint AS same, o.shop IS NULL AS fresh,
               CASE WHEN fresh THEN 'kept' WHEN same THEN 'unchanged' ELSE 'replaced' END AS outcome
        FROM read_parquet('{orders}') n LEFT JOIN {assembly.lake["orders"]} o
        ON n.external_id = o.external_id AND o.shop = '{assembly.shop}'"""
    )
    return _counted(assembly, "notice" if taking else None)


def fates(assembly: Assembly) -> dict[str, int]:
    """Orders by outcome, from `order_fate`."""
    found = assembly.con.execute("SELECT outcome, count(*) FROM order_fate GROUP BY 1").fetchall()
    counted = dict(found)
    return {
        name: counted.get(key, 0)
        for name, key in (("new", "kept"), ("unchanged", "unchanged"), ("replaced", "replaced"))
    }


def _orders(assembly: Assembly) -> str:
    return f"""
    SELECT number, coalesce(outcome, 'unchanged') AS outcome FROM (SELECT number FROM document)
    LEFT JOIN (SELECT external_id AS number, {_OF_VERSION} AS outcome FROM {assembly.lake["orders"]}
               WHERE shop = '{assembly.shop}' AND import_id = {assembly.import_id}) USING (number)"""


def _counted(assembly: Assembly, recorded: str | None) -> dict[tuple[int, str], int]:
    """`recorded`: the relation of notices that this import brought; None where nothing was taken back."""
    taking = recorded is not None
    notices = f"""
    SELECT t.place, t.document, coalesce(n.outcome, 'unchanged') AS outcome FROM taken t LEFT JOIN (
        SELECT document, item, {_OF_VERSION} AS outcome FROM {recorded}) n USING (document, item)
    WHERE t.usable"""
    taken = f"SELECT place, outcome FROM ({notices})" if taking else "SELECT NULL::BIGINT, NULL::VARCHAR WHERE false"
    # Rows of a cancellation that take nothing back themselves, such as its postage, go with it.
    beside = (
        f"SELECT document AS number, min(outcome) AS outcome FROM ({notices}) GROUP BY 1"
        if taking
        else ("SELECT NULL::VARCHAR AS number, NULL::VARCHAR AS outcome WHERE false")
    )
    found = assembly.con.execute(
        f"""WITH settled AS (
            SELECT place, outcome FROM ({taken}) s(place, outcome)
            UNION ALL SELECT place, 'set_aside' FROM left_out
        ), others AS (
            SELECT r.place, coalesce(f.outcome, b.outcome) AS outcome
            FROM row_of r ANTI JOIN settled s ON s.place = r.place
            LEFT JOIN order_fate f USING (number) LEFT JOIN ({beside}) b USING (number)
        )
        SELECT place // {FILE_PLACES}, outcome, count(*) FROM (
            SELECT * FROM settled UNION ALL SELECT * FROM others) GROUP BY ALL"""
    ).fetchall()
    return {(int(file), outcome or "lost"): rows for file, outcome, rows in found}


def _recorded(assembly: Assembly) -> str:
    return (
        f"(SELECT * FROM {assembly.lake['refund_notices']} "
        f"WHERE shop = '{assembly.shop}' AND import_id = {assembly.import_id})"
    )
