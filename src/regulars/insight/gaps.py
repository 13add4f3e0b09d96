"""Every gap of every customer, laid end to end, and what was known of own gaps at any point of the past."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from regulars.insight.histories import OWN_GAPS_LEAST, Histories
from regulars.insight.segments import percentile, ranked

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Days = npt.NDArray[np.int32]


@dataclass(frozen=True)
class Gaps:
    """All gaps of n customers in order; (m,) arrays, and `bounds` (n + 1,) that part the customers.

    owner : position of the customer.  gap : days, those within an episode left out.  number : 0 for the first.
    start : days on the customer's clock from the first occasion to the gap's start.  day : day number of its end.
    """

    owner: npt.NDArray[np.intp]
    gap: Days
    number: Days
    start: Days
    day: Days
    bounds: Ints

    def own_percentile(
        self, owner: npt.NDArray[np.integer], count: npt.NDArray[np.integer], share: float, least: int = OWN_GAPS_LEAST
    ) -> Floats:
        """The `share` percentile of each owner's first `count` gaps, NaN where these are under `least`."""
        counts = np.where(count >= least, count, 0).astype(np.int64)
        ends = np.concatenate([[0], np.cumsum(counts)])
        case = np.repeat(np.arange(len(counts)), counts)
        rows = np.arange(ends[-1]) - ends[case] + self.bounds[owner][case]
        return percentile(ranked(case, self.gap[rows].astype(np.int64)), ends, share, least=least).astype(np.float64)


def gaps_of(histories: Histories) -> Gaps:
    """The gaps between occasions (or episodes) of these customers."""
    return gaps(histories.days, histories.offsets, histories.episode_gap)


def gaps(day: npt.NDArray[np.integer], offsets: Ints, episode_gap: int | None = None) -> Gaps:
    """The gaps from day numbers (m,) of customers parted by `offsets` (n + 1,)."""
    owner = np.repeat(np.arange(len(offsets) - 1), np.diff(offsets))
    step = np.diff(day)
    within = owner[1:] == owner[:-1]
    if episode_gap is not None:
        within &= step > episode_gap
    gap, owner, ended = step[within].astype(np.int32), owner[1:][within], day[1:][within].astype(np.int32)
    bounds = np.concatenate([[0], np.cumsum(np.bincount(owner, minlength=len(offsets) - 1))]).astype(np.int64)
    before = np.concatenate([[0], np.cumsum(gap, dtype=np.int64)])
    start = (before[:-1] - before[bounds[owner]]).astype(np.int32)
    number = (np.arange(len(gap)) - bounds[owner]).astype(np.int32)
    return Gaps(owner, gap, number, start, ended, bounds)
