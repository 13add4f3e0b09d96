"""Percentile ranks that can be frozen: a distribution is kept as at most a thousand of its values."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]

KEPT = 1_001


def reference(values: npt.NDArray[np.number]) -> list[float]:
    """The values in order; evenly spread quantiles of them where they are more than a thousand."""
    ordered = np.sort(values.astype(np.float64))
    if len(ordered) > KEPT:
        ordered = ordered[np.rint(np.linspace(0, len(ordered) - 1, KEPT)).astype(np.int64)]
    return [float(v) for v in ordered]


def rank(values: npt.NDArray[np.number], kept: list[float]) -> Floats:
    """The share (0-1) of the reference below each value, equal ones counted half; 0.5 without a reference."""
    if not kept:
        return np.full(len(values), 0.5)
    known = np.array(kept)
    distinct, first = np.unique(known, return_index=True)
    ends = np.append(first[1:], len(known))
    at = np.searchsorted(distinct, values)
    hit = distinct[np.minimum(at, len(distinct) - 1)] == values
    place = np.minimum(at, len(distinct) - 1)
    below = np.where(at < len(distinct), first[place], len(known))
    return np.asarray(np.where(hit, (first[place] + ends[place]) / 2.0, below) / len(known))


def fifth(values: npt.NDArray[np.number], kept: list[float]) -> npt.NDArray[np.int16]:
    """Which fifth of the reference each value belongs to by its rank: 1 (lowest) to 5; 3 without a reference."""
    result = np.full(len(values), 1 if kept else 3, dtype=np.int16)
    if not kept:
        return result
    known, counts = np.unique(np.array(kept), return_counts=True)
    ends = np.cumsum(counts)
    at, after = (ends - counts / 2.0) / ends[-1], ends / ends[-1]  # rank of a known value, and of what lies beyond it
    for step in (0.2, 0.4, 0.6, 0.8):
        place = int(np.searchsorted(after, step))
        if at[place] >= step:
            result += values >= known[place]
        else:
            result += values > known[place]
    return result
