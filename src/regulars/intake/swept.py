"""Rows that mention somebody leave a file that waits in the workspace; what isn't plain text goes as a whole."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from pathlib import Path

from regulars.platform.traces import Traces

_START = 64 * 1024


def clean(path: Path, traces: Traces) -> int:
    """Take out rows that mention them; returns how many, 1 for a whole file.

    A packed file or a workbook is removed when it was given, as its rows can't be taken out one by one.
    """
    encoding = _encoding(path)
    if encoding is None:
        path.unlink()
        return 1
    temporary = path.with_name(path.name + ".swept")
    with (
        path.open(
            encoding=encoding, errors="surrogateescape" if encoding == "utf-8" else "strict", newline=""
        ) as given,
        temporary.open(
            "w", encoding=encoding, errors="surrogateescape" if encoding == "utf-8" else "strict", newline=""
        ) as out,
    ):
        gone = 0
        for record in _records(given):
            if _mentions(record, traces):
                gone += 1
            else:
                out.write(record)
    if gone:
        temporary.replace(path)
    else:
        temporary.unlink()
    return gone


def _encoding(path: Path) -> str | None:
    with path.open("rb") as file:
        start = file.read(_START)
    if start.startswith((b"\xff\xfe", b"\xfe\xff")):
        return "utf-16"
    return None if b"\0" in start or start.startswith((b"\x1f\x8b", b"PK", b"PAR1", b"\x28\xb5\x2f\xfd")) else "utf-8"


def _records(lines: Iterator[str] | io.TextIOBase) -> Iterator[str]:
    """Lines, with those put together that a quotation mark holds together."""
    held = ""
    for line in lines:
        held += line
        if held.count('"') % 2 == 0 or len(held) > _START:
            yield held
            held = ""
    if held:
        yield held


def _mentions(record: str, traces: Traces) -> bool:
    if traces.in_cell(record):
        return True
    for delimiter in ",;\t|":
        if delimiter in record and traces.in_row(next(csv.reader([record], delimiter=delimiter), [])):
            return True
    return False
