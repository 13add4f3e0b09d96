"""What recognition found: shown to the person before anything is kept, and handed to `read`."""

from __future__ import annotations

from pathlib import Path

import msgspec

from regulars.base.words import told
from regulars.intake.fields import Kind
from regulars.intake.mapping import Mapping
from regulars.intake.open.layout import Layout


class Defaults(msgspec.Struct, frozen=True):
    """What the firm's settings say where a file doesn't."""

    currency: str | None = None
    time_zone: str = "UTC"
    country: str | None = None


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
    """Data rows, estimated from the sample."""
    exact: bool = False
    """`rows_about` is exact: the file is small."""

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

    @property
    def sentence(self) -> str:
        """ "orders.csv: it isn't clear what ..." """
        return told(f"{self.name}: {told(self.reason)}")


class Recognised(msgspec.Struct):
    """All files of one import, and how they belong together."""

    files: list[RecognisedFile]
    joins: list[Join]
    cautions: list[str]
    skipped: list[Skipped]
