"""Rows that must not be taken in although they could be read.

An order comes in whole: if one of its lines can't be used, the others wait for it in the same file of rejects, because
importing the mended line alone would replace the order by that line. And the last row of a file that may have been
cut off is set aside where it could do harm.
"""

from __future__ import annotations

from collections.abc import Sequence

import duckdb

from regulars.intake.assemble.source import FILE_PLACES, Part
from regulars.intake.cut import SAMPLE_ROWS, last_row_is_unsure
from regulars.intake.read import original_rows
from regulars.intake.recognise import RecognisedFile

_AT_ONCE = 200_000


def hold_back(con: duckdb.DuckDBPyConnection, files: Sequence[RecognisedFile], parts: Sequence[Part]) -> None:
    """Make the table `left_out` with the rows that wait."""
    con.execute("CREATE TEMP TABLE IF NOT EXISTS left_out (place BIGINT, code VARCHAR, detail VARCHAR)")
    for file, part in zip(files, parts, strict=True):
        if part.staged.cut_off and part.staged.kept:
            _hold_last_row(con, file, part)
    for file, part in zip(files, parts, strict=True):
        if part.staged.kind == "lines" and "order_number" in part.staged.fields:
            _hold_orders(con, file, part)


def _hold_last_row(con: duckdb.DuckDBPyConnection, file: RecognisedFile, part: Part) -> None:
    last = part.staged.rows_in
    read_well = con.execute(f'SELECT count(*) FROM ({part.staged.sql()}) WHERE "row" = {last}').fetchall()[0][0]
    if not read_well:
        return
    sample = [*range(max(1, last - SAMPLE_ROWS), last), last]
    _, cells = original_rows(file, sample)
    width = len(file.titles)
    others = [row[width - 1] if len(row) >= width else None for row in cells[:-1]]
    if last_row_is_unsure(cells[-1], others, file.titles, file.mapping):
        con.execute("INSERT INTO left_out VALUES (?, 'cut_off', NULL)", [part.file * FILE_PLACES + last])


def _hold_orders(con: duckdb.DuckDBPyConnection, file: RecognisedFile, part: Part) -> None:
    numbers = _numbers_of_rejects(con, file, part)
    first, after = part.file * FILE_PLACES, (part.file + 1) * FILE_PLACES
    con.execute("CREATE OR REPLACE TEMP TABLE waiting_number (number VARCHAR)")
    for start in range(0, len(numbers), _AT_ONCE):
        con.execute("INSERT INTO waiting_number SELECT unnest(?)", [numbers[start : start + _AT_ONCE]])
    con.execute(
        f"""INSERT INTO waiting_number SELECT order_number FROM ({part.staged.sql()})
        WHERE {first} + "row" IN (SELECT place FROM left_out WHERE place BETWEEN {first} AND {after})
          AND order_number IS NOT NULL"""
    )
    if numbers or con.execute("SELECT 1 FROM waiting_number LIMIT 1").fetchone():
        con.execute(
            f"""INSERT INTO left_out SELECT {first} + "row", 'waits', order_number FROM ({part.staged.sql()})
            WHERE order_number IN (SELECT number FROM waiting_number)
              AND {first} + "row" NOT IN (SELECT place FROM left_out)"""
        )


def _numbers_of_rejects(con: duckdb.DuckDBPyConnection, file: RecognisedFile, part: Part) -> list[str]:
    """Order numbers of the rows that reading set aside, as far as they can be made out."""
    title = file.mapping.column("order_number")
    if not part.staged.set_aside or title is None:
        return []
    at = file.titles.index(title)
    rows = [row for (row,) in con.execute(f'SELECT "row" FROM ({part.staged.rejects_sql()}) ORDER BY 1').fetchall()]
    found: set[str] = set()
    for start in range(0, len(rows), _AT_ONCE):
        _, cells = original_rows(file, rows[start : start + _AT_ONCE])
        found |= {(row[at] or "").strip() for row in cells if len(row) > at}
    return sorted(found - {""})
