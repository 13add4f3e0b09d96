"""Charts of who brings how much: the ladder, concentration, and the slipping with what they are worth."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from regulars.base.words import say
from regulars.insight.figures import Concentration, Group, Person
from regulars.report import theme
from regulars.report.charts.frame import NARROW, Canvas, Spec, clip, drawing, layer, line, room, scale
from regulars.report.formats import share
from regulars.report.names import called

ROW = 46
LONGEST_NAME = 22


def ladder(rungs: Sequence[Group]) -> Spec:
    """For each rung its share of customers (pale bar) above its share of the year's sales (deep bar), deepest first."""
    steps = list(reversed([rung for rung in rungs if rung.name != "prospect"]))
    sales = sum(max(rung.sales_365, 0.0) for rung in steps) or 1.0
    bars: list[dict[str, Any]] = []
    words: list[dict[str, Any]] = []
    for i, rung in enumerate(steps):
        for part, at, colour in (
            (rung.share, i + 0.12, theme.LINE),
            (max(rung.sales_365, 0.0) / sales, i + 0.5, theme.RUNG[rung.name]),
        ):
            bars.append({"x": 0, "x2": part, "y": at, "y2": at + 0.34, "colour": colour})
            words.append({"x": part, "y": at + 0.17, "text": share(part)})
    high = max((bar["x2"] for bar in bars), default=1.0) or 1.0
    canvas = Canvas(
        NARROW, ROW * max(len(steps), 1) + 10, left=room(called(r.name) for r in steps), right=56, top=2, bottom=8
    )
    names = {i + 0.5: called(rung.name) for i, rung in enumerate(steps)}
    return drawing(
        canvas,
        [layer("rect", bars), layer("text", words, align="left", dx=7, baseline="middle", color=theme.MUTED)],
        scale(0, high, None),
        scale(max(len(steps), 1), 0, names, grid=False, labelColor=theme.INK, labelFontWeight=600),
    )


def concentration(shares: Concentration) -> Spec:
    """How much of the sales the best customers bring: a curve from (0, 0) to (1, 1), with the best tenth marked."""
    curve = [{"x": x, "y": y} for x, y in shares.curve]
    marks = {0.0: "0"} | {part: share(part) for part in (0.25, 0.5, 0.75, 1.0)}
    canvas = Canvas(NARROW, 270, left=58, right=22, bottom=54)
    layers = [
        layer("area", [{**point, "y2": 0} for point in curve], color=theme.HEAT[0], opacity=1),
        line([{"x": 0, "y": 0}, {"x": 1, "y": 1}], theme.FAINT, 1.0, strokeDash=[4, 4]),
        line(curve, theme.ACCENT, 2.5),
    ]
    if shares.top_tenth_share is not None:
        best = {"x": 0.1, "y": shares.top_tenth_share}
        layers.append(layer("point", [best], filled=True, size=90, color=theme.ACCENT, opacity=1))
        layers.append(
            layer(
                "text",
                [{**best, "text": say("best tenth: {share}", share=share(shares.top_tenth_share))}],
                align="left",
                dx=12,
                dy=10,
                fontWeight=600,
            )
        )
    layers.append(
        layer("text", [{"x": 1.0, "y": 0.42, "text": say("if all bought the same")}], align="right", color=theme.MUTED)
    )
    return drawing(
        canvas,
        layers,
        scale(0, 1, marks, title=say("share of customers, best first"), titlePadding=10),
        scale(0, 1, marks),
    )


def slipping(people: Sequence[tuple[str, Person]], write: Callable[[float], str]) -> Spec:
    """What goes a year if they go, customer by customer, as bars in the order of the call list."""
    rows = [(clip(name, LONGEST_NAME) or "–", person) for name, person in people]
    high = max((max(person.value_at_risk, 0.0) for _, person in rows), default=1.0) or 1.0
    amounts = [write(max(person.value_at_risk, 0.0)) for _, person in rows]
    bars = [
        {
            "x": 0,
            "x2": max(person.value_at_risk, 0.0),
            "y": i + 0.2,
            "y2": i + 0.8,
            "colour": theme.STANDING["slipping"],
        }
        for i, (_, person) in enumerate(rows)
    ]
    words = [
        {"x": max(person.value_at_risk, 0.0), "y": i + 0.5, "text": amount}
        for i, ((_, person), amount) in enumerate(zip(rows, amounts, strict=True))
    ]
    canvas = Canvas(
        NARROW,
        24 * max(len(rows), 1) + 12,
        left=min(room(name for name, _ in rows), 190),
        right=room(amounts),
        top=2,
        bottom=8,
    )
    return drawing(
        canvas,
        [layer("rect", bars), layer("text", words, align="left", dx=7, baseline="middle", color=theme.MUTED)],
        scale(0, high, None),
        scale(
            max(len(rows), 1),
            0,
            {i + 0.5: name for i, (name, _) in enumerate(rows)},
            grid=False,
            labelColor=theme.INK,
            labelLimit=190,
        ),
    )
