""" "Your last year, replayed": what would have been said each month, and what then happened."""

from __future__ import annotations

from regulars.base.words import say, say_many
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
        say(
            "Columns, one a month: customers first named as slipping, split into those who came back by themselves "
            "and those who stayed away. A dark line across each column says how many were expected back."
        ),
        charts.replay(months, view.f.short_number),
        charts.replay(months, view.f.short_number, wide=True),
        keys=(
            Key(say("came back by themselves"), theme.STANDING["current"]),
            Key(say("stayed away"), theme.STANDING["slipping"]),
            Key(say("not known yet"), theme.LINE),
            Key(say("expected back"), theme.INK),
        ),
        note=say("Customers named as slipping for the first time, by month."),
    )
    return Section("replay", say("Your last year, replayed"), (Text(_story(view, months)), chart, _table(view, months)))


def _known(months: list[ReplayMonth]) -> list[ReplayMonth]:
    return [month for month in months if month.came_back is not None and month.stayed_away is not None]


def _title(view: View, months: list[ReplayMonth]) -> str:
    known = _known(months)
    if not known:
        named = sum(month.slipping for month in months)
        return say_many(
            "{n} customer would have been named as slipping",
            "{n} customers would have been named as slipping",
            named,
            n=view.f.number(named),
        )
    back = sum(month.came_back or 0 for month in known)
    said = sum(month.came_back_expected for month in known)
    named = sum(month.slipping for month in known)
    return say(
        "Of {named} named as slipping, {back} came back by themselves; {said} were expected to",
        named=view.f.number(named),
        back=view.f.number(back),
        said=view.f.number(said),
    )


def _story(view: View, months: list[ReplayMonth]) -> tuple[Inline, ...]:
    f, known = view.f, _known(months)
    if not known:
        return (say("Had you had this report each month, these are the customers it would have named.") + " ",)
    away = sum(month.stayed_away or 0 for month in known)
    lost = sum(month.sales_before for month in known)
    worst = max(known, key=lambda month: month.sales_before)
    parts: list[Inline] = [
        say("Had you had this report each month, it would have named customers while there still was time.") + " ",
        Strong(
            say(
                "{n} of them stayed away; they had bought for {sales} in the year before.",
                n=f.number(away),
                sales=f.money(lost),
            )
        ),
    ]
    if len(known) > 1 and worst.sales_before > 0:
        parts.append(
            " "
            + say(
                "The dearest month was {month}: {named} named, {deep} of them regulars or above; {back} came back, and "
                "with the others went {sales} of yearly sales.",
                month=formats.month(worst.month),
                named=f.number(worst.slipping),
                deep=f.number(worst.slipping_regulars),
                back=f.number(worst.came_back or 0),
                sales=f.money(worst.sales_before),
            )
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
        say("Month by month"),
        (
            Column(say("Month"), "left"),
            Column(say("Named as slipping")),
            Column(say("of them regulars or above"), keep=False),
            Column(say("Margin a year at risk") if view.is_margin else say("Sales a year at risk"), keep=False),
            Column(say("Expected back")),
            Column(say("Came back")),
            Column(say("Stayed away")),
            Column(say("Their sales in the year before"), keep=False),
        ),
        rows,
        note=_open(view, months),
    )


def _open(view: View, months: list[ReplayMonth]) -> str:
    """Which months can't be judged yet."""
    waiting = [month for month in months if month.came_back is None]
    if not waiting:
        return ""
    return say_many(
        "The last month is still open: who comes back will be known by {day}.",
        "The last {n} months are still open: who comes back will be known by {day}.",
        len(waiting),
        n=view.f.number(len(waiting)),
        day=formats.day(waiting[-1].until),
    )
