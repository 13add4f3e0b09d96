"""The parts that every chart is put together from: canvas, axes with written labels, month ticks, direct labels.

Ticks and their words are computed here rather than in the renderer, so that a chart reads the same on every machine:
no time zone moves a month, and amounts are written as the firm writes them. All sizes are drawing units.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from regulars.report import theme
from regulars.report.formats import month, month_name

Spec = dict[str, Any]

NARROW, WIDE = 520, 1080
LETTER = 8.6
"""Room for one letter of a 13-unit label when phones and print draw it a quarter larger."""
LABEL_GAP = 19.0
"""Least distance between two labels above each other."""


@dataclass(frozen=True)
class Canvas:
    """The whole drawing and the margins left around its plot."""

    width: int
    height: int
    left: int = 10
    right: int = 10
    top: int = 12
    bottom: int = 34

    @property
    def plot_width(self) -> int:
        return self.width - self.left - self.right

    @property
    def plot_height(self) -> int:
        return self.height - self.top - self.bottom


def drawing(canvas: Canvas, layers: Sequence[Spec], x: Spec, y: Spec) -> Spec:
    """Layers over common axes. `x` and `y` are made by `scale`; layers use the fields `x` and `y`."""
    return {
        "$schema": "https://vega.github.io/schema/vega-lite/v6.json",
        "width": canvas.plot_width,
        "height": canvas.plot_height,
        "autosize": "none",
        "padding": {"left": canvas.left, "right": canvas.right, "top": canvas.top, "bottom": canvas.bottom},
        "encoding": {
            "x": {"field": "x", "type": "quantitative", **x},
            "y": {"field": "y", "type": "quantitative", **y},
        },
        "layer": list(layers),
        "config": theme.config(),
    }


def scale(low: float, high: float, ticks: Mapping[float, str] | None, **axis: Any) -> Spec:
    """Channel options for a scale from `low` to `high` (reversed when low > high) with labels at `ticks`."""
    channel: Spec = {"scale": {"domain": [low, high], "nice": False, "zero": False}}
    if ticks is None:
        return {**channel, "axis": None}
    words = {_javascript(value): text for value, text in ticks.items()}
    return {
        **channel,
        "axis": {"title": None, "values": list(ticks), "labelExpr": f"{json.dumps(words)}[datum.value]", **axis},
    }


def layer(mark: str, rows: Iterable[Mapping[str, Any]], encoding: Spec | None = None, **options: Any) -> Spec:
    """One layer: a mark with its own rows. `colour` and `opacity` of a row are taken as they are."""
    values = list(rows)
    first = values[0] if values else {}
    channels: Spec = dict(encoding or {})
    for field, channel in (("colour", "color"), ("opacity", "opacity")):
        if field in first:
            channels.setdefault(channel, {"field": field, "type": "nominal", "scale": None, "legend": None})
    for field in ("x2", "y2"):
        if field in first:
            channels.setdefault(field, {"field": field})
    if "text" in first and mark == "text":
        channels.setdefault("text", {"field": "text", "type": "nominal"})
    return {"data": {"values": values}, "mark": {"type": mark, **options}, "encoding": channels}


def line(rows: Iterable[Mapping[str, Any]], colour: str, width: float = 2.0, **options: Any) -> Spec:
    """A line through the rows in their order."""
    return layer(
        "line",
        rows,
        {"order": {"field": "x", "type": "quantitative"}},
        color=colour,
        strokeWidth=width,
        interpolate="linear",
        **options,
    )


def ticks(high: float, low: float = 0.0, most: int = 5) -> list[float]:
    """Round values (1, 2, 2.5 or 5 times a power of ten) from `low` to `high`, the last at or above it."""
    span = high - low
    if not math.isfinite(span) or span <= 0:
        return [low, low + 1.0]
    rough = span / max(most - 1, 1)
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(power * factor for factor in (1, 2, 2.5, 5, 10) if power * factor >= rough * 0.999)
    first, last = math.floor(low / step + 1e-9), math.ceil(high / step - 1e-9)
    return [round(i * step, 10) for i in range(first, last + 1)]


def month_ticks(months: Sequence[date], most: int) -> dict[float, str]:
    """Labels for at most `most` of the months, at their index: year at each January and at the first label."""
    if not months:
        return {}
    step = next((step for step in (1, 2, 3, 6, 12, 24, 60) if len(months) / step <= most), 120)
    chosen = [i for i, first in enumerate(months) if (first.year * 12 + first.month - 1) % step == 0]
    found: dict[float, str] = {}
    for i in chosen or [0]:
        name = month_name(months[i])
        year = not found or months[i].month == 1
        found[float(i)] = (
            str(months[i].year) if step >= 12 else month(months[i]).replace("\N{NO-BREAK SPACE}", " ") if year else name
        )
    return found


def spread(positions: Sequence[float], gap: float, low: float, high: float) -> list[float]:
    """The positions, moved as little as needed so that neighbours are `gap` apart, within [low, high]."""
    order = sorted(range(len(positions)), key=lambda i: positions[i])
    placed = [min(max(positions[i], low), high) for i in order]
    for k in range(1, len(placed)):
        placed[k] = max(placed[k], placed[k - 1] + gap)
    for k in range(len(placed) - 1, -1, -1):
        limit = high if k == len(placed) - 1 else placed[k + 1] - gap
        placed[k] = min(placed[k], limit)
    found = [0.0] * len(positions)
    for k, i in enumerate(order):
        found[i] = placed[k]
    return found


def side_labels(canvas: Canvas, top: float, rows: Sequence[tuple[float, str, str]]) -> Spec:
    """Labels right of the plot at heights given as values of a y scale from 0 to `top`: (value, words, colour)."""
    height = canvas.plot_height
    placed = spread([height * (1 - value / top) for value, _, _ in rows], LABEL_GAP, 6.0, float(height))
    return layer(
        "text",
        [
            {"y": top * (1 - at / height), "text": words, "colour": colour}
            for at, (_, words, colour) in zip(placed, rows, strict=True)
        ],
        {"x": {"value": canvas.plot_width + 10}},
        align="left",
        baseline="middle",
        fontWeight=600,
    )


def room(words: Iterable[str]) -> int:
    """Margin that the longest of the words needs."""
    return round(max((len(word) for word in words), default=0) * LETTER) + 12


def clip(words: str, most: int) -> str:
    """The words, ended by … where they are longer than `most` letters; control characters left out."""
    clean = " ".join("".join(c if c.isprintable() else " " for c in words).split())
    return clean if len(clean) <= most else clean[: most - 1].rstrip() + "…"


def _javascript(value: float) -> str:
    """A number as JavaScript writes it as a key."""
    return str(int(value)) if float(value).is_integer() else repr(float(value))
