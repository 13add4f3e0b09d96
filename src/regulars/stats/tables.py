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


def evaluate(curve: Curve, keys: Ints, codes: Ints, logs: Floats, pair_budget: int = 2_000) -> Floats:
    """`curve` at (keys[codes[i]], logs[i]) for every row i, directly when rows are few, else by interpolation."""
    if not logs.size:
        return np.zeros(0)
    low, high = float(logs.min()), float(logs.max())
    points = _points(low, high)
    if logs.size <= max(pair_budget, 2 * keys.size * points):
        out = np.empty(logs.size)
        for part in chunks(logs.size, 4096):
            out[part] = curve(keys[codes[part]], logs[part, None])[:, 0]
        return out
    return _interpolated(curve, keys, codes, logs, low, high, points)


def _points(low: float, high: float) -> int:
    return int(28 + 8 * (high - low))


def _interpolated(curve: Curve, keys: Ints, codes: Ints, logs: Floats, low: float, high: float, points: int) -> Floats:
    half = max((high - low) / 2, 1e-3)
    angle = (np.arange(points) + 0.5) * np.pi / points
    at = (low + high) / 2 + half * np.cos(angle)
    cells = max(8, int(np.ceil(2 * half / _GRID_STEP)))
    fine = np.linspace(-1.0, 1.0, cells + 1)
    value_of, slope_of = _chebyshev(angle, fine)
    values = np.empty((keys.size, cells + 1))
    slopes = np.empty_like(values)
    for part in chunks(keys.size, 64):
        known = np.log(curve(keys[part], np.broadcast_to(at, (keys[part].size, points))))
        values[part] = known @ value_of
        slopes[part] = known @ slope_of * (2.0 / cells)
    out = np.empty(logs.size)
    flat, tilt = values.ravel(), slopes.ravel()
    for part in chunks(logs.size):
        place = (logs[part] - ((low + high) / 2 - half)) * (cells / (2 * half))
        cell = np.clip(place.astype(np.int64), 0, cells - 1)
        f = place - cell
        left = codes[part] * (cells + 1) + cell
        y0, y1, d0, d1 = flat[left], flat[left + 1], tilt[left], tilt[left + 1]
        rise = y1 - y0
        out[part] = np.exp(y0 + f * (d0 + f * (3 * rise - 2 * d0 - d1 + f * (d0 + d1 - 2 * rise))))
    return out


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
