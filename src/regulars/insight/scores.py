"""How good a distribution of counts was, once the count is known: log score, CRPS, error, place in the range.

Customers with the same history share one distribution, so scores are read from tables over groups: G groups times
`most + 1` counts, the last of which means "that many or more".
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from regulars.insight.calibration import Bend

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

FLOOR = 1e-12
"""A probability below this counts as this: one customer must not decide a comparison of thousands."""


@dataclass(frozen=True)
class Forecast:
    """What one candidate said at one origin.

    `pmf`: (G, most + 1), rows sum to 1. `mean`: (G,) the single figure it would have named. `group`: (n,) row of each
    customer.
    """

    pmf: Floats
    mean: Floats
    group: Ints

    @property
    def expected(self) -> Floats:
        """(n,) the figure named for each customer."""
        return self.mean[self.group]


@dataclass(frozen=True)
class Scored:
    """Per customer: log probability of what happened, CRPS, and where in the range it fell."""

    log: Floats
    crps: Floats
    lower: Floats  # F(y - 1)
    upper: Floats  # F(y)


def score(forecast: Forecast, actual: Ints, bend: Bend | None = None) -> Scored:
    """Judge `forecast` by `actual` (n,), as it is or recalibrated by `bend`.

    CRPS is the sum over k of (F(k) - 1{actual <= k})^2, in occasions.
    """
    most = forecast.pmf.shape[1] - 1
    y = np.minimum(actual, most)
    cdf = np.minimum(np.cumsum(forecast.pmf, axis=1), 1.0)
    cdf[:, -1] = 1.0
    if bend is not None:
        cdf = bend.apply(cdf)
    upper = cdf[forecast.group, y]
    lower = np.where(y > 0, cdf[forecast.group, np.maximum(y - 1, 0)], 0.0)
    # Sum over all k of F^2, then for k >= actual replace F^2 by (1 - F)^2 = F^2 - 2F + 1.
    square = np.sum(cdf * cdf, axis=1)
    above = np.cumsum(cdf[:, ::-1], axis=1)[:, ::-1]
    crps = square[forecast.group] - 2 * above[forecast.group, y] + (most + 1 - y)
    return Scored(np.log(np.maximum(upper - lower, FLOOR)), np.maximum(crps, 0.0), lower, upper)


def gain(candidate: Floats, incumbent: Floats) -> tuple[float, float]:
    """Mean gain in log score a customer and its standard error; both (n,) sums over the same customers' origins.

    One customer's origins belong together: their sum is the unit, so that a customer who is always surprising counts
    once.
    """
    difference = candidate - incumbent
    if difference.size < 2:
        return 0.0, float("inf")
    return float(difference.mean()), float(difference.std(ddof=1) / np.sqrt(difference.size))
