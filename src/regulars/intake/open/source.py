"""One DuckDB relation of text columns c0, c1, ... in the file's order, for every format.

A clean UTF-8 CSV is read by DuckDB itself; anything else is written row by row into a Parquet file of text first.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import IO, Literal, NamedTuple, overload

import numpy as np
import pyarrow as pa

from regulars.intake.open import blocks, encoding, excel, json_rows, packing, parquet, raw
from regulars.intake.open.layout import Layout
from regulars.intake.open.records import Record, fit
from regulars.intake.open.sniff import ALIGNED, Dialect

_FAST_ENCODINGS = ("utf-8", "utf-8-sig", "ascii")


@dataclass(frozen=True)
class Source:
    """`sql` selects c0.. and `fault` (a code where a row couldn't be cut into cells) in the file's order."""

    sql: str
    width: int
    careful: bool
    """False: DuckDB cuts the cells, and refuses the file when a row doesn't fit; then `prepare(careful=True)`."""
    rows: int | None = None
    """How many rows there must be, where that is known without cutting cells."""
    size: int = 0
    """Bytes that DuckDB has to read; 0: as many as the file itself."""


class _Shape(NamedTuple):
    """A text file by its bytes: filled lines (blank ones make it uneven), quotation marks, one kind of line end."""

    lines: int
    quotes: int
    even: bool


def prepare(
    path: Path,
    layout: Layout,
    work: Path,
    *,
    careful: bool = False,
    change: Callable[[Record], Record] | None = None,
    tick: Callable[[int], None] | None = None,
) -> Source:
    """Make the file readable for DuckDB, with temporary files in `work`.

    `change` alters each row on its way; `tick` is told the number of rows written so far.
    """
    width = len(layout.titles)
    if layout.format == "parquet" and change is None:
        return Source(f"SELECT *, NULL::VARCHAR AS fault FROM ({parquet.relation(path)})", width, careful=True)
    if layout.format == "delimited" and change is None and not careful and may_be_fast(layout):
        at = plain(path, layout, work)
        shape = _shape(at, layout.quote)
        if shape.even:
            rows = None if shape.quotes else shape.lines - layout.skip
            return Source(_read_csv(at, layout), width, careful=False, rows=rows, size=at.stat().st_size)
    to = work / "cells.parquet"
    found = (change(r) for r in data_rows(path, layout, work)) if change else _pieces(path, layout, work, tables=True)
    raw.write(found, width, to, tick)
    return Source(f"FROM read_parquet('{quoted(to)}')", width, careful=True, size=to.stat().st_size)


def may_be_fast(layout: Layout) -> bool:
    """True when DuckDB's own reader can be tried."""
    return layout.delimiter != ALIGNED and len(layout.titles) > 1 and layout.plain_head


def data_rows(path: Path, layout: Layout, work: Path) -> Iterator[Record]:
    """Every data row in order, fitted to the titles' number; row 1 is the first after the titles."""
    width = len(layout.titles)
    for record in _pieces(path, layout, work, tables=False):
        yield fit(record, width)


def pick(path: Path, layout: Layout, work: Path, rows: Sequence[int]) -> Iterator[list[str | None]]:
    """The cells of these data rows (rising, 1-based) as they stand in the file, also where there are too many."""
    before, wanted = 0, deque(rows)
    for piece in _pieces(path, layout, work, tables=True):
        count = 1 if isinstance(piece, Record) else piece.num_rows
        while wanted and wanted[0] <= before + count:
            place = wanted.popleft() - before - 1
            yield piece.cells if isinstance(piece, Record) else [column[place].as_py() for column in piece.columns]
        before += count
        if not wanted:
            return


@overload
def _pieces(path: Path, layout: Layout, work: Path, *, tables: Literal[False]) -> Iterator[Record]: ...
@overload
def _pieces(path: Path, layout: Layout, work: Path, *, tables: Literal[True]) -> Iterator[Record | pa.Table]: ...
def _pieces(path: Path, layout: Layout, work: Path, *, tables: bool) -> Iterator[Record | pa.Table]:
    match layout.format:
        case "excel":
            filled = (record for record in excel.rows(path, layout.sheet) if any(record.cells))
            yield from islice(filled, layout.skip, None)
        case "json":
            with packing.stream(path, layout.compression, layout.member) as stream:
                yield from json_rows.records(stream, layout.titles)
        case "parquet":
            yield from _parquet_rows(path)
        case _:
            dialect = Dialect(layout.delimiter, layout.quote, layout.escape)
            width = len(layout.titles) if tables and len(layout.titles) > 1 else 0
            with plain(path, layout, work).open("rb") as stream:
                yield from blocks.pieces(stream, dialect, layout.fallback_encoding, width, layout.skip)


def plain(path: Path, layout: Layout, work: Path) -> Path:
    """The file unpacked and in UTF-8: itself where it is so already, else a temporary copy in `work`."""
    at = path
    if layout.compression:
        at = work / "unpacked"
        if not at.exists():
            packing.unpack(path, layout.compression, layout.member, at)
    if layout.encoding not in _FAST_ENCODINGS or layout.old_line_ends:
        to = work / "utf8"
        if not to.exists():
            encoding.transcode(at, layout.encoding, to, new_line_ends=layout.old_line_ends)
        at = to
    return at


def quoted(path: Path) -> str:
    """A path for use between single quotes in SQL."""
    return str(path).replace("'", "''")


def _shape(path: Path, quote: str) -> _Shape:
    """Count what DuckDB's reader would pass over in silence: mixed line ends, NUL bytes, blank lines within quotes."""
    mark = (quote or '"').encode()
    feeds = returns = both = quotes = 0
    clean, last = True, b""
    block = bytearray(1 << 20)
    with path.open("rb") as file:
        while size := file.readinto(block):
            chunk = block if size == len(block) else block[:size]
            feeds += _count(chunk, b"\n")
            quotes += _count(chunk, mark) if mark in chunk else 0
            if b"\r" in chunk or last == b"\r":
                returns += _count(chunk, b"\r")
                both += chunk.count(b"\r\n") + (last == b"\r" and chunk[:1] == b"\n")
            clean = clean and b"\0" not in chunk and not (quotes and (b"\n\n" in chunk or b"\n\r\n" in chunk))
            last = bytes(chunk[-1:])
        open_line = last not in (b"\n", b"\r", b"")
        blank = _blank_end(file)
    even = clean and (returns == 0 or returns == feeds == both)
    return _Shape(feeds + open_line - blank, quotes, even)


def _count(block: bytearray, mark: bytes) -> int:
    """How often a byte (or a longer mark) stands in a block; NumPy counts bytes ten times as fast as Python."""
    if len(mark) != 1:
        return block.count(mark)
    return int(np.count_nonzero(np.frombuffer(block, np.uint8) == mark[0]))


def _blank_end(file: IO[bytes]) -> int:
    """How many blank lines a file ends with (up to a few thousand)."""
    file.seek(0, 2)
    file.seek(max(0, file.tell() - 8192))
    tail = file.read()
    end = tail[len(tail.rstrip(b"\r\n")) :]
    return max(0, end.count(b"\n") - 1)


def _read_csv(path: Path, layout: Layout) -> str:
    columns = ", ".join(f"'c{i}': 'VARCHAR'" for i in range(len(layout.titles)))
    text = {
        name: value.replace("'", "''")
        for name, value in (("delim", layout.delimiter), ("quote", layout.quote), ("escape", layout.escape))
    }
    return (
        f"SELECT *, NULL::VARCHAR AS fault FROM read_csv('{quoted(path)}', auto_detect=false, header=false, "
        f"skip={layout.skip}, delim='{text['delim']}', quote='{text['quote']}', escape='{text['escape']}', "
        f"strict_mode=true, null_padding=false, ignore_errors=false, max_line_size=2097152, columns={{{columns}}})"
    )


def _parquet_rows(path: Path) -> Iterator[Record]:
    import duckdb

    with duckdb.connect() as con:
        con.execute("SET TimeZone='UTC'; SET enable_progress_bar=false")
        cursor = con.execute(parquet.relation(path))
        while rows := cursor.fetchmany(10_000):
            yield from (Record(list(row)) for row in rows)
