"""Charts along the calendar: sales and customers by standing, who came and went, last year replayed."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from regulars.base.words import noted
from regulars.insight.figures import Flow, Month, ReplayMonth
from regulars.report import theme
from regulars.report.charts.frame import (
    NARROW,
    WIDE,
    Canvas,
    Spec,
    drawing,
    layer,
    month_ticks,
    room,
    scale,
    side_labels,
    ticks,
)
from regulars.report.names import called

ORDER = ("current", "recent", "won back", "slipping", "too early", "lapsed", "not recent")
"""From the bottom of a stack to its top."""
MOST_MONTHS = 36
Write = Callable[[float], str]


def sales_by_standing(months: Sequence[Month], write: Write, *, wide: bool = False) -> Spec:
    """Sales of each month, stacked by the standing of their buyers; an unfinished month is pale."""
    return _stacked(months, [m.sales_by_standing for m in months], write, wide=wide)


def customers_by_standing(months: Sequence[Month], write: Write, *, wide: bool = False) -> Spec:
    """Customers at the end of each month, stacked by standing."""
    return _stacked(months, [m.customers_by_standing for m in months], write, wide=wide)


def _stacked(months: Sequence[Month], parts: Sequence[Mapping[str, float]], write: Write, *, wide: bool) -> Spec:
    months, parts = months[-MOST_MONTHS:], parts[-MOST_MONTHS:]
    names = [name for name in ORDER if any(part.get(name, 0) > 0 for part in parts)]
    marks = ticks(max((sum(max(part.get(n, 0), 0) for n in names) for part in parts), default=1.0))
    words = [write(mark) for mark in marks]
    canvas = Canvas(
        WIDE if wide else NARROW, 320 if wide else 270, left=room(words), right=room(map(called, names)) + 6
    )
    rows = []
    for i, (month, part) in enumerate(zip(months, parts, strict=True)):
        base = 0.0
        for name in names:
            amount = max(float(part.get(name, 0)), 0.0)
            if amount > 0:
                rows.append(
                    {
                        "x": i - 0.42,
                        "x2": i + 0.42,
                        "y": base,
                        "y2": base + amount,
                        "colour": theme.STANDING[name],
                        "opacity": 1 if month.complete else 0.45,
                    }
                )
            base += amount
    layers = [layer("rect", rows)] if rows else [layer("rect", [{"x": 0, "y": 0, "x2": 0, "y2": 0}])]
    layers.append(side_labels(canvas, marks[-1], _at_the_end(months, parts, names)))
    return drawing(
        canvas,
        layers,
        scale(-0.5, len(months) - 0.5, month_ticks([m.month for m in months], 12 if wide else 6)),
        scale(0, marks[-1], dict(zip(marks, words, strict=True))),
    )


def _at_the_end(
    months: Sequence[Month], parts: Sequence[Mapping[str, float]], names: Sequence[str]
) -> list[tuple[float, str, str]]:
    """Labels at the middle of each band of the last finished month; bands too thin to be seen have none."""
    finished = [part for month, part in zip(months, parts, strict=True) if month.complete] or list(parts)
    last = finished[-1] if finished else {}
    total = sum(max(last.get(name, 0), 0) for name in names) or 1.0
    found, base = [], 0.0
    for name in names:
        amount = max(last.get(name, 0), 0.0)
        if amount / total >= 0.004:
            found.append((base + amount / 2, called(name), theme.STANDING_TEXT[name]))
        base += amount
    return found


FLOWS = {
    "new": (noted("new"), theme.STANDING["current"], 1),
    "back": (noted("came back"), theme.STANDING["won back"], 1),
    "slipping": (noted("began to slip"), theme.STANDING["slipping"], -1),
    "lapsed": (noted("lapsed"), theme.STANDING["lapsed"], -1),
}
"""What a move between standings counts as: words, colour, up or down."""


def move(flow: Flow) -> str | None:
    """Which of FLOWS a move is; None for one that isn't shown (a won back customer who is simply current now)."""
    if flow.origin == "new":
        return "new"
    if flow.target in ("current", "won back"):
        return "back" if flow.origin in ("slipping", "lapsed") else None
    if flow.target in ("slipping", "lapsed"):
        return flow.target
    return None


def flow_sums(flows: Sequence[Flow]) -> dict[str, int]:
    """Customers by kind of move."""
    sums = dict.fromkeys(FLOWS, 0)
    for flow in flows:
        kind = move(flow)
        if kind:
            sums[kind] += flow.customers
    return sums


def flows(past: Sequence[Flow], write: Write) -> Spec:
    """Customers won and come back above the line, begun to slip and lapsed below it, month by month."""
    months = sorted({flow.month for flow in past})[-24:]
    by_month = {month: flow_sums([flow for flow in past if flow.month == month]) for month in months}
    rows = []
    highest = lowest = 0.0
    for i, month in enumerate(months):
        ends = {1: 0.0, -1: 0.0}
        for kind, (_, colour, side) in FLOWS.items():
            customers = by_month[month][kind] * side
            if customers:
                rows.append(
                    {"x": i - 0.42, "x2": i + 0.42, "y": ends[side], "y2": ends[side] + customers, "colour": colour}
                )
            ends[side] += customers
        highest, lowest = max(highest, ends[1]), min(lowest, ends[-1])
    marks = ticks(highest, lowest, 6)
    words = {mark: write(abs(mark)) for mark in marks}
    canvas = Canvas(NARROW, 270, left=room(words.values()))
    zero = layer("rule", [{"y": 0}], {"x": {"value": 0}, "x2": {"value": canvas.plot_width}})
    return drawing(
        canvas,
        [layer("rect", rows), zero] if rows else [zero],
        scale(-0.5, max(len(months), 1) - 0.5, month_ticks(months, 6), domain=False),
        scale(marks[0], marks[-1], words),
    )


def replay(past: Sequence[ReplayMonth], write: Write, *, wide: bool = False) -> Spec:
    """Of those called slipping each month: who came back, who stayed away, who may still; the tick is what was said."""
    rows, said = [], []
    for i, month in enumerate(past):
        back, away = month.came_back, month.stayed_away
        parts = (
            [(month.slipping, theme.LINE)]
            if back is None or away is None
            else [(back, theme.STANDING["current"]), (away, theme.STANDING["slipping"])]
        )
        base = 0.0
        for customers, colour in parts:
            if customers:
                rows.append({"x": i - 0.38, "x2": i + 0.38, "y": base, "y2": base + customers, "colour": colour})
            base += customers
        said.append({"x": i - 0.48, "x2": i + 0.48, "y": month.came_back_expected})
    marks = ticks(max((float(month.slipping) for month in past), default=1.0))
    words = [write(mark) for mark in marks]
    canvas = Canvas(WIDE if wide else NARROW, 300 if wide else 270, left=room(words))
    return drawing(
        canvas,
        [layer("rect", rows), layer("rule", said, strokeWidth=2.5, color=theme.INK)],
        scale(-0.5, max(len(past), 1) - 0.5, month_ticks([m.month for m in past], 12 if wide else 6)),
        scale(0, marks[-1], dict(zip(marks, words, strict=True))),
    )
