"""The report in a terminal: the sentences, standing, ladder, whom to call, how far to trust it, what to mind.

Colours are the theme's, and only where the terminal can show them; every status is a word as well. On narrow terminals
the columns that can be spared are left out.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from rich.console import Console, Group, RenderableType
from rich.padding import Padding
from rich.table import Table as RichTable
from rich.text import Text as RichText

from regulars.base.words import say
from regulars.insight.figures import Firm, Reason
from regulars.report import formats, theme
from regulars.report.blocks import Bar, Cell, Inline, Status, Strong, Table, words
from regulars.report.sections import accuracy, calls, movement, notes, today
from regulars.report.view import About, View

MOST_CALLS = 10


def show(firm: Firm, names: Mapping[int, str], console: Console | None = None, *, about: About | None = None) -> None:
    """Print the report. `names`: customer id -> what to call them."""
    console = console or Console()
    view = View(firm, names, about or About())
    for part in _parts(view):
        console.print(_fitting(part, console.width) if isinstance(part, Table) else part)
        console.print()


def show_backtest(firm: Firm, console: Console | None = None, *, about: About | None = None) -> None:
    """Print how good the predictions were on the firm's own past: the verdict, each date, every model tried."""
    console = console or Console()
    view = View(firm, {}, about or About())
    for parts in accuracy.verdict(view):
        console.print(_sentence(parts))
        console.print()
    test = firm.backtest
    if test is None:
        return
    tables = [accuracy.origins_table(view, test.origins)] if test.enough and test.origins else []
    if test.candidates:
        tables.append(accuracy.candidates_table(view, test))
    for table in tables:
        console.print(_fitting(table, console.width))
        if table.note:
            console.print(RichText(_clean(table.note), "dim"))
        console.print()


def _parts(view: View) -> Iterable[RenderableType | Table]:
    firm = view.firm
    title = say("{title} on {day}", title=say("Your customers"), day=formats.weekday(firm.as_of))
    yield RichText.assemble((_clean(title), f"bold {theme.ACCENT}"), (f"  {_clean(view.about.name)}", "dim"))
    for parts in today.headline(view):
        yield _sentence(parts)
    if any(group.customers for group in firm.standing):
        yield today.standing_table(view)
    rungs = [group for group in firm.rung if group.customers and group.name != "prospect"]
    if rungs:
        yield movement.rung_table(view, rungs)
    if firm.call_list:
        yield calls.call_table(view, MOST_CALLS)
        if len(firm.call_list) > MOST_CALLS:
            more = view.f.number(len(firm.call_list) - MOST_CALLS)
            yield RichText(say("… and {n} more on the list: `regulars report --html F` shows them.", n=more), "dim")
    if firm.customers:
        yield _trust(view)
    mind = notes.cautions(view, without=("one_off_firm",))  # the first sentence says that
    if not view.is_margin and firm.customers:
        mind.append(view.why(Reason("sales_not_margin")))
    mind = list(dict.fromkeys(mind))
    if mind:
        lines = [RichText.assemble(("! ", theme.STANDING["slipping"]), _clean(text)) for text in mind]
        yield Group(RichText(say("Mind"), "bold"), *(Padding(line, (0, 0, 0, 2)) for line in lines))


def _trust(view: View) -> RenderableType:
    lines = [RichText(say("How far to trust this"), "bold")]
    sentences = accuracy.verdict(view)
    lines += [_sentence(parts) for parts in sentences[:2]]
    return Group(*lines)


def _sentence(parts: Iterable[Inline]) -> RichText:
    found = RichText()
    for part in parts:
        match part:
            case Strong(text):
                found.append(_clean(text), "bold")
            case Status():
                found.append_text(_status(part))
            case _:
                found.append(_clean(part))
    return found


def _status(status: Status) -> RichText:
    colour = theme.STANDING.get(status.name) or theme.RUNG.get(status.name)
    dot = ("● ", colour) if colour else ""
    return RichText.assemble(dot, _clean(words(status)))


def _fitting(table: Table, width: int) -> RichTable:
    """The table without those of its sparable columns, rightmost first, for which the terminal has no room.

    The sentences of a roomy table's last column have no place here.
    """
    kept = list(range(len(table.columns) - table.roomy))
    for i in reversed(kept):
        if sum(_width(table, k) for k in kept) <= width:
            break
        if not table.columns[i].keep:
            kept.remove(i)
    return _table(table, kept)


def _width(table: Table, i: int) -> int:
    """Columns of the terminal that a column needs, its head on two lines."""
    head = table.columns[i].head
    words = max((len(word) for word in head.split()), default=0)
    cells = max((_cell(row[i]).cell_len for row in table.rows), default=0)
    return max(cells, words, len(head) // 2 + 2) + 2


def _table(table: Table, kept: list[int]) -> RichTable:
    drawn = RichTable(
        title=_clean(table.caption),
        title_justify="left",
        title_style="bold",
        header_style="dim",
        box=None,
        pad_edge=False,
        padding=(0, 2, 0, 0),
        collapse_padding=True,
    )
    for i in kept:
        column = table.columns[i]
        drawn.add_column(
            RichText(_clean(column.head)),
            justify=column.align,
            overflow="ellipsis" if column.wide else "fold",
            no_wrap=column.wide,
            min_width=12 if column.wide else None,
            vertical="bottom",
        )
    for row in table.rows:
        drawn.add_row(*(_cell(row[i]) for i in kept))
    return drawn


def _cell(cell: Cell) -> RichText:
    match cell:
        case Status():
            return _status(cell)
        case Bar(_, text):
            return RichText(_clean(text))
        case _:
            return RichText(_clean(cell))


def _clean(text: str) -> str:
    """Nothing that a terminal would obey: control characters, escapes and changes of direction are left out."""
    return "".join(c for c in text if c.isprintable() or c in "\N{NO-BREAK SPACE}\N{NARROW NO-BREAK SPACE}")
