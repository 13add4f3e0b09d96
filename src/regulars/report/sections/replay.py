""" "Your last year, replayed": what would have been said each month, and what then happened."""

from __future__ import annotations

from regulars.insight.figures import ReplayMonth
from regulars.report import charts, formats, theme
from regulars.report.blocks import Chart, Column, Inline, Key, Section, Strong, Table, Text
from regulars.report.view import View


def section(view: View) -> Section | None:
    """Month by month: who would have been named as slipping, and who of them came back by themselves."""
    months = view.firm.replay
    if not any(month.slipping for month in months):
        return None
    chart = Chart(
        "replay",
        _title(view, months),
        "Columns, one a month: customers first named as slipping, split into those who came back by themselves and "
        "those who stayed away. A dark line across each column says how many were expected back.",
        charts.replay(months, view.f.short_number),
        charts.replay(months, view.f.short_number, wide=True),
        keys=(
            Key("came back by themselves", theme.STANDING["current"]),
            Key("stayed away", theme.STANDING["slipping"]),
            Key("not known yet", theme.LINE),
            Key("expected back", theme.INK),
        ),
        note="Customers named as slipping for the first time, by month.",
    )
    return Section("replay", "Your last year, replayed", (Text(_story(view, months)), chart, _table(view, months)))


def _known(months: list[ReplayMonth]) -> list[ReplayMonth]:
    return [month for month in months if month.came_back is not None and month.stayed_away is not None]


def _title(view: View, months: list[ReplayMonth]) -> str:
    known = _known(months)
    if not known:
        return f"{view.customers(sum(month.slipping for month in months))} would have been named as slipping"
    back = sum(month.came_back or 0 for month in known)
    said = sum(month.came_back_expected for month in known)
    named = sum(month.slipping for month in known)
    return (
        f"Of {view.f.number(named)} named as slipping, {view.f.number(back)} came back by themselves; "
        f"{view.f.number(said)} were expected to"
    )


def _story(view: View, months: list[ReplayMonth]) -> tuple[Inline, ...]:
    f, known = view.f, _known(months)
    if not known:
        return ("Had you had this report each month, these are the customers it would have named. ",)
    away = sum(month.stayed_away or 0 for month in known)
    lost = sum(month.sales_before for month in known)
    worst = max(known, key=lambda month: month.sales_before)
    parts: list[Inline] = [
        "Had you had this report each month, it would have named customers while there still was time. ",
        Strong(f"{f.number(away)} of them stayed away; they had bought for {f.money(lost)} in the year before."),
    ]
    if len(known) > 1 and worst.sales_before > 0:
        parts.append(
            f" The dearest month was {formats.month(worst.month)}: {f.number(worst.slipping)} named, "
            f"{f.number(worst.slipping_regulars)} of them regulars or above; {f.number(worst.came_back or 0)} came "
            f"back, and with the others went {f.money(worst.sales_before)} of yearly sales."
        )
    return tuple(parts)


def _table(view: View, months: list[ReplayMonth]) -> Table:
    f = view.f
    rows = tuple(
        (
            formats.month(month.month),
            f.number(month.slipping),
            f.number(month.slipping_regulars),
            f.about(month.value_at_risk),
            f.number(month.came_back_expected),
            f.number(month.came_back) if month.came_back is not None else "–",
            f.number(month.stayed_away) if month.stayed_away is not None else "–",
            f.money(month.sales_before) if month.stayed_away is not None else "–",
        )
        for month in months
    )
    return Table(
        "Month by month",
        (
            Column("Month", "left"),
            Column("Named as slipping"),
            Column("of them regulars or above", keep=False),
            Column(f"{view.money.capitalize()} a year at risk", keep=False),
            Column("Expected back"),
            Column("Came back"),
            Column("Stayed away"),
            Column("Their sales in the year before", keep=False),
        ),
        rows,
        note=_open(view, months),
    )


def _open(view: View, months: list[ReplayMonth]) -> str:
    """Which months can't be judged yet."""
    waiting = [month for month in months if month.came_back is None]
    if not waiting:
        return ""
    which = "The last month is" if len(waiting) == 1 else f"The last {view.f.number(len(waiting))} months are"
    return f"{which} still open: who comes back will be known by {formats.day(waiting[-1].until)}."
