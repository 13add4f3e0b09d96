"""Charts of how well predictions held: week by week, and chance by chance."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from regulars.base.words import say
from regulars.insight.figures import Bin, TrackingPoint
from regulars.report import theme
from regulars.report.charts.frame import NARROW, Canvas, Spec, drawing, layer, line, month_ticks, room, scale, ticks
from regulars.report.formats import share

MOST_WEEKS = 104


def tracking(points: Sequence[TrackingPoint], write: Callable[[float], str]) -> Spec:
    """Purchases by week: what happened (dark), what was said (teal, with its range once it was a prediction)."""
    points = points[-MOST_WEEKS:]
    held = [i for i, point in enumerate(points) if point.holdout]
    marks = ticks(
        max((max(point.actual, point.high if point.holdout else 0, point.predicted) for point in points), default=1.0)
    )
    words = [write(mark) for mark in marks]
    canvas = Canvas(NARROW, 270, left=room(words), top=26)
    band = [{"x": i, "y": points[i].low, "y2": points[i].high} for i in held]
    layers = [layer("area", band, color=theme.BAND, opacity=1)] if band else []
    layers.append(line([{"x": i, "y": point.predicted} for i, point in enumerate(points)], theme.ACCENT, 2.5))
    layers.append(line([{"x": i, "y": point.actual} for i, point in enumerate(points)], theme.INK, 1.2))
    if held and held[0] > 0:
        start = held[0] - 0.5
        layers.append(
            layer("rule", [{"x": start}], {"y": {"value": -14}, "y2": {"value": canvas.plot_height}}, strokeDash=[3, 3])
        )
        layers.append(
            layer(
                "text",
                [{"x": start, "text": say("predicted without knowing →")}],
                {"y": {"value": -10}},
                align="right",
                dx=-6,
                color=theme.MUTED,
            )
        )
    months = [point.week.replace(day=1) for point in points]
    firsts = [i for i, month in enumerate(months) if i and month != months[i - 1]]
    labels = month_ticks([months[i] for i in firsts], 6)
    return drawing(
        canvas,
        layers,
        scale(-0.5, max(len(points), 2) - 0.5, {float(firsts[int(i)]): text for i, text in labels.items()}),
        scale(0, marks[-1], dict(zip(marks, words, strict=True))),
    )


def calibration(bins: Sequence[Bin]) -> Spec:
    """What was said against what happened: one dot a group of customers, on the line where both agree."""
    shown = [b for b in bins if b.customers > 0]
    high = ticks(min(max((max(b.predicted, b.actual) for b in shown), default=1.0), 1.0))[-1]
    high = min(high, 1.0)
    marks = {mark: share(mark) if mark else "0" for mark in ticks(high) if mark <= high}
    canvas = Canvas(NARROW, 270, left=58, right=22, bottom=54)
    return drawing(
        canvas,
        [
            line([{"x": 0, "y": 0}, {"x": high, "y": high}], theme.FAINT, 1.0, strokeDash=[4, 4]),
            layer(
                "point",
                [{"x": b.predicted, "y": min(b.actual, high), "size": _dot(b, shown)} for b in shown],
                {"size": {"field": "size", "type": "quantitative", "scale": None, "legend": None}},
                filled=True,
                color=theme.ACCENT,
                opacity=0.85,
            ),
        ],
        scale(0, high, marks, title=say("said: chance to come back"), titlePadding=10),
        scale(0, high, marks),
    )


def _dot(one: Bin, all_bins: Sequence[Bin]) -> float:
    """Area of a dot by its share of customers, never too small to be seen."""
    most = max(b.customers for b in all_bins)
    return 50.0 + 200.0 * one.customers / most
