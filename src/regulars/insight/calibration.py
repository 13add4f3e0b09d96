"""Are the stated ranges right? If not on earlier origins, bend them until they are.

A count's predictive distribution F is judged by its probability integral transform. Counts are whole numbers, so
the transform is spread evenly over [F(y-1), F(y)] (the *randomised* PIT); nothing is drawn here, the average over
that spread is taken exactly, which is the same on every machine. Where the transforms of earlier origins aren't
uniform, F becomes G(F) with G a Beta distribution like theirs (Ranjan and Gneiting 2010, JRSS B 72:71): still a
distribution, with its quantiles moved and the model's own mean kept for the counts.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

import msgspec
import numpy as np
from numpy.typing import NDArray

from regulars.insight.figures import Bin

Floats = NDArray[np.float64]

NEAR_ENOUGH = 0.03
"""Coverage of the 80% range on earlier origins that is off by no more than this is left as it is."""
PSEUDO_CUSTOMERS = 50.0
"""Weight of the belief that the ranges are right already, in customers."""
_BOUNDS = (0.2, 5.0)
_TABLE = np.sin(np.linspace(0.0, np.pi / 2, 4097)) ** 2
"""Levels, dense towards 0 and 1, where bends are steep."""


class Bend(msgspec.Struct, frozen=True):
    """How predictive distributions are bent: level u becomes BetaCDF(u; a, b). (1, 1) leaves them alone."""

    a: float = 1.0
    b: float = 1.0

    @property
    def changes(self) -> bool:
        return self.a != 1.0 or self.b != 1.0

    def apply(self, cdf: Floats) -> Floats:
        """G(F) for an array of any shape, read from a table (error under 1e-4)."""
        if not self.changes:
            return cdf
        from regulars.stats import special

        return np.interp(cdf, _TABLE, special.betainc(self.a, self.b, _TABLE))

    def level(self, q: float) -> float:
        """The level at which the model's own quantile is the recalibrated q-quantile."""
        if not self.changes:
            return q
        from regulars.stats import special

        return float(special.betaincinv(self.a, self.b, q))


def fit_bend(lower: Floats, upper: Floats, weight: Floats | None = None) -> Bend:
    """The bend under which the 80% range would have held 80%.

    `lower`, `upper`: (n,) F(y-1) and F(y) of customers at earlier origins, `weight` (n,) how much each counts. The
    Beta distribution has the transforms' mean; its concentration is the one with the right coverage. Shrunk towards
    no bend at all, and none where coverage is within `NEAR_ENOUGH` of 0.8, or without customers.
    """
    if lower.size == 0 or abs(coverage(lower, upper, weight=weight) - 0.8) <= NEAR_ENOUGH:
        return Bend()
    mean = float(np.clip(np.average((lower + upper) / 2, weights=weight), 0.1, 0.9))

    def excess(log_total: float) -> float:
        bend = Bend(mean * float(np.exp(log_total)), (1 - mean) * float(np.exp(log_total)))
        return coverage(bend.apply(lower), bend.apply(upper), weight=weight) - 0.8

    low, high = (float(np.log(2 * bound)) for bound in _BOUNDS)
    signs = excess(low), excess(high)
    if signs[0] * signs[1] < 0:
        log_total = _crossing(excess, low, high, signs[0])
    else:
        log_total = low if abs(signs[0]) < abs(signs[1]) else high
    customers = float(lower.size if weight is None else weight.sum())
    trust = customers / (customers + PSEUDO_CUSTOMERS)
    a, b = np.exp(trust * np.log([mean * np.exp(log_total), (1 - mean) * np.exp(log_total)]))
    return Bend(float(a), float(b))


def _crossing(
    function: Callable[[float], float], low: float, high: float, at_low: float, within: float = 1e-3
) -> float:
    """Where `function`, which has different signs at `low` and `high`, crosses 0; by halving, to within `within`."""
    while high - low > 2 * within:
        middle = (low + high) / 2
        at_middle = function(middle)
        if at_low * at_middle > 0:
            low = middle
        else:
            high = middle
    return (low + high) / 2


def coverage(lower: Floats, upper: Floats, level: float = 0.8, weight: Floats | None = None) -> float:
    """Expected share of randomised transforms within the central `level`, e.g. (0.1, 0.9); nan without customers."""
    if lower.size == 0:
        return float("nan")
    edge = (1 - level) / 2
    inside = np.minimum(upper, 1 - edge) - np.maximum(lower, edge)
    return float(np.average(np.clip(inside, 0.0, None) / np.maximum(upper - lower, 1e-300), weights=weight))


def bins(
    predicted: Floats, actual: Floats, count: int = 10, weight: Floats | None = None, least: float = 1.0
) -> list[Bin]:
    """Customers in `count` groups of equal size by what was predicted, with the mean of both in each.

    Equal predictions stay in one group, so there are fewer groups where many customers are alike; a group with less
    than `least` customers joins its neighbour below.
    """
    if predicted.size == 0:
        return []
    weight = np.ones_like(predicted) if weight is None else weight
    order = np.argsort(predicted, kind="stable")
    p, a, w = predicted[order], actual[order], weight[order]
    starts = np.flatnonzero(np.r_[True, np.diff(p) > 1e-12])
    customers = np.add.reduceat(w, starts)
    middle = np.cumsum(customers) - customers / 2
    group = np.minimum((middle / customers.sum() * count).astype(np.int64), count - 1)
    found: list[list[float]] = []
    sums = [customers, np.add.reduceat(w * p, starts), np.add.reduceat(w * a, starts)]
    for key in np.unique(group):
        chosen = group == key
        low, high = p[starts[chosen][0]], p[starts[chosen][-1]]
        row = [float(low), float(high), *(float(part[chosen].sum()) for part in sums)]
        if found and row[2] < least:
            found[-1] = [found[-1][0], high, *(x + y for x, y in zip(found[-1][2:], row[2:], strict=True))]
        else:
            found.append(row)
    return [Bin(lo, hi, round(n), float(np.clip(sp / n, lo, hi)), sa / n) for lo, hi, n, sp, sa in found]


def firm_error(predicted: Iterable[float], actual: Iterable[float]) -> float:
    """Standard deviation of log(actual / predicted) of the whole firm's sum, beyond what chance explains.

    Seasons, campaigns and the economy move all customers together; no model of single customers knows of it. Taken
    from earlier origins, with a prior of 10% that counts as one origin; at most 1 (a factor of 2.7 either way).
    """
    total, weight = PRIOR_FIRM_ERROR**2, 1.0
    for expected, happened in zip(predicted, actual, strict=True):
        if expected <= 0:
            continue
        miss = float(np.log((happened + 0.5) / (expected + 0.5)))
        total += max(miss**2 - 1.0 / (expected + 0.5), 0.0)
        weight += 1.0
    return float(min(np.sqrt(total / weight), 1.0))


PRIOR_FIRM_ERROR = 0.1
