"""Charts that show whether a model can be trusted. Altair is loaded when the first one is drawn.

Each takes a table of `comparison` or `scores`, shows its figures as they are, and returns an `altair.Chart`, so that
the caller may set size and theme. Titles state what is compared; words can be replaced for other languages.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from regulars.stats.comparison import Frequency, Tracking
from regulars.stats.scores import Calibration

if TYPE_CHECKING:
    import altair

EPOCH = np.datetime64("1970-01-01")


def tracking_chart(
    table: Tracking,
    *,
    learnt_until: float | None = None,
    title: str = "Repeat occasions, cumulated",
    dates: bool = True,
) -> altair.LayerChart:
    """Lines of expected and actual cumulated occasions; a rule where learning ended and predicting began.

    dates : days are day numbers since 1970 and shown as dates; else they are shown as numbers.
    """
    import altair as alt

    rows = [
        {"day": _day(day, dates), "occasions": float(value), "series": series}
        for series, values in (("actual", table.actual), ("expected", table.expected))
        for day, value in zip(table.day, values, strict=True)
    ]
    day = alt.X("day", type="temporal" if dates else "quantitative", title=None if dates else "day")
    lines = (
        alt.Chart(_data(rows), title=title)
        .mark_line()
        .encode(
            x=day,
            y=alt.Y("occasions", type="quantitative", title="occasions"),
            color=alt.Color("series", type="nominal", title=None),
            strokeDash=alt.StrokeDash("series", type="nominal", title=None),
        )
    )
    end = [] if learnt_until is None else [{"day": _day(learnt_until, dates)}]
    rule = alt.Chart(_data(end)).mark_rule(strokeDash=[2, 3]).encode(x=day)
    return alt.LayerChart(layer=[lines, rule])


def frequency_chart(table: Frequency, *, title: str = "Customers by number of repeat occasions") -> altair.Chart:
    """Pairs of bars: customers as expected and as they were, by number of repeat occasions."""
    import altair as alt

    last = int(table.occasions[-1])
    labels = [f"{count}+" if count == last else str(count) for count in table.occasions]
    rows = [
        {"occasions": label, "customers": float(value), "series": series}
        for series, values in (("actual", table.actual), ("expected", table.expected))
        for label, value in zip(labels, values, strict=True)
    ]
    chart: altair.Chart = (
        alt.Chart(_data(rows), title=title)
        .mark_bar()
        .encode(
            x=alt.X("occasions", type="ordinal", sort=labels, title="repeat occasions", axis=alt.Axis(labelAngle=0)),
            xOffset=alt.XOffset("series", type="nominal"),
            y=alt.Y("customers", type="quantitative", title="customers"),
            color=alt.Color("series", type="nominal", title=None),
        )
    )
    return chart


def calibration_chart(table: Calibration, *, title: str = "Predicted chance beside what happened") -> altair.LayerChart:
    """Points with 95% intervals: share of customers it happened to, against their mean predicted chance."""
    import altair as alt

    rows = [
        {"predicted": float(p), "happened": float(h), "low": float(low), "high": float(high), "customers": int(n)}
        for p, h, low, high, n in zip(table.predicted, table.happened, table.low, table.high, table.n, strict=True)
    ]
    data = _data(rows)
    x = alt.X("predicted", type="quantitative", title="predicted chance", axis=alt.Axis(format="%"))
    y = alt.Y("happened", type="quantitative", title="share it happened to", axis=alt.Axis(format="%"))
    bars = alt.Chart(data, title=title).mark_rule().encode(x=x, y=alt.Y("low", type="quantitative"), y2="high")
    points = alt.Chart(data).mark_point(filled=True, size=60).encode(x=x, y=y, tooltip=_tooltips(rows))
    even = alt.Chart(_data([{"p": 0.0}, {"p": 1.0}])).mark_line(strokeDash=[4, 4], opacity=0.5)
    even = even.encode(x=alt.X("p", type="quantitative"), y=alt.Y("p", type="quantitative"))
    return alt.LayerChart(layer=[even, bars, points])


def _data(rows: list[dict[str, Any]]) -> Any:
    import altair as alt

    make: Any = alt.Data  # Altair leaves its data classes untyped
    return make(values=rows)


def _day(day: float, dates: bool) -> str | float:
    return str(EPOCH + np.timedelta64(int(day), "D")) if dates else float(day)


def _tooltips(rows: Sequence[dict[str, Any]]) -> list[Any]:
    import altair as alt

    return [alt.Tooltip(name, type="quantitative") for name in (rows[0] if rows else ())]
