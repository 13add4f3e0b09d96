"""The report as a PDF: the same document set by Typst, which needs neither system libraries nor system fonts.

The template gets the blocks as data and shows them as text, so nothing in a name or a figure is ever markup.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from regulars.insight.figures import Firm
from regulars.report import svg, theme
from regulars.report.blocks import (
    Bar,
    Block,
    Cell,
    Chart,
    Document,
    Inline,
    Notes,
    Side,
    Status,
    Strong,
    Table,
    Terms,
    Text,
    Tiles,
    words,
)
from regulars.report.sections import document
from regulars.report.view import About

_FONT = "Libertinus Serif"  # comes with Typst
_LARGER = 1.3  # labels of drawings, which stand two in a row
Data = dict[str, Any]


def write(firm: Firm, names: Mapping[int, str], path: Path, *, about: About | None = None) -> None:
    """Write the report to `path`, whole or not at all. `names`: customer id -> what to call them."""
    path = Path(path)
    temporary = path.with_name(path.name + ".new")
    temporary.write_bytes(pages(document(firm, names, about or About())))
    temporary.replace(path)


def pages(content: Document) -> bytes:
    """The document as A4 pages."""
    import typst

    drawn = svg.draw([chart.wide or chart.spec for chart in content.charts()])
    drawings = {chart.name: _drawing(text) for chart, text in zip(content.charts(), drawn, strict=True)}
    data = {
        "firm": _text(content.firm),
        "title": _text(content.title),
        "subtitle": _text(content.subtitle),
        "footer": _text(content.footer),
        "language": content.language,
        "colours": {
            "ink": theme.INK,
            "muted": theme.MUTED,
            "line": theme.LINE,
            "accent": theme.ACCENT,
            "mind": theme.STANDING_TEXT["slipping"],
        },
        "sections": [
            {"title": section.title, "blocks": [_block(block, drawings) for block in section.blocks]}
            for section in content.sections
        ],
    }
    template = Path(__file__).with_name("report.typ").read_bytes()
    made = typst.compile(template, sys_inputs={"report": json.dumps(data)})
    if not isinstance(made, bytes):  # Typst gives several files for pictures only
        raise TypeError("Typst gave no single PDF")
    return made


def _drawing(text: str) -> str:
    return svg.enlarge(text, _LARGER).replace('font-family="sans-serif"', f'font-family="{_FONT}"')


def _block(block: Block, drawings: Mapping[str, str], *, half: bool = False) -> Data:
    match block:
        case Text(parts, lead):
            return {"kind": "text", "parts": _inline(parts), "lead": lead}
        case Tiles(tiles):
            return {
                "kind": "tiles",
                "tiles": [
                    {
                        "label": _text(tile.label),
                        "value": _text(tile.value),
                        "note": _text(tile.note),
                        "colour": theme.STANDING.get(tile.status or "", theme.LINE),
                    }
                    for tile in tiles
                ],
            }
        case Table():
            return _table(block, half=half)
        case Chart():
            return _chart(block, drawings)
        case Side(left, right):
            return {
                "kind": "side",
                "left": [_block(part, drawings, half=True) for part in left],
                "right": [_block(part, drawings, half=True) for part in right],
            }
        case Notes(notes, mind):
            found = [
                {"head": _text(head), "text": _text(text), "mind": i < mind} for i, (head, text) in enumerate(notes)
            ]
            return {"kind": "notes", "notes": found}
        case Terms(terms):
            return {"kind": "terms", "terms": [[_text(word), _text(meaning)] for word, meaning in terms]}


def _chart(chart: Chart, drawings: Mapping[str, str]) -> Data:
    return {
        "kind": "chart",
        "title": _text(chart.title),
        "alt": _text(f"{chart.title}. {chart.description}"),
        "note": _text(chart.note),
        "keys": [[_text(key.label), key.colour] for key in chart.keys],
        "svg": drawings[chart.name],
    }


def _table(table: Table, *, half: bool) -> Data:
    """A table; in half the width without the columns that can be spared. A roomy one's last column goes below."""
    shown = len(table.columns) - table.roomy
    kept = [i for i, column in enumerate(table.columns[:shown]) if column.keep or not half]
    return {
        "kind": "table",
        "caption": _text(table.caption),
        "note": _text(table.note),
        "columns": [
            {
                "head": _text(table.columns[i].head),
                "left": table.columns[i].align == "left",
                "width": _width(table.columns[i].head, [row[i] for row in table.rows]),
            }
            for i in kept
        ],
        "rows": [[_cell(row[i]) for i in kept] for row in table.rows],
        "sentences": [_cell(row[-1])["text"] if table.roomy else "" for row in table.rows],
        "strong": sorted(table.strong_rows),
    }


def _width(head: str, cells: Sequence[Cell]) -> int:
    """Letters that a column needs so that its figures stay on one line and its head on three."""
    longest = max((len(_cell(cell)["text"]) for cell in cells), default=0)
    return 2 + max(min(longest, 30), max((len(word) for word in head.split()), default=0), len(head) // 3)


def _inline(parts: Sequence[Inline]) -> list[Data]:
    found: list[Data] = []
    for part in parts:
        if isinstance(part, Status):
            found.append(_cell(part))
        elif isinstance(part, Strong):
            found.append({"text": _text(part.text), "strong": True})
        else:
            found.append({"text": _text(part)})
    return found


def _cell(cell: Cell) -> Data:
    match cell:
        case Status(name):
            colour = theme.STANDING.get(name) or theme.RUNG.get(name)
            return {"text": _text(words(cell)), "colour": colour}
        case Bar(share, text):
            return {"text": _text(text), "share": min(max(share, 0.0), 1.0)}
        case _:
            return {"text": _text(cell)}


def _text(text: str) -> str:
    """Without control characters, which have no shape on paper."""
    return "".join(c for c in text if c >= " " or c in "\n\t")
