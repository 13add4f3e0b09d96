"""Every chart of the report as a Vega-Lite definition in one theme; `altair_chart` makes it an Altair chart.

The definitions are plain data: importing Altair takes 0.3 s, longer than all the drawing, and a report at the end of
a command doesn't need it. Tests hold every definition against Altair's schema. `svg` draws them.
"""

from __future__ import annotations

from typing import Any

from regulars.report.blocks import Chart
from regulars.report.charts.accuracy import calibration, tracking
from regulars.report.charts.cohorts import cohort_map
from regulars.report.charts.shares import concentration, ladder, slipping
from regulars.report.charts.time import customers_by_standing, flows, replay, sales_by_standing
from regulars.report.svg import warm

__all__ = [
    "altair_chart",
    "calibration",
    "cohort_map",
    "concentration",
    "customers_by_standing",
    "flows",
    "ladder",
    "replay",
    "sales_by_standing",
    "slipping",
    "tracking",
    "warm",
]


def altair_chart(chart: Chart, *, wide: bool = False) -> Any:
    """The chart with its title as an `altair.Chart`, for a notebook."""
    import altair as alt

    spec = (chart.wide if wide else None) or chart.spec
    return alt.Chart.from_dict({**spec, "title": chart.title})
