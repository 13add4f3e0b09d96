"""The report's blocks as parts of a page of the console: same words and drawings, but no style inside the page."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import count

from django.template.loader import render_to_string
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe

from regulars.console import drawings
from regulars.console.templatetags.console import bar, status
from regulars.report import svg
from regulars.report.blocks import (
    Bar,
    Block,
    Cell,
    Chart,
    Inline,
    Notes,
    Section,
    Side,
    Status,
    Strong,
    Table,
    Terms,
    Text,
    Tiles,
)
from regulars.report.names import called

_serial = count()


def sections(found: Iterable[Section | None]) -> list[tuple[str, str, SafeString]]:
    """(anchor, title, body) of each section that there is."""
    return [(part.anchor, part.title, blocks(part.blocks)) for part in found if part is not None]


def blocks(found: Sequence[Block]) -> SafeString:
    """All blocks, one below the other."""
    _draw_together(found)
    return _joined(block(part) for part in found)


def block(part: Block) -> SafeString:
    """One block."""
    match part:
        case Text(parts, lead):
            return format_html('<p class="{}">{}</p>', "lead" if lead else "words", inline(parts))
        case Tiles(tiles):
            return SafeString(render_to_string("console/blocks/tiles.html", {"tiles": tiles}))
        case Table():
            return _table(part)
        case Chart():
            return chart(part)
        case Side(left, right):
            columns = (_joined(block(inner) for inner in column) for column in (left, right))
            return format_html(
                '<div class="grid halves">{}</div>', format_html_join("", "<div>{}</div>", ((c,) for c in columns))
            )
        case Notes(notes=notes):
            return format_html('<dl class="notes">{}</dl>', format_html_join("", "<dt>{}</dt><dd>{}</dd>", notes))
        case Terms(terms):
            return format_html('<dl class="notes">{}</dl>', format_html_join("", "<dt>{}</dt><dd>{}</dd>", terms))


def inline(parts: Sequence[Inline]) -> SafeString:
    """Words with what is strong in them."""
    return _joined(
        format_html("{}", part)
        if isinstance(part, str)
        else format_html("<b>{}</b>", part.text)
        if isinstance(part, Strong)
        else _status(part)
        for part in parts
    )


def chart(part: Chart, *, wide: bool = True) -> SafeString:
    """A drawing with its title and key; the `wide` one where there is room."""
    narrow, *broad = drawings.drawn([part.spec, *([part.wide] if wide and part.wide is not None else [])])
    label = f"{part.title}. {part.description}"
    context = {
        "chart": part,
        "label": label,
        "keys": [(key.label, key.colour[1:]) for key in part.keys],
        "narrow": _drawing(narrow, part.name),
        "wide": _drawing(broad[0], f"{part.name}-wide") if broad else "",
    }
    return SafeString(render_to_string("console/blocks/chart.html", context))


def _draw_together(found: Sequence[Block]) -> None:
    """One round of the drawing process for all that a section needs."""
    specs = [spec for part in _charts(found) for spec in (part.spec, part.wide) if spec is not None]
    if specs:
        drawings.drawn(specs)


def _charts(found: Sequence[Block]) -> list[Chart]:
    charts: list[Chart] = []
    for part in found:
        if isinstance(part, Chart):
            charts.append(part)
        elif isinstance(part, Side):
            charts += _charts((*part.left, *part.right))
    return charts


def _drawing(text: str, name: str) -> SafeString:
    # Drawn by vl-convert from our own definition, in which words are data: it escapes them, a test checks that.
    return mark_safe(svg.inline(text, f"{name}-{next(_serial)}"))  # noqa: S308


def _table(table: Table) -> SafeString:
    rows = [
        (i in table.strong_rows, [(column, _cell(cell)) for column, cell in zip(table.columns, row, strict=True)])
        for i, row in enumerate(table.rows)
    ]
    return SafeString(render_to_string("console/blocks/table.html", {"table": table, "rows": rows}))


def _cell(cell: Cell) -> SafeString:
    match cell:
        case Status():
            return _status(cell)
        case Bar(share, text):
            return format_html('<span class="chance">{}<span>{}</span></span>', bar(share), text)
        case _:
            return format_html("{}", cell)


def _status(found: Status) -> SafeString:
    if found.sure:
        return format_html("{}", status(found.name))
    return format_html("{}", status(found.name, said=called(found.name, sure=False)))


def _joined(parts: Iterable[SafeString]) -> SafeString:
    return format_html_join("", "{}", ((part,) for part in parts))
