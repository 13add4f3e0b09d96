"""What recognition found: shown to the person before anything is kept, and handed to `read`."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import msgspec

from regulars.intake.fields import Kind
from regulars.intake.mapping import Mapping


class Defaults(msgspec.Struct, frozen=True):
    """What the firm's settings say where a file doesn't."""

    currency: str | None = None
    time_zone: str = "UTC"
    country: str | None = None


class Layout(msgspec.Struct):
    """How a file's bytes become rows of cells."""

    format: Literal["delimited", "excel", "parquet", "json"]
    compression: Literal["", "gz", "zst", "zip"] = ""
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
    header_row: int = 1
    """1-based line (or sheet row) of the titles; 0: there are none."""
    skip: int = 0
    """Lines (or sheet rows) before the first data row, the titles among them."""
    titles: list[str] = msgspec.field(default_factory=list)
    """One for each column, made unique: "Total", "Total (2)", "column 3" where there is none."""


class Example(msgspec.Struct, frozen=True):
    """One of the first rows: its number and its cells."""

    row: int
    cells: tuple[str | None, ...]


class RecognisedFile(msgspec.Struct):
    """One table: a file, a sheet of a workbook, or a file inside a zip."""

    path: Path
    name: str
    """As shown: "orders.csv", "book.xlsx, sheet 'March'"."""
    kind: Kind
    layout: Layout
    mapping: Mapping
    examples: list[Example]
    cautions: list[str]
    size: int
    """Bytes on disk."""
    rows_about: int
    """Data rows, estimated from the sample; exact for small files."""
    sample_days: tuple[int, int] | None = None

    @property
    def titles(self) -> list[str]:
        """The columns' titles, in the file's order."""
        return self.layout.titles

    def sentence(self) -> str:
        """One plain sentence for the person, as in SCREENS' import."""
        from regulars.intake.recognise.words import sentence

        return sentence(self)


class Join(msgspec.Struct, frozen=True):
    """Rows of file `left` take what they lack from file `right` where the two fields are equal."""

    left: int
    right: int
    left_field: str
    right_field: str
    person_field: str = ""
    """Set where the right file says who the person is: use this field of it as the customer's key."""


class Skipped(msgspec.Struct, frozen=True):
    """A file or sheet that isn't used, and why."""

    name: str
    reason: str


class Recognised(msgspec.Struct):
    """All files of one import, and how they belong together."""

    files: list[RecognisedFile]
    joins: list[Join]
    cautions: list[str]
    skipped: list[Skipped]
