"""Text in blocks of whole lines: blocks without anything unusual go to Arrow at once, the rest line by line.

One broken row in a file of millions costs the patient reading of its own block, not of the file.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import IO

import pyarrow as pa
import pyarrow.csv as pa_csv

from regulars.intake.open.encoding import decode_line
from regulars.intake.open.records import Patience, Record, records
from regulars.intake.open.sniff import ALIGNED, Dialect

_BLOCK = 8 << 20
LONGEST_LINE = 64 << 20
_TOO_LONG = "\0"


def pieces(stream: IO[bytes], dialect: Dialect, fallback: str, width: int, skip: int) -> Iterator[Record | pa.Table]:
    """The rows after the first `skip`, in order: as tables of text columns, or one by one where a block is unusual.

    A width of 0 asks for records only.
    """
    blocks = _Blocks(stream, fallback)
    patience = Patience()
    left = skip
    while blocks.advance():
        if left == 0 and width and (table := _table(blocks.data, dialect, width)) is not None:
            yield table
            continue
        for record in records(blocks.lines(patience), dialect, patience):
            if left:
                left -= 1
            else:
                yield record


def _table(block: bytes, dialect: Dialect, width: int) -> pa.Table | None:
    """The block as a table, or None when any row of it needs a closer look."""
    if dialect.delimiter == ALIGNED or len(dialect.delimiter.encode()) != 1 or b"\0" in block:
        return None
    if dialect.quote.encode() in block or (dialect.escape == "\\" and b"\\" in block):
        return None
    if b"\r" in block and block.count(b"\r") != block.count(b"\r\n"):
        return None
    names = [f"c{i}" for i in range(width)]
    try:
        return pa_csv.read_csv(
            pa.BufferReader(block),
            pa_csv.ReadOptions(column_names=names, use_threads=False, block_size=2 * _BLOCK),
            pa_csv.ParseOptions(delimiter=dialect.delimiter, quote_char=False, newlines_in_values=False),
            pa_csv.ConvertOptions(
                column_types=dict.fromkeys(names, pa.string()), null_values=[""], strings_can_be_null=True
            ),
        )
    except pa.ArrowInvalid:
        return None


class _Blocks:
    """Blocks of whole lines; a record that is open at a block's end draws lines from the next one."""

    def __init__(self, stream: IO[bytes], fallback: str) -> None:
        self.data = b""
        self._stream = stream
        self._fallback = fallback
        self._rest = b""
        self._first = True
        self._too_long = False

    def advance(self) -> bool:
        """Load the next block; False at the end."""
        while piece := self._stream.read(_BLOCK):
            if len(self._rest) > LONGEST_LINE:
                self._cut(piece)
                return True
            cut = piece.rfind(b"\n") + 1
            if cut:
                self._load(self._rest + piece[:cut])
                self._rest = piece[cut:]
                return True
            self._rest += piece
        self._load(self._rest)
        self._rest = b""
        return bool(self.data)

    def lines(self, patience: Patience) -> Iterator[str]:
        """The block's lines without their ends, and of further blocks while a record is open."""
        while True:
            if self._too_long:
                self._too_long = False
                yield _TOO_LONG + decode_line(self.data, self._fallback)
            else:
                yield from self._decoded()
            if not (patience.open and self.advance()):
                return

    def _decoded(self) -> Iterator[str]:
        data = self.data.replace(b"\0", b"") if b"\0" in self.data else self.data
        lines = data.split(b"\n")
        if lines and not lines[-1]:
            lines.pop()
        for line in lines:
            yield decode_line(line.rstrip(b"\r"), self._fallback)

    def _load(self, data: bytes) -> None:
        self.data = data.removeprefix(b"\xef\xbb\xbf") if self._first else data
        self._first = False

    def _cut(self, piece: bytes) -> None:
        """Keep the beginning of a line that is too long, and pass over its rest, which goes on in `piece`."""
        self._load(self._rest[:1000])
        self._rest, self._too_long = b"", True
        while piece:
            if b"\n" in piece:
                self._rest = piece.split(b"\n", 1)[1]
                return
            piece = self._stream.read(_BLOCK)
