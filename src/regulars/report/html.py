"""The report as one HTML file: styles and drawings inside it, nothing fetched, no script, light and dark, print too."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from html import escape
from pathlib import Path
from typing import Any

from regulars.base.words import say
from regulars.insight.figures import Firm
from regulars.report import svg, theme
from regulars.report.blocks import (
    Bar,
    Block,
    Cell,
    Chart,
    Column,
    Document,
    Inline,
    Key,
    Notes,
    Section,
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

_SERIF = (
    "'Iowan Old Style', 'Palatino Linotype', Palatino, 'Source Serif 4', Charter, Georgia, 'Liberation Serif', serif"
)
_PAGE = {
    "ink": theme.INK,
    "muted": theme.MUTED,
    "faint": theme.FAINT,
    "line": theme.LINE,
    "paper": theme.PAPER,
    "panel": theme.PANEL,
    "accent": theme.ACCENT,
    "accent-text": theme.STANDING_TEXT["current"],
    "slipping-text": theme.STANDING_TEXT["slipping"],
}


def write(firm: Firm, names: Mapping[int, str], path: Path, *, about: About | None = None) -> None:
    """Write the report to `path`, whole or not at all. `names`: customer id -> what to call them."""
    path = Path(path)
    temporary = path.with_name(path.name + ".new")
    temporary.write_text(page(document(firm, names, about or About())), encoding="utf-8")
    temporary.replace(path)


def draw_ahead(firm: Firm, names: Mapping[int, str], *, about: About | None = None) -> None:
    """Begin with the drawings of the page, which take longest; returns at once."""
    svg.draw_ahead(list(_wanted(document(firm, names, about or About()).charts()).values()))


def page(content: Document) -> str:
    """The document as a page that needs nothing else."""
    drawings = _drawings(content.charts())
    title = say("{title} on {day}", title=content.title, day=content.subtitle)
    firm = f'<p class="firm">{escape(content.firm)}</p>' if content.firm else ""
    links = "".join(f'<li><a href="#{s.anchor}">{escape(s.title)}</a></li>' for s in content.sections[1:])
    nav = f'<nav aria-label="{escape(say("Contents"), quote=True)}"><ul>{links}</ul></nav>' if links else ""
    body = "\n".join(_section(section, drawings) for section in content.sections)
    full_title = f"{content.firm} · {title}" if content.firm else title
    return (
        f'<!doctype html>\n<html lang="{escape(content.language)}">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        '<meta name="color-scheme" content="light dark">\n<meta name="referrer" content="no-referrer">\n'
        f"<title>{_text(full_title)}</title>\n<style>\n{style()}</style>\n</head>\n<body>\n"
        f"<header>{firm}<h1>{escape(content.title)} <small>{escape(content.subtitle)}</small></h1></header>\n{nav}\n"
        f"<main>\n{body}\n</main>\n<footer><p>{_text(content.footer)}</p></footer>\n</body>\n</html>\n"
    )


@cache
def style() -> str:
    """The style sheet with the theme's colours in it."""
    sheet = Path(__file__).with_name("style.css").read_text(encoding="utf-8")
    dark = {**{name: theme.DARK.get(colour, colour) for name, colour in _PAGE.items()}}
    dark["accent"] = theme.DARK[theme.STANDING["current"]]
    charts = "".join(
        f'svg [fill="{light}"]{{fill:{deep}}}svg [stroke="{light}"]{{stroke:{deep}}}'
        f'[style*="background:{light}"]{{background:{deep}!important}}'
        f'[style*="top-color:{light}"]{{border-top-color:{deep}!important}}'
        for light, deep in theme.DARK.items()
    )
    for marker, value in (
        ("DARKVARIABLES", _variables(dark)),
        ("VARIABLES", _variables(_PAGE)),
        ("DARKCHARTS", charts),
        ("FONT", theme.FONT),
        ("SERIF", _SERIF),
    ):
        sheet = sheet.replace(marker, value)
    return sheet


def _variables(colours: Mapping[str, str]) -> str:
    return " ".join(f"--{name}: {colour};" for name, colour in colours.items())


def _drawings(charts: Sequence[Chart]) -> dict[str, str]:
    """Every drawing by name, ready to stand in the page."""
    wanted = _wanted(charts)
    drawn = svg.draw(list(wanted.values()))
    return {name: svg.inline(text, name.replace("/", "-")) for name, text in zip(wanted, drawn, strict=True)}


def _wanted(charts: Sequence[Chart]) -> dict[str, dict[str, Any]]:
    """What to draw, by name, the wide ones as `name/wide`."""
    wanted = {chart.name: chart.spec for chart in charts}
    return wanted | {f"{chart.name}/wide": chart.wide for chart in charts if chart.wide is not None}


def _section(section: Section, drawings: Mapping[str, str]) -> str:
    blocks = "\n".join(_block(block, drawings) for block in section.blocks)
    heading = f"h-{section.anchor}"
    return (
        f'<section id="{section.anchor}" aria-labelledby="{heading}">\n'
        f'<h2 id="{heading}">{escape(section.title)}</h2>\n{blocks}\n</section>'
    )


def _block(block: Block, drawings: Mapping[str, str]) -> str:
    match block:
        case Text(parts, lead):
            return f"<p{' class=lead' if lead else ''}>{_inline(parts)}</p>"
        case Tiles():
            return _tiles(block)
        case Table():
            return _table(block)
        case Chart():
            return _figure(block, drawings)
        case Side(left, right):
            columns = ("".join(_block(part, drawings) for part in column) for column in (left, right))
            return f'<div class="side">{"".join(f"<div>{column}</div>" for column in columns)}</div>'
        case Notes(notes, mind):
            items = "".join(
                f"<dt{' class=mind' if i < mind else ''}>{_text(head)}</dt><dd>{_text(text)}</dd>"
                for i, (head, text) in enumerate(notes)
            )
            return f'<dl class="notes">{items}</dl>'
        case Terms(terms):
            items = "".join(f"<div><dt>{_text(word)}</dt><dd>{_text(meaning)}</dd></div>" for word, meaning in terms)
            return f'<dl class="terms">{items}</dl>'


def _inline(parts: Sequence[Inline]) -> str:
    return "".join(
        _text(part)
        if isinstance(part, str)
        else f"<strong>{_text(part.text)}</strong>"
        if isinstance(part, Strong)
        else _status(part)
        for part in parts
    )


def _status(status: Status) -> str:
    fill = theme.STANDING.get(status.name) or theme.RUNG.get(status.name)
    dot = f'<i style="background:{fill}"></i>' if fill else ""
    return f'<span class="st">{dot}{_text(words(status))}</span>'


def _tiles(block: Tiles) -> str:
    items = []
    for tile in block.tiles:
        edge = f' style="border-top-color:{theme.STANDING[tile.status]}"' if tile.status in theme.STANDING else ""
        items.append(
            f'<div class="tile"{edge}><dt>{_text(tile.label)}</dt><dd class="value">{_text(tile.value)}</dd>'
            f'<dd class="hint">{_text(tile.note)}</dd></div>'
        )
    return f'<dl class="tiles">{"".join(items)}</dl>'


def _figure(chart: Chart, drawings: Mapping[str, str]) -> str:
    drawing = _drawing(drawings[chart.name], chart, "narrow" if chart.wide is not None else "")
    if chart.wide is not None:
        drawing = _drawing(drawings[f"{chart.name}/wide"], chart, "broad") + drawing
    note = f'<p class="note">{_text(chart.note)}</p>' if chart.note else ""
    return (
        f"<figure{' class=half' if chart.wide is None else ''}><figcaption><h3>{_text(chart.title)}</h3>"
        f"{_keys(chart.keys)}</figcaption>{drawing}{note}</figure>"
    )


def _drawing(drawing: str, chart: Chart, kind: str) -> str:
    label = escape(f"{chart.title}. {chart.description}", quote=True)
    return f'<div role="img" aria-label="{label}"{f" class={kind}" if kind else ""}>{drawing}</div>'


def _keys(keys: Sequence[Key]) -> str:
    if not keys:
        return ""
    items = "".join(f'<li><i style="background:{key.colour}"></i>{_text(key.label)}</li>' for key in keys)
    return f'<ul class="key">{items}</ul>'


def _table(table: Table) -> str:
    head = "".join(f'<th scope="col"{_class(column)}>{_text(column.head)}</th>' for column in table.columns)
    rows = "".join(_row(table, i) for i in range(len(table.rows)))
    note = f'<p class="note">{_text(table.note)}</p>' if table.note else ""
    kind = "table roomy" if table.roomy else "table"
    return (
        f'<div class="{kind}" role="region" tabindex="0" aria-label="{escape(table.caption, quote=True)}"><table>'
        f"<caption>{_text(table.caption)}</caption><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>{note}</div>"
    )


def _row(table: Table, index: int) -> str:
    cells = []
    last = len(table.columns) - 1
    for i, (column, cell) in enumerate(zip(table.columns, table.rows[index], strict=True)):
        if i == 0:
            cells.append(f'<th scope="row" class="l">{_cell(cell)}</th>')
            continue
        sentence = table.roomy and i == last
        label = "" if sentence or not table.roomy else f' data-head="{escape(column.head, quote=True)}"'
        cells.append(f"<td{_class(column, words=sentence)}{label}>{_cell(cell)}</td>")
    return f"<tr{' class=strong' if index in table.strong_rows else ''}>{''.join(cells)}</tr>"


def _class(column: Column, *, words: bool = False) -> str:
    names = [n for n, on in (("l", column.align == "left"), ("opt", not column.keep), ("words", words)) if on]
    return f' class="{" ".join(names)}"' if names else ""


def _cell(cell: Cell) -> str:
    match cell:
        case Status():
            return _status(cell)
        case Bar(share, text):
            return f'<span class="bar" style="--share:{share * 100:.0f}%">{_text(text)}<i></i></span>'
        case _:
            return _text(cell)


def _text(text: str) -> str:
    """Escaped, with control characters (which no page may hold) left out."""
    return escape("".join(c for c in text if c >= " " or c in "\n\t"), quote=False)
