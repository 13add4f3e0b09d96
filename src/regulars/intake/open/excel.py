"""Workbooks: each sheet is rows of text cells, dates in ISO form and whole numbers without ".0"."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any

from regulars.base.errors import BadInput
from regulars.base.words import told
from regulars.intake.open.records import Record

_BIGGEST_SHEET = 1 << 30


def sheets(path: Path) -> list[str]:
    """Names of the sheets. Raises BadInput when the workbook is damaged, locked or far too big."""
    _refuse_huge(path)
    return list(_workbook(path).sheet_names)


def rows(path: Path, sheet: str) -> Iterator[Record]:
    """The sheet's rows from its first line on; cells that are empty are None, rows that are stay as rows of None."""
    try:
        table = _workbook(path).get_sheet_by_name(sheet)
        start = table.start
        above, left = start if start else (0, 0)
        blank: list[str | None] = [None] * left
        for _ in range(above):
            yield Record([])
        for row in table.iter_rows():
            yield Record([*blank, *(_text(cell) for cell in row)])
    except BadInput:
        raise
    except Exception as error:
        raise _unreadable(path, error) from None


def _workbook(path: Path) -> Any:
    from python_calamine import CalamineWorkbook

    try:
        return CalamineWorkbook.from_path(str(path))
    except Exception as error:
        raise _unreadable(path, error) from None


def _unreadable(path: Path, error: Exception) -> BadInput:
    locked = "password" in str(error).lower() or "encrypt" in str(error).lower()
    why = told(
        "is locked with a password: save it without one"
        if locked
        else "can't be opened as a workbook: it may be damaged"
    )
    return BadInput(f"{path.name} {told(why)}, or save the sheet as CSV and import that.")


def _refuse_huge(path: Path) -> None:
    if not zipfile.is_zipfile(path):
        return
    with zipfile.ZipFile(path) as archive:
        biggest = max((info.file_size for info in archive.infolist()), default=0)
    if biggest > _BIGGEST_SHEET:
        raise BadInput(
            f"{path.name} has a sheet of {biggest >> 20:,} MB, too big to open. Save it as CSV and import that."
        )


def _text(cell: Any) -> str | None:
    match cell:
        case None | "":
            return None
        case str():
            return cell.replace("\0", "")
        case bool():
            return "TRUE" if cell else "FALSE"
        case float():
            return str(int(cell)) if cell.is_integer() and abs(cell) < 1e15 else repr(cell)
        case datetime():
            return cell.isoformat(" ") if cell.time() != time() else cell.date().isoformat()
        case date() | time():
            return cell.isoformat()
        case timedelta():
            return str(cell)
        case _:
            return str(cell)
