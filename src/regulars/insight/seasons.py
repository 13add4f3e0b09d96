"""Customers who come once a year, always in the same season: their next date follows the calendar."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from regulars.insight.histories import Histories
from regulars.insight.parameters import Thresholds
from regulars.insight.segments import percentile, ranked

YEAR = 365.2425
NEAR_DAYS = 45
"""An occasion this near to the centre of the season lies in it."""
WITHIN_LEAST = 0.9
"""At least this share of a seasonal customer's occasions lies in the season."""
KEPT_LEAST = 2.0 / 3.0
"""At least this share of the seasons from the first to the last was bought in."""
GRACE_DAYS = 14
"""After the centre of the season at least this long passes before a customer is late."""


@dataclass(frozen=True)
class Seasons:
    """`at`: positions of seasonal customers; `due`: day number of the centre of the season after their last one;
    `late`: by how many days after it `late_share` of their own occasions had come, with some grace."""

    at: npt.NDArray[np.intp]
    due: npt.NDArray[np.int64]
    late: npt.NDArray[np.int64]


def seasons(histories: Histories, thresholds: Thresholds) -> Seasons:
    """The seasonal customers among `histories`."""
    span = histories.last_day - histories.first_day
    years = thresholds.seasonal_anniversaries
    # Between two seasons lie nine months; half a year where so many occasions allow for one outside.
    least = np.where(histories.occasions * (1 - WITHIN_LEAST) < 1, YEAR - 2 * NEAR_DAYS, YEAR / 2)
    possible = np.flatnonzero((span > years * YEAR - 2 * NEAR_DAYS) & (histories.longest_gap >= np.floor(least)))
    some = histories.take(possible)
    if not len(some):
        return Seasons(possible, possible.astype(np.int64), possible.astype(np.int64))
    owner = np.repeat(np.arange(len(some)), some.occasions)
    angle = some.days * (2 * np.pi / YEAR)
    east = np.bincount(owner, weights=np.cos(angle), minlength=len(some))
    north = np.bincount(owner, weights=np.sin(angle), minlength=len(some))
    centre = np.arctan2(north, east) / (2 * np.pi) * YEAR
    season = np.rint((some.days - centre[owner]) / YEAR)
    away = some.days - (centre[owner] + season * YEAR)
    near = np.abs(away) <= NEAR_DAYS
    within = np.bincount(owner, weights=near, minlength=len(some)) / some.occasions
    begins = np.ones(len(owner), dtype=bool)
    begins[1:] = (owner[1:] != owner[:-1]) | (season[1:] != season[:-1])
    bought = np.bincount(owner, weights=begins, minlength=len(some))
    passed = season[some.offsets[1:] - 1] - season[some.offsets[:-1]] + 1
    found = np.flatnonzero(
        (within >= WITHIN_LEAST) & (bought >= years + 1) & (bought >= KEPT_LEAST * passed) & (passed >= years + 1)
    )
    last_season = season[some.offsets[1:] - 1][found]
    due = np.rint(centre[found] + (last_season + 1) * YEAR).astype(np.int64)
    shifted = (np.rint(away) + NEAR_DAYS * 5).astype(np.int64)
    spread = percentile(ranked(owner, np.maximum(shifted, 0)), some.offsets, thresholds.late_share) - NEAR_DAYS * 5
    late = np.maximum(np.ceil(spread[found]), GRACE_DAYS).astype(np.int64)
    return Seasons(possible[found], due, late)
