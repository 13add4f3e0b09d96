"""How a file's bytes become rows of cells: found by sniffing, kept with the import, used again by reading."""

from __future__ import annotations

from typing import Literal

import msgspec


class Layout(msgspec.Struct):
    """Everything needed to cut one table out of a file, whatever its cells mean."""

    format: Literal["delimited", "excel", "parquet", "json"]
    compression: Literal["", "gz", "zst", "bz2", "xz", "zip"] = ""
    member: str = ""
    """The file inside a zip."""
    sheet: str = ""
    encoding: str = "utf-8"
    fallback_encoding: str = "cp1252"
    """For single lines that aren't UTF-8 in a file that is."""
    delimiter: str = ","
    """One character; " " means aligned by spaces."""
    quote: str = '"'
    escape: str = '"'
    old_line_ends: bool = False
    """Lines end with a carriage return alone."""
    header_row: int = 1
    """1-based row of the titles, blank lines not counted; 0: there are none."""
    skip: int = 1
    """Rows before the first data row, the titles among them; blank lines not counted."""
    plain_head: bool = True
    """The skipped rows are one line each, without blank lines between: DuckDB may skip them by lines."""
    cut_off: bool = False
    """The file's last line has no line end: it may have been cut there."""
    titles: list[str] = msgspec.field(default_factory=list)
    """One for each column, made unique: "Total", "Total (2)", "column 3" where there is none."""
