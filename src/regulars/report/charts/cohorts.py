"""The cohort map: of the customers won in one period, how many bought in each later one."""

from __future__ import annotations

from collections.abc import Sequence

from regulars.base.words import say
from regulars.insight.figures import Cohort
from regulars.report import theme
from regulars.report.charts.frame import NARROW, Canvas, Spec, drawing, layer, room, scale
from regulars.report.formats import month, quarter

MOST = 12
"""Cohorts and periods shown."""
SCALES = ((0.01, 0.02, 0.04, 0.07, 0.1), (0.05, 0.1, 0.2, 0.3, 0.45), (0.2, 0.35, 0.5, 0.65, 0.8))
"""Shares at which the colour steps up, for firms to which few, some and most customers return."""


def steps(cohorts: Sequence[Cohort]) -> tuple[float, ...]:
    """The scale that tells this firm's cohorts apart best."""
    bought = sum(sum(cohort.active[1:]) for cohort in cohorts)
    could = sum(cohort.customers * (len(cohort.active) - 1) for cohort in cohorts)
    usual = bought / could if could else 0.0
    return SCALES[0] if usual < 0.05 else SCALES[1] if usual < 0.4 else SCALES[2]


def cohort_map(cohorts: Sequence[Cohort]) -> Spec:
    """Rows are cohorts, oldest first, columns the periods since; the first purchase's own period is left out."""
    rows = [cohort for cohort in cohorts if cohort.customers > 0 and len(cohort.active) > 1][-MOST:]
    columns = max(min(max((len(cohort.active) for cohort in rows), default=1) - 1, MOST), 1)
    cells, words, limits = [], [], steps(rows)
    for i, cohort in enumerate(rows):
        for k, active in enumerate(cohort.active[1 : columns + 1], start=1):
            part = active / cohort.customers
            step = sum(part >= limit for limit in limits)
            cells.append({"x": k - 0.5, "x2": k + 0.5, "y": i, "y2": i + 1, "colour": theme.HEAT[step]})
            ink = theme.PAPER if step >= 4 else theme.INK
            words.append({"x": k, "y": i + 0.5, "text": f"{part * 100:.0f}", "colour": ink})
    names = {i + 0.5: cohort_name(cohort) for i, cohort in enumerate(rows)}
    canvas = Canvas(NARROW, 26 * max(len(rows), 1) + 46, left=room(names.values()), right=6, top=6, bottom=40)
    every = 1 if columns <= 8 else 2
    period = rows[0].period if rows else "quarter"
    return drawing(
        canvas,
        [
            layer("rect", cells, stroke=theme.PAPER, strokeWidth=1.5),
            layer("text", words, baseline="middle", fontSize=12),
        ],
        scale(
            0.5,
            columns + 0.5,
            {float(k): str(k) for k in range(1, columns + 1, every)},
            domain=False,
            title=say("quarters since the first purchase")
            if period == "quarter"
            else say("months since the first purchase"),
            titlePadding=4,
        ),
        scale(max(len(rows), 1), 0, names, grid=False),
    )


def cohort_name(cohort: Cohort) -> str:
    """Q3 2025, or Jul 2025."""
    if cohort.period == "quarter":
        return quarter(cohort.start)
    return month(cohort.start).replace("\N{NO-BREAK SPACE}", " ")
