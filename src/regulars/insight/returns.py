"""When new buyers come back for the second time: Kaplan and Meier's estimate, so that those who joined lately and
haven't had the time are neither taken for lost nor left out (JASA 1958, 53:457)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from regulars.insight.histories import Histories

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

AT_RISK_LEAST = 20
AT_RISK_SHARE = 0.05
"""The curve is read only as far as so many customers, and this share of all, could still be watched: beyond, a single
return would move it a lot."""


@dataclass(frozen=True)
class Returns:
    """`share[d]` of new buyers have come back within d days of the first occasion, d = 0..watched; ascending."""

    share: Floats
    customers: int
    returned: int
    hazard: Floats
    """Cumulative hazard by day, and `variance` of it."""
    variance: Floats

    @property
    def watched(self) -> int:
        """Days after the first occasion as far as which the curve is known."""
        return len(self.share) - 1

    def within(self, days: float) -> float:
        """Share back within `days` (the last known share beyond the curve)."""
        return float(np.interp(days, np.arange(len(self.share)), self.share))

    @property
    def quickens(self) -> bool:
        """Whether returns clearly become more frequent with time: what a long cycle looks like before it is over."""
        early = self.hazard[self.watched // 2]
        return bool(self.hazard[-1] - 2 * early > 2 * np.sqrt(self.variance[-1]))

    def late(self, share: float) -> float:
        """Days by which `share` of those who return at all (within the days watched) had returned; NaN without any."""
        if self.share[-1] <= 0:
            return float("nan")
        return float(np.interp(share * self.share[-1], *_steps(self.share)))


def _steps(share: Floats) -> tuple[Floats, Floats]:
    """Strictly rising shares and their days, to read the curve backwards."""
    rising = np.concatenate([[True], np.diff(share) > 0])
    return share[rising], np.flatnonzero(rising).astype(np.float64)


def returns(histories: Histories) -> Returns:
    """The curve of second occasions (or episodes); days that nobody reached the end of are cut off."""
    if not len(histories):
        nothing = np.zeros(1)
        return Returns(nothing, 0, 0, nothing, nothing)
    gap, back = first_gaps(histories)
    until = int(gap.max())
    events = np.bincount(gap[back], minlength=until + 1).astype(np.float64)
    leaving = np.bincount(gap, minlength=until + 1)
    at_risk = len(gap) - np.concatenate([[0], np.cumsum(leaving)[:-1]])
    watched = len(gap) - np.searchsorted(np.sort(histories.T), np.arange(until + 1), side="left")
    share = 1.0 - np.cumprod(1.0 - events / np.maximum(at_risk, 1))
    enough = np.flatnonzero(watched >= min(max(AT_RISK_LEAST, AT_RISK_SHARE * len(gap)), len(gap)))
    until = int(enough[-1]) + 1
    risk = np.maximum(at_risk, 1).astype(np.float64)
    hazard, variance = np.cumsum(events / risk), np.cumsum(events / risk**2)
    return Returns(share[:until], len(gap), int(back.sum()), hazard[:until], variance[:until])


def first_gaps(histories: Histories) -> tuple[Ints, npt.NDArray[np.bool_]]:
    """Days to the second occasion where there was one, else days watched so far; and whether there was one."""
    back = histories.x > 0
    gap = histories.T.astype(np.int64)
    starts = histories.offsets[:-1][back]
    if histories.episode_gap is None:
        gap[back] = histories.days[starts + 1] - histories.days[starts]
    elif back.any():
        step = np.diff(histories.days, append=histories.days[-1])
        long = np.flatnonzero(step > histories.episode_gap)
        gap[back] = step[long[np.searchsorted(long, starts)]]
    return gap, back
