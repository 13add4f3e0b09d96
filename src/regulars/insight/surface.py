"""A smooth function of (repeat occasions, days), computed on a few nodes and read everywhere by interpolation."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]


def nodes(most: int, factor: float) -> Floats:
    """Whole numbers from 0 to at least `most` and 1: every one while small, then each `factor` times the one before.

    They are the same whatever `most` is, so that what is read between two of them doesn't depend on other customers.
    """
    found = [0, 1]
    while found[-1] < most:
        found.append(max(found[-1] + 1, round(found[-1] * factor)))
    return np.array(found, dtype=np.float64)


@dataclass(frozen=True)
class Surface:
    """Positive `values` (len(xs), len(days)) on the nodes; log of the value is bilinear in log(1 + node)."""

    xs: Floats
    days: Floats
    values: Floats

    def __call__(self, x: npt.NDArray[np.integer], day: npt.NDArray[np.integer]) -> Floats:
        """The values at (x, day), arrays of one length; beyond the nodes those at the edge."""
        i, u = _place(self.xs, x)
        j, v = _place(self.days, day)
        logs = np.log(np.maximum(self.values, 1e-300))
        wide = logs.shape[1]
        flat, at = logs.ravel(), i * wide + j
        low = flat[at] * (1 - v) + flat[at + 1] * v
        high = flat[at + wide] * (1 - v) + flat[at + wide + 1] * v
        return np.asarray(np.exp(low * (1 - u) + high * u))


def _place(grid: Floats, value: npt.NDArray[np.integer]) -> tuple[npt.NDArray[np.intp], Floats]:
    """The cell of each value and how far into it, by a table over whole numbers."""
    whole = np.arange(int(grid[-1]) + 1)
    cell = np.clip(np.searchsorted(grid, whole, side="right") - 1, 0, len(grid) - 2)
    logs = np.log1p(grid)
    part = (np.log1p(whole) - logs[cell]) / (logs[cell + 1] - logs[cell])
    at = np.clip(value, 0, len(whole) - 1)
    return cell[at], part[at]
