"""Bursts: where the firm's gaps are of two kinds (days within a project, months between), occasions form episodes.

The two kinds must show in the firm (two humps of gaps on the log scale with a valley between) and within customers
(most of those with enough gaps have both), so that a firm with weekly and with yearly customers is not taken for one.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from regulars.insight.histories import Histories, rhythm
from regulars.insight.parameters import Thresholds
from regulars.stats.special import ndtr

Floats = npt.NDArray[np.float64]

GAPS_EACH = 4
CUSTOMERS_LEAST = 20
BANDWIDTH = 0.3
APART = np.log(5.0)
"""The humps are at least this factor apart."""
DEPTH = 0.5
"""The valley is at most this part of the lower hump."""
HUMP_LEAST = 0.15
"""Each hump holds at least this share of all gaps."""
BOTH_LEAST = 0.5
"""At least this share of customers with enough gaps has gaps on both sides of the valley."""
ASKED_FOR = 7
"""Gap of episodes where they are switched on but no valley is found."""


@dataclass(frozen=True)
class Valley:
    """Gaps of up to `days` lie within an episode. `short` and `long` are the humps' places in days."""

    days: int
    short: float
    long: float
    both: float


def episode_gap(histories: Histories, thresholds: Thresholds) -> int | None:
    """The gap that parts episodes, by the setting or as found in `histories` of plain occasions; None: no episodes."""
    if thresholds.episodes == "off":
        return None
    if thresholds.episode_gap_days is not None:
        return max(thresholds.episode_gap_days, 1)
    found = valley(histories)
    if found is not None:
        return found.days
    return ASKED_FOR if thresholds.episodes == "on" else None


def valley(histories: Histories) -> Valley | None:
    """The valley between two humps of the firm's gaps, None where they are not clearly of two kinds."""
    chosen = histories.take(histories.occasions > GAPS_EACH)
    if len(chosen) < CUSTOMERS_LEAST:
        return None
    customer = np.repeat(np.arange(len(chosen)), chosen.occasions)
    within = customer[1:] == customer[:-1]
    gap, customer = np.diff(chosen.days)[within], customer[1:][within]
    weight = 1.0 / (chosen.occasions[customer] - 1.0)  # each customer counts once, however busy
    grid, density = _density(np.bincount(gap, weights=weight).astype(np.float64))
    humps = _two_humps(grid, density)
    if humps is None:
        return None
    low, bottom, high = humps
    days = int(np.floor(np.exp(grid[bottom])))
    short_share = float(weight[gap <= days].sum() / weight.sum())
    short_gaps = np.bincount(customer, weights=gap <= days, minlength=len(chosen))
    part = short_gaps / (chosen.occasions - 1.0)
    both = float(np.mean((part >= HUMP_LEAST) & (part <= 1 - HUMP_LEAST)))
    if not HUMP_LEAST <= short_share <= 1 - HUMP_LEAST or both < BOTH_LEAST:
        return None
    return Valley(days, float(np.exp(grid[low])), float(np.exp(grid[high])), both)


def _density(weights: Floats) -> tuple[Floats, Floats]:
    """Density of log gaps on a grid; a gap of g days lies anywhere between g - 0.5 and g + 0.5."""
    days = np.flatnonzero(weights)
    left, right = np.log(days - 0.5), np.log(days + 0.5)
    grid = np.arange(np.log(0.7), np.log(days.max() + 1.0) + 0.05, 0.05)
    spread = ndtr((right[:, None] - grid) / BANDWIDTH) - ndtr((left[:, None] - grid) / BANDWIDTH)
    density = (weights[days] / (right - left)) @ spread
    return grid, density / density.sum()


def _two_humps(grid: Floats, density: Floats) -> tuple[int, int, int] | None:
    """Grid places of the lower hump, the valley and the upper hump with the deepest valley; None when none is deep."""
    inner = np.flatnonzero((density[1:-1] >= density[:-2]) & (density[1:-1] > density[2:])) + 1
    peaks = np.concatenate([[0] if density[0] > density[1] else [], inner]).astype(np.int64)
    best: tuple[float, tuple[int, int, int]] | None = None
    for i, low in enumerate(peaks):
        for high in peaks[i + 1 :]:
            if grid[high] - grid[low] < APART:
                continue
            bottom = int(low + np.argmin(density[low : high + 1]))
            depth = float(density[bottom] / min(density[low], density[high]))
            if depth <= DEPTH and (best is None or depth < best[0]):
                best = depth, (int(low), bottom, int(high))
    return None if best is None else best[1]


def with_episodes(histories: Histories, gap: int, late_share: float = 0.8) -> Histories:
    """The same customers with episodes (occasions at most `gap` days apart) in the place of occasions."""
    if not len(histories):
        return replace(histories, episode_gap=gap)
    found = rhythm(histories.days.astype(np.int64), histories.offsets, gap, late_share)
    return replace(
        histories,
        x=found.repeats,
        t_x=found.span,
        T=(found.span + histories.silence).astype(np.int32),
        spends=np.minimum(histories.spends, found.repeats + 1).astype(np.int32),
        litt=found.litt,
        median_gap=found.median,
        gap_80=found.late,
        longest_gap=found.longest,
        episode_gap=gap,
    )
