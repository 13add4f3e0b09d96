"""What a report is made of, before anyone decides whether it becomes a page, a print or lines in a terminal.

`sections` writes these, `html`, `pdf` and `terminal` draw them. Text is plain text everywhere: each edge escapes it in
its own way, so a customer called `<b>` or `#eval` is just that.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from regulars.report.names import called


@dataclass(frozen=True)
class Strong:
    """Words that carry the sentence."""

    text: str


@dataclass(frozen=True)
class Status:
    """A standing or a rung, shown as its word beside its colour."""

    name: str
    sure: bool = True  # False puts "probably" before it


Inline = str | Strong | Status


@dataclass(frozen=True)
class Text:
    """A paragraph; `lead` is the one that must be read."""

    parts: tuple[Inline, ...]
    lead: bool = False


@dataclass(frozen=True)
class Tile:
    """One figure that is read at a glance."""

    label: str
    value: str
    note: str = ""
    status: str | None = None


@dataclass(frozen=True)
class Tiles:
    """The few figures at the top."""

    tiles: tuple[Tile, ...]


@dataclass(frozen=True)
class Column:
    """Head of a column. `keep` columns stay on narrow terminals; `wide` ones get the room that is left."""

    head: str
    align: Literal["left", "right"] = "right"
    keep: bool = True
    wide: bool = False


@dataclass(frozen=True)
class Bar:
    """A share drawn as a short bar behind its words."""

    share: float
    text: str


Cell = str | Status | Bar


@dataclass(frozen=True)
class Table:
    """Figures in rows; the first column names the row."""

    caption: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[Cell, ...], ...]
    note: str = ""
    strong_rows: frozenset[int] = frozenset()
    roomy: bool = False  # last column is a sentence and goes under the row on narrow screens


@dataclass(frozen=True)
class Key:
    """One entry of a chart's key: words and their fill colour."""

    label: str
    colour: str


@dataclass(frozen=True)
class Chart:
    """A drawing: `title` states the finding, `description` says in words what one would see.

    `spec` is Vega-Lite without title, 520 units wide; `wide` is the same for 1080 units, where room allows.
    """

    name: str
    title: str
    description: str
    spec: dict[str, Any]
    wide: dict[str, Any] | None = None
    keys: tuple[Key, ...] = ()
    note: str = ""


@dataclass(frozen=True)
class Side:
    """Blocks in two columns where there is room, one after the other where not."""

    left: tuple[Block, ...]
    right: tuple[Block, ...]


@dataclass(frozen=True)
class Notes:
    """Short remarks, each with a heading: assumptions; `mind` are those to be minded, which come first."""

    notes: tuple[tuple[str, str], ...]
    mind: int = 0


@dataclass(frozen=True)
class Terms:
    """Words and what they mean."""

    terms: tuple[tuple[str, str], ...]


Block = Text | Tiles | Table | Chart | Side | Notes | Terms


@dataclass(frozen=True)
class Section:
    """One question and its answer."""

    anchor: str
    title: str
    blocks: tuple[Block, ...]


@dataclass(frozen=True)
class Document:
    """The whole report."""

    firm: str
    title: str
    subtitle: str
    sections: tuple[Section, ...]
    footer: str = ""
    language: str = field(default="en")

    def charts(self) -> list[Chart]:
        """Every chart, in order."""
        return [chart for section in self.sections for chart in _charts(section.blocks)]


def _charts(blocks: Sequence[Block]) -> list[Chart]:
    found: list[Chart] = []
    for block in blocks:
        if isinstance(block, Chart):
            found.append(block)
        elif isinstance(block, Side):
            found += _charts((*block.left, *block.right))
    return found


def words(status: Status) -> str:
    """`slipping`, or `probably slipping`, in the language of now."""
    return called(status.name, sure=status.sure)
