"""BG/BB: buys or not at each of a row of opportunities (a season, a yearly appeal), until leaving."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

import numpy as np
from numpy.typing import ArrayLike

from regulars.base.errors import BadInput
from regulars.stats.arrays import Cells, Floats, Ints, States, distinct_rows
from regulars.stats.bgbb_likelihood import likelihood, paths
from regulars.stats.btyd import LONGEST_DAYS, BuyTillYouDie
from regulars.stats.estimator import log_starts
from regulars.stats.occasions import Occasions, gathered
from regulars.stats.optimum import Optimum, by_differences
from regulars.stats.priors import ShareAbove, SumAbove, Term
from regulars.stats.special import betaln, gammaln, psi

_LONGEST_SUM = 100_000


class BetaGeoBetaBinomial(BuyTillYouDie):
    """Beta-geometric/beta-binomial model (Fader, Hardie, Shang 2010, Marketing Science 29:1086).

    Time counts opportunities: t_x is the number of the last one taken (0 when none), T the number there were, horizons
    are further ones; all whole, x <= t_x. A customer takes one with an own probability ~ Beta(alpha, beta), and leaves
    before each with an own probability ~ Beta(gamma, delta). `p_alive` is the probability to be there for the next
    opportunity, T + 1. With the prior, shares and sums of the parameters are pulled weakly to the middle.
    """

    names: ClassVar[tuple[str, ...]] = ("alpha", "beta", "gamma", "delta")
    bounds: ClassVar[tuple[tuple[float, float], ...]] = ((1e-4, 1e4),) * 4

    # -- fitting ------------------------------------------------------------------------------------------------

    def _fit_on(self, cells: Cells, starts: Sequence[Floats]) -> Optimum:
        _check(cells)
        return self._climb(by_differences(lambda logs: likelihood(cells, logs)), starts)

    def _starts(self, rate: float) -> Sequence[Floats]:  # noqa: ARG002 - both chances are free of the unit of time
        return log_starts((1.0, 1.0, 0.7, 2.5), (1.0, 2.0, 1.0, 8.0))

    def _prior_terms(self) -> Sequence[Term]:
        return (
            ShareAbove((1.0, -1.0, 0.0, 0.0), 0.0, 1.0, 1.0),
            SumAbove(0, 1, float(np.log(2.0)), 1.2),
            ShareAbove((0.0, 0.0, 1.0, -1.0), 0.0, 1.0, 2.0),
            SumAbove(2, 3, float(np.log(3.0)), 1.2),
        )

    # -- now ----------------------------------------------------------------------------------------------------

    def _p_alive(self, at: States) -> Floats:
        _check(at)
        alpha, beta, gamma, delta = self._values()
        (x, last, end), place = distinct_rows(at.x, at.t_x, at.T)
        there = betaln(alpha + x, beta + end - x) - betaln(alpha, beta)
        there = there + betaln(gamma, delta + end + 1) - betaln(gamma, delta)
        for ways in paths(States(x, last, end), np.array(self._values())):
            there[ways.rows] -= ways.log_total
        return np.asarray(np.exp(there)[place])

    def _late(self, q: float, at: States) -> Floats:
        _check(at)
        alpha, beta, _, _ = self._values()
        (x, last), place = distinct_rows(at.x, at.t_x)
        up, down = alpha + x, beta + last - x
        low, high = np.zeros(x.size), np.full(x.size, LONGEST_DAYS)
        for _ in range(60):
            middle = (low + high) / 2
            back = betaln(up, down + middle) - betaln(up, down) <= np.log1p(-q)
            low, high = np.where(back, low, middle), np.where(back, middle, high)
        return np.asarray(np.ceil(high - 1e-9)[place])

    # -- ahead: for one who is there at T + 1, both chances have beta posteriors, independent of each other -------

    def _shapes(self, at: States) -> tuple[Floats, Floats, float, Floats]:
        _check(at)
        alpha, beta, gamma, delta = self._values()
        return alpha + at.x, beta + at.T - at.x, gamma, delta + at.T + 1

    def _expected_alive(self, h: Floats, at: States) -> Floats:
        up, down, gamma, delta = self._shapes(at)
        h = _whole(h)
        if abs(gamma - 1.0) < 1e-6:
            met: Floats = delta * (psi(delta + h) - psi(delta))
        else:
            fall = gammaln(delta + h) - gammaln(delta) - gammaln(gamma + delta + h - 1) + gammaln(gamma + delta - 1)
            met = -(gamma + delta - 1) * np.expm1(fall) / (gamma - 1)
        return np.asarray(np.clip(met, 0.0, h) * up / (up + down))

    def _return_alive(self, h: Floats, at: States) -> Floats:
        return np.asarray(self._pmf_alive(h, at, 1)[:, 1])

    def _pmf_alive(self, h: Floats, at: States, most: int) -> Floats:
        (x, end, ahead), place = distinct_rows(at.x, at.T, _whole(h))
        up, down, gamma, delta = self._shapes(States(x, np.where(x > 0, end, 0.0), end))
        out = np.zeros((x.size, most + 1))
        out[:, 0] = ahead == 0
        stay = np.ones(x.size)  # P(the met-th opportunity is met)
        for met in range(1, int(ahead.max(initial=0.0)) + 1):
            leaves = gamma / (gamma + delta + met - 1)
            share: Floats = np.where(met < ahead, stay * leaves, np.where(met == ahead, stay, 0.0))
            taken = _beta_binomial(met, up, down, min(met, most))
            out[:, : taken.shape[1]] += share[:, None] * taken
            if met > most:  # what the columns up to `most` leave over is in the last one
                out[:, most] += share * np.maximum(1.0 - taken.sum(axis=1), 0.0)
            stay = np.asarray(stay * (1.0 - leaves), np.float64)
        return np.asarray(out[place])

    def _next_quantile_alive(self, target: Floats, at: States, longest: float) -> Floats:
        up, down, gamma, delta = self._shapes(at)
        out = np.full(at.size, np.inf)
        waits, stay, back = np.ones(at.size), np.ones(at.size), np.zeros(at.size)
        for met in range(1, int(min(longest, _LONGEST_SUM)) + 1):
            chance = up / (up + down + met - 1)
            back = back + waits * stay * chance
            reached = (back >= target - 1e-12) & np.isinf(out)
            out[reached] = met
            waits = waits * (1.0 - chance)
            stay = stay * (delta + met - 1) / (gamma + delta + met - 1)
            if not (np.isinf(out) & (waits * stay > 1e-12)).any():
                break
        return out

    def discounted_residual(
        self, rate_per_day: float, x: ArrayLike, t_x: ArrayLike, T: ArrayLike, *, if_alive: bool = False
    ) -> Floats:
        """Expected occasions at all further opportunities, the m-th from now counting exp(-rate m) (DERT)."""
        if not (np.isfinite(rate_per_day) and rate_per_day > 0):
            raise BadInput("The discount rate must be a positive number.")
        p_alive = self.p_alive(x, t_x, T)
        one = self.expected(1, x, t_x, T, if_alive=True)
        _, _, gamma, _ = self._values()
        delta = np.asarray(self._values()[3] + np.asarray(T, np.float64) + 1)
        total, stay = np.zeros(np.shape(one)), np.ones(delta.shape)
        for met in range(1, _LONGEST_SUM):
            worth = np.exp(-rate_per_day * met)
            total = total + stay * worth
            stay = stay * (delta + met - 1) / (gamma + delta + met - 1)
            if worth / -np.expm1(-rate_per_day) < 1e-13 * (1 + met):
                break
        return np.asarray(total * one * (1.0 if if_alive else p_alive))[()]

    # -- by chance ----------------------------------------------------------------------------------------------

    def _simulate(self, T: Floats, rng: np.random.Generator) -> Occasions:
        alpha, beta, gamma, delta = self._values()
        take = rng.beta(alpha, beta, T.size)
        stays = rng.geometric(np.maximum(rng.beta(gamma, delta, T.size), 1e-15)) - 1
        last = np.minimum(stays, _whole(T))
        who: list[Ints] = []
        when: list[Floats] = []
        for step in range(1, int(last.max(initial=0)) + 1):
            customer = np.flatnonzero((last >= step) & (rng.random(T.size) < take))
            who.append(customer)
            when.append(np.full(customer.size, float(step)))
        return gathered(who, when, T)

    def _draw_ahead(self, h: Floats, at: States, rng: np.random.Generator) -> Ints:
        up, down, gamma, delta = self._shapes(at)
        meets = np.minimum(rng.geometric(np.maximum(rng.beta(gamma, delta), 1e-15)), _whole(h)).astype(np.int64)
        return np.asarray(rng.binomial(meets, rng.beta(up, down)))


def _beta_binomial(n: int, up: Floats, down: Floats, most: int) -> Floats:
    """P(0), ..., P(most) of a beta-binomial with n trials, (rows, most + 1)."""
    y = np.arange(most + 1)
    logs = gammaln(n + 1) - gammaln(y + 1) - gammaln(n - y + 1)
    logs = logs + betaln(up[:, None] + y, down[:, None] + n - y) - betaln(up, down)[:, None]
    return np.asarray(np.exp(logs))


def _whole(numbers: Floats) -> Floats:
    """Numbers of opportunities, which must be whole."""
    rounded = np.rint(numbers)
    if not np.array_equal(rounded, numbers):
        raise BadInput("BG/BB counts opportunities: t_x, T and horizons must be whole numbers.")
    return rounded


def _check(at: States) -> None:
    _whole(at.t_x)
    _whole(at.T)
    if (at.x > at.t_x).any():
        raise BadInput("x exceeds t_x for some customers: at most one occasion fits one opportunity.")
