"""Costly smooth functions of (occasions, time) over millions of rows: evaluate them at few points, interpolate.

Each distinct number of occasions has its own smooth curve over log time. Its values at Chebyshev points are exact to
rounding; from there a fine grid with cubic pieces serves any number of rows (relative error below 1e-7, tested).
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from regulars.stats.arrays import Floats, Ints, chunks

_GRID_STEP = 0.04

Curve = Callable[[Ints, Floats], Floats]
"""Given (K,) integer keys and (K, m) log times, the (K, m) positive values."""


class Table:
    """`curve` for all keys, ready to be asked at any log time between low and high."""

    def __init__(self, curve: Curve, keys: Ints, low: float, high: float) -> None:
        self.curve, self.keys = curve, keys
        self.middle, self.half = (low + high) / 2, max((high - low) / 2, 1e-3)
        self.points = int(32 + 10 * (high - low))
        self._values: Floats | None = None
        self._slopes: Floats | None = None
        self.cells = max(8, int(np.ceil(2 * self.half / _GRID_STEP)))

    def __call__(self, codes: Ints, logs: Floats) -> Floats:
        """Values (n,) at keys[codes] and log times (n,): directly while rows are few, then by interpolation."""
        if self._values is None and logs.size <= max(2_000, self.keys.size * self.points):
            out = np.empty(logs.size)
            for part in chunks(logs.size, 4096):
                out[part] = self.curve(self.keys[codes[part]], logs[part, None])[:, 0]
            return out
        return self._interpolated(codes, logs)

    def _build(self) -> tuple[Floats, Floats]:
        angle = (np.arange(self.points) + 0.5) * np.pi / self.points
        at = self.middle + self.half * np.cos(angle)
        value_of, slope_of = _chebyshev(angle, np.linspace(-1.0, 1.0, self.cells + 1))
        values = np.empty((self.keys.size, self.cells + 1))
        slopes = np.empty_like(values)
        for part in chunks(self.keys.size, 64):
            known = np.log(self.curve(self.keys[part], np.broadcast_to(at, (self.keys[part].size, self.points))))
            values[part] = known @ value_of
            slopes[part] = known @ slope_of * (2.0 / self.cells)
        self._values, self._slopes = values.ravel(), slopes.ravel()
        return self._values, self._slopes

    def _interpolated(self, codes: Ints, logs: Floats) -> Floats:
        values, slopes = self._build() if self._values is None or self._slopes is None else (self._values, self._slopes)
        out = np.empty(logs.size)
        for part in chunks(logs.size):
            place = (logs[part] - (self.middle - self.half)) * (self.cells / (2 * self.half))
            cell = np.clip(place.astype(np.int64), 0, self.cells - 1)
            f = place - cell
            left = codes[part] * (self.cells + 1) + cell
            y0, y1, d0, d1 = values[left], values[left + 1], slopes[left], slopes[left + 1]
            rise = y1 - y0
            out[part] = np.exp(y0 + f * (d0 + f * (3 * rise - 2 * d0 - d1 + f * (d0 + d1 - 2 * rise))))
        return out


def evaluate(curve: Curve, keys: Ints, codes: Ints, logs: Floats) -> Floats:
    """`curve` at (keys[codes[i]], logs[i]) for every row i."""
    if not logs.size:
        return np.zeros(0)
    return Table(curve, keys, float(logs.min()), float(logs.max()))(codes, logs)


def _chebyshev(angle: Floats, fine: Floats) -> tuple[Floats, Floats]:
    """Matrices (points, fine) that take values at Chebyshev points to values and slopes on the fine grid."""
    points = angle.size
    order = np.arange(points)
    to_coefficients = 2.0 / points * np.cos(np.outer(angle, order))
    to_coefficients[:, 0] /= 2.0
    across = np.arccos(np.clip(fine, -1.0, 1.0))
    values = np.cos(np.outer(order, across))
    sine = np.sin(across)
    with np.errstate(divide="ignore", invalid="ignore"):
        slopes = order[:, None] * np.sin(np.outer(order, across)) / sine
    slopes[:, 0] = order**2 * (-1.0) ** (order + 1)
    slopes[:, -1] = order**2
    return to_coefficients @ values, to_coefficients @ slopes
