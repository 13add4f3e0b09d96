"""Lines cut into rows of cells, forgiving and exact: every line becomes a row, a fault, or part of a cell.

This is the careful path, for files that DuckDB's strict reader refuses. A row whose quotation marks don't match is a
fault of its own line; reading goes on with the next.
"""

from __future__ import annotations

import csv
from collections import deque
from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

from regulars.intake.open.sniff import ALIGNED, Dialect

_LONGEST_RECORD_LINES = 5_000
_LONGEST_RECORD = 64 << 20
csv.field_size_limit(2 * _LONGEST_RECORD)


class Record(NamedTuple):
    """One row: its cells (empty ones None), or the fault that makes it unreadable with the text it has."""

    cells: list[str | None]
    fault: str = ""


class Patience:
    """How long a quotation mark may stay open, in lines; and whether one is open now."""

    def __init__(self) -> None:
        self.lines = _LONGEST_RECORD_LINES
        self.open = False


def records(source: Iterable[str], dialect: Dialect, patience: Patience | None = None) -> Iterator[Record]:
    """Rows of cells from lines. Lines without any letter are no rows."""
    if dialect.delimiter == ALIGNED:
        for line in source:
            if cells := line.split():
                yield Record(list(cells))
        return
    yield from _Reader(source, dialect, patience or Patience())


def fit(record: Record, width: int) -> Record:
    """The record at exactly `width` cells: empty extra cells go, missing ones are empty, a misfit gets a fault."""
    cells = record.cells
    extra = len(cells) - width
    if extra > 0 and not record.fault:
        if any(cells[width:]):
            return Record([*cells[: width - 1], cells[width - 1]], f"too_many_cells:{len(cells)}")
        return Record(cells[:width])
    if extra < 0:
        fault = record.fault or (f"too_few_cells:{len(cells)}" if len(cells) == 1 else "")
        return Record([*cells, *([None] * -extra)], fault)
    return record if extra == 0 else Record(cells[:width], record.fault)


class _Reader:
    """Cuts lines into records; keeps lines it looked ahead at for when a quotation mark never closes."""

    def __init__(self, source: Iterable[str], dialect: Dialect, patience: Patience) -> None:
        self._source = iter(source)
        self._pending: deque[str] = deque()
        self._dialect = dialect
        self._patience = patience
        backslash = dialect.escape == "\\"
        self._options: dict[str, Any] = {
            "delimiter": dialect.delimiter,
            "quotechar": dialect.quote or '"',
            "doublequote": not backslash,
            "escapechar": "\\" if backslash else None,
        }

    def __iter__(self) -> Iterator[Record]:
        delimiter, quote = self._dialect.delimiter, self._dialect.quote or "\0"
        backslash = self._dialect.escape == "\\"
        while (line := self._next()) is not None:
            if line.startswith("\0"):
                yield Record([line[1:]], "too_long")
            elif quote not in line and not (backslash and "\\" in line):
                if line and (not line.isspace() or delimiter in line):
                    yield Record([cell or None for cell in line.split(delimiter)])
            else:
                yield self._quoted(line)

    def _next(self) -> str | None:
        if self._pending:
            return self._pending.popleft()
        return next(self._source, None)

    def _quoted(self, line: str) -> Record:
        """The record that starts with `line`, over as many lines as its quotation marks span."""
        gathered, size, quotes = [line], len(line), line.count(self._dialect.quote)
        while True:
            if quotes % 2 == 0 or len(gathered) == 1:
                cells, unfinished = self._parse(gathered)
                if cells is not None:
                    return Record([cell or None for cell in cells])
                if not unfinished:
                    return self._give_up(gathered)
            if len(gathered) >= self._patience.lines or size > _LONGEST_RECORD:
                self._patience.lines = max(50, self._patience.lines // 4)
                return self._give_up(gathered)
            self._patience.open = True
            following = self._next()
            self._patience.open = False
            if following is None:
                return self._give_up(gathered)
            gathered.append(following)
            size += len(following)
            quotes += following.count(self._dialect.quote)

    def _parse(self, gathered: list[str]) -> tuple[list[str] | None, bool]:
        """Cells, or None and whether more lines could complete it."""
        ended = [f"{line}\n" for line in gathered[:-1]] + gathered[-1:]
        try:
            rows = list(csv.reader(ended, strict=True, **self._options))
        except csv.Error as error:
            return None, "unexpected end" in str(error)
        return (rows[0] if rows else []), False

    def _give_up(self, gathered: list[str]) -> Record:
        """The first line alone, its quotation marks taken as they come; the others are read again as rows."""
        self._pending.extendleft(reversed(gathered[1:]))
        line = gathered[0]
        if line.count(self._dialect.quote) % 2 == 0:
            try:
                row = next(csv.reader([line], strict=False, **self._options), [])
                return Record([cell or None for cell in row], "")
            except csv.Error:
                pass
        return Record([cell or None for cell in line.split(self._dialect.delimiter)], "unclosed_quote")
