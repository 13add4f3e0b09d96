"""The beta-geometric family: after an occasion a customer leaves with an own probability, or comes back after a gap.

A gap has k exponential phases of the customer's rate lambda ~ Gamma(r, alpha); the chance to leave is p ~ Beta(a, b).
Members: BG/NBD (k = 1, nobody leaves at the first occasion), MBG/NBD (k = 1, at the first too), MBG/CNBD-k.
Given that a customer is there at T and j phases into the gap, lambda ~ Gamma(n + j, alpha + T) and p ~ Beta(a, b + c)
are independent, so nearly everything has a closed form.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import ClassVar

import numpy as np

from regulars.stats.arrays import Cells, Floats, Ints, States, chunks, distinct, distinct_rows
from regulars.stats.betageometric_likelihood import likelihood, log_gap_survival, phase_weights
from regulars.stats.btyd import DROP_OUT_FLOOR, BuyTillYouDie, discounted
from regulars.stats.estimator import log_starts
from regulars.stats.negative_binomial import at_least
from regulars.stats.occasions import Occasions, renewals
from regulars.stats.optimum import Optimum
from regulars.stats.phases import expected_thinned
from regulars.stats.priors import Normal, ShareAbove, SumAbove, Term
from regulars.stats.special import betaincinv
from regulars.stats.tables import evaluate

LEAST_SUM = 0.25
"""With the prior a + b stays above this, so that the floor on drop-out binds loyal customers too."""


class BetaGeometric(BuyTillYouDie):
    """Common mathematics of the family; use one of its members."""

    bounds: ClassVar[tuple[tuple[float, float], ...]] = ((1e-3, 1e4), (1e-4, 1e8), (1e-5, 1e4), (1e-4, 1e5))
    first: ClassVar[int] = 1
    """1 where a customer may leave right after the first occasion, else 0."""
    floor: ClassVar[float] = DROP_OUT_FLOOR
    k = 1

    # -- fitting ------------------------------------------------------------------------------------------------

    def _fit_on(self, cells: Cells, starts: Sequence[Floats]) -> Optimum:
        return self._climb(lambda logs: likelihood(cells, logs, self.k, self.first), starts)

    def _starts(self, rate: float) -> list[Floats]:
        rate *= self.k
        low, high = self._box()
        points = log_starts((0.5, 0.25 / rate, 0.8, 2.0), (2.0, 1.5 / rate, 0.3, 6.0))
        return [np.clip(point, low, high) for point in points]

    def _prior_terms(self) -> Sequence[Term]:
        return (
            Normal((1.0, 0.0, 0.0, 0.0), 0.0, 1.5),
            Normal((1.0, -1.0, 0.0, 0.0), float(np.log(self.k / 60.0)), 2.5),
            ShareAbove((0.0, 0.0, 1.0, -1.0), self.floor),
            SumAbove(2, 3, float(np.log(3.0)), 1.2, LEAST_SUM),
        )

    def _allowed(self, logs: Floats) -> Floats:
        if not self.prior:
            return logs
        allowed = logs.copy()
        short = np.log(LEAST_SUM) - np.logaddexp(allowed[2], allowed[3])
        allowed[2:] += max(float(short), 0.0)
        least = allowed[3] + np.log(self.floor / (1 - self.floor)) if self.floor else -np.inf
        allowed[2] = max(allowed[2], float(least))
        return allowed

    # -- now ----------------------------------------------------------------------------------------------------

    def _p_alive(self, at: States) -> Floats:
        r, alpha, a, b = self._values()
        out = np.empty(at.size)
        for part in chunks(at.size):
            here = at[part]
            n = r + self.k * here.x
            rise = np.log((alpha + here.T) / (alpha + here.t_x))
            can_leave = (here.x > 0) | (self.first == 1)
            survived = np.where(can_leave, b + here.x + (self.first - 1), 1.0)
            odds = np.log(a / survived) - log_gap_survival(n, rise, self.k)
            out[part] = np.where(can_leave, 1.0 / (1.0 + np.exp(np.minimum(odds, 700.0))), 1.0)
        return out

    def _late(self, q: float, at: States) -> Floats:
        r, alpha, _, _ = self._values()
        found, codes = distinct(at.x)
        n = r + self.k * found
        if self.k == 1:
            stretch = np.expm1(np.minimum(-np.log1p(-q) / n, 60.0))
        else:
            still = betaincinv(n, float(self.k), 1.0 - q)
            stretch = (1.0 - still) / np.maximum(still, 1e-26)
        return np.asarray((alpha + at.t_x) * stretch[codes])

    # -- ahead --------------------------------------------------------------------------------------------------

    def _expected_alive(self, h: Floats, at: States) -> Floats:
        weight = self._phases(at)
        out = np.zeros(at.size)
        for j in range(self.k):
            out += weight[j] * self._expected_in_phase(h, at, j)
        return out

    def _expected_in_phase(self, h: Floats, at: States, j: int) -> Floats:
        """Expected occasions within h of customers who are there and j phases into the gap; T matters, t_x doesn't."""
        r, alpha, a, b = self._values()
        found, codes = distinct(at.x)

        def curve(x: Ints, logs: Floats) -> Floats:
            return expected_thinned(r + self.k * x + j, a, b + self.first + x, np.exp(logs), self.k, j)

        ahead = np.log(np.maximum(h / (alpha + at.T), 1e-12))
        return np.where(h > 0, evaluate(curve, found, codes, ahead), 0.0)

    def _phases(self, at: States) -> Floats:
        """Posterior (k, n) of the phase of the gap, given that the customer is there."""
        r, alpha, _, _ = self._values()
        if self.k == 1:
            return np.ones((1, 1))
        return phase_weights(r + self.k * at.x, (at.T - at.t_x) / (alpha + at.T), self.k)

    def _residual_alive(self, rate: float, at: States) -> Floats:
        if self.k == 1:
            return super()._residual_alive(rate, at)
        (x, end), place = distinct_rows(at.x, at.T)
        kinds = States(x, np.where(x > 0, end, 0.0), end)
        weight = self._phases(at)
        out = np.zeros(at.size)
        for j in range(self.k):
            out += weight[j] * discounted(partial(self._expected_in_phase, j=j), rate, kinds)[place]
        return out

    def _return_alive(self, h: Floats, at: States) -> Floats:
        r, alpha, _, _ = self._values()
        out = np.empty(at.size)
        for part in chunks(at.size):
            here = at[part]
            n = r + self.k * here.x
            if self.k == 1:
                out[part] = -np.expm1(-n * np.log1p(h[part] / (alpha + here.T)))
                continue
            start, end = alpha + here.t_x, alpha + here.T
            now = log_gap_survival(n, np.log(end / start), self.k)
            then = log_gap_survival(n, np.log((end + h[part]) / start), self.k)
            out[part] = -np.expm1(np.minimum(then - now, 0.0))
        return out

    def _next_quantile_alive(self, target: Floats, at: States, longest: float) -> Floats:  # noqa: ARG002 - no search
        r, alpha, _, _ = self._values()
        n = r + self.k * at.x
        if self.k == 1:
            return np.asarray((alpha + at.T) * np.expm1(np.minimum(-np.log1p(-target) / n, 700.0)))
        now = np.log((alpha + at.T) / (alpha + at.t_x))
        aim = log_gap_survival(n, now, self.k) + np.log1p(-target)
        y = _gap_quantile(n, aim, np.maximum(now, np.log1p(self.k / n)), self.k)
        return np.maximum((alpha + at.t_x) * np.exp(np.minimum(y, 700.0)) - (alpha + at.T), 0.0)

    def _pmf_alive(self, h: Floats, at: States, most: int) -> Floats:
        r, alpha, a, b = self._values()
        (xs, end, ahead), place = distinct_rows(at.x, at.T, h)
        weight = self._phases(at)
        stay = _thinning(a, b + self.first + xs, most)
        out = np.zeros((at.size, most + 1))
        for j in range(self.k):
            reach = at_least(r + self.k * xs + j, ahead / (alpha + end), most, each=self.k, done=j)
            reach[:, 1:] *= stay
            pmf = -np.diff(reach, axis=1, append=0.0)
            out += weight[j][:, None] * pmf[place]
        return out

    # -- by chance ----------------------------------------------------------------------------------------------

    def _simulate(self, T: Floats, rng: np.random.Generator) -> Occasions:
        r, alpha, a, b = self._values()
        rate = rng.gamma(r, 1.0, T.size) / alpha
        leave = rng.beta(a, b, T.size)

        def gap(customers: Ints) -> Floats:
            with np.errstate(divide="ignore", over="ignore"):
                return np.asarray(rng.standard_gamma(self.k, customers.size) / rate[customers])

        return renewals(T, gap, leave, rng, may_leave_at_first=self.first == 1)

    def _draw_ahead(self, h: Floats, at: States, rng: np.random.Generator) -> Ints:
        r, alpha, a, b = self._values()
        n = r + self.k * at.x
        phase = np.zeros(at.size, np.int64)
        if self.k > 1:
            below = np.cumsum(self._phases(at), axis=0)
            phase = (rng.random(at.size) > below[:-1]).sum(axis=0)
        rate = rng.standard_gamma(n + phase) / (alpha + at.T)
        occasions = (phase + rng.poisson(np.minimum(rate * h, 1e15))) // self.k
        leave = np.maximum(rng.beta(a, b + self.first + at.x), 1e-15)
        return np.asarray(np.minimum(occasions, rng.geometric(leave)))


def _thinning(a: float, survived: Floats, most: int) -> Floats:
    """E[(1 - p)^(y - 1)] for y = 1..most, p ~ Beta(a, survived): the chance to be there still for the y-th."""
    y = np.arange(most)
    steps = (survived[:, None] + y) / (a + survived[:, None] + y)
    stay = np.ones_like(steps)
    np.cumprod(steps[:, :-1], axis=1, out=stay[:, 1:])
    return stay


def _gap_quantile(n: Floats, aim: Floats, y: Floats, k: int) -> Floats:
    """Solve log_gap_survival(n, y, k) = aim.

    The survival is log-concave in y (a sum of k exponentials with rates n, n + 1, ...), so that Newton's steps come
    down on the root from the right, from wherever they start.
    """
    for _ in range(60):
        v = -np.expm1(-y)
        total, term, slope = np.ones_like(v), np.ones_like(v), np.zeros_like(v)
        for j in range(1, k):
            slope = slope + term * (n + j - 1)
            term = term * v * (n + j - 1) / j
            total = total + term
        level = np.log(total) - n * y
        hazard = n - slope * np.exp(-y) / total
        step = (level - aim) / np.maximum(hazard, 1e-12)
        y = np.maximum(y + step, 0.0)
        if np.max(np.abs(step), initial=0.0) < 1e-11:
            break
    return np.asarray(np.minimum(y, 700.0))
