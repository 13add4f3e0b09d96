"""Pareto/NBD: buys at an own steady rate and leaves at an own steady rate, at any moment."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

import numpy as np

from regulars.stats.arrays import Cells, Floats, Ints, States, chunks, distinct, distinct_rows
from regulars.stats.btyd import DROP_OUT_FLOOR, BuyTillYouDie
from regulars.stats.estimator import log_starts
from regulars.stats.occasions import Occasions, gathered
from regulars.stats.optimum import Optimum
from regulars.stats.pareto_integral import tail_curve
from regulars.stats.paretonbd_likelihood import likelihood, paired
from regulars.stats.priors import Normal, ShareAbove, Term
from regulars.stats.quadrature import unit_interval
from regulars.stats.tables import Table, evaluate


class ParetoNBD(BuyTillYouDie):
    """Pareto/NBD model of repeat buying (Schmittlein, Morrison, Colombo 1987, Management Science 33:1).

    Rates of buying are Gamma(r, alpha), rates of leaving Gamma(s, beta); given that a customer is there at T the two
    are independent, Gamma(r + x, alpha + T) and Gamma(s, beta + T). With the prior, the chance to leave before the
    next occasion at the mean rates, (s / beta) / (s / beta + r / alpha), stays above 0.5%.
    """

    names: ClassVar[tuple[str, ...]] = ("r", "alpha", "s", "beta")
    bounds: ClassVar[tuple[tuple[float, float], ...]] = ((1e-3, 1e4), (1e-4, 1e8), (1e-3, 1e4), (1e-3, 1e9))

    # -- fitting ------------------------------------------------------------------------------------------------

    def _fit_on(self, cells: Cells, starts: Sequence[Floats]) -> Optimum:
        pairs = paired(cells)
        return self._climb(lambda logs: likelihood(pairs, logs), starts)

    def _starts(self, rate: float) -> list[Floats]:
        low, high = self._box()
        points = log_starts((0.5, 0.25 / rate, 0.6, 0.6 / rate), (2.0, 1.5 / rate, 1.0, 10.0 / rate))
        return [np.clip(point, low, high) for point in points]

    def _prior_terms(self) -> Sequence[Term]:
        return (
            Normal((1.0, 0.0, 0.0, 0.0), 0.0, 1.5),
            Normal((1.0, -1.0, 0.0, 0.0), float(np.log(1.0 / 60.0)), 2.5),
            Normal((0.0, 0.0, 1.0, 0.0), 0.0, 1.2),
            ShareAbove((-1.0, 1.0, 1.0, -1.0), DROP_OUT_FLOOR),
        )

    def _allowed(self, logs: Floats) -> Floats:
        if not self.prior:
            return logs
        allowed = logs.copy()
        most = logs[1] + logs[2] - logs[0] - np.log(DROP_OUT_FLOOR / (1 - DROP_OUT_FLOOR))
        allowed[3] = min(allowed[3], float(most))
        return allowed

    # -- now ----------------------------------------------------------------------------------------------------

    def _p_alive(self, at: States) -> Floats:
        r, alpha, s, beta = self._values()
        A, B = alpha + at.T, beta + at.T
        n = r + at.x
        end = np.log(s / B) + self._log_tail(at.x, at.T)
        last = np.log(s / (beta + at.t_x)) + self._log_tail(at.x, at.t_x)
        last += n * np.log(A / (alpha + at.t_x)) + s * np.log(B / (beta + at.t_x))
        with np.errstate(divide="ignore"):
            odds = last + np.log(-np.expm1(np.minimum(end - last, 0.0)))
        odds = np.where(at.t_x < at.T, odds, -np.inf)
        return np.asarray(1.0 / (1.0 + np.exp(np.minimum(odds, 700.0))))

    def _log_tail(self, x: Ints, t: Floats) -> Floats:
        """log of the integral of (1 + u/A)^-(r + x) (1 + u/B)^-(s + 1) over u, A = alpha + t, B = beta + t."""
        r, alpha, s, beta = self._values()
        found, codes = distinct(x)
        start = min(alpha, beta)
        return np.log(evaluate(tail_curve(r, alpha, s + 1, beta), found, codes, np.log(start + t)))

    def _late(self, q: float, at: States) -> Floats:
        r, alpha, _, _ = self._values()
        return np.asarray((alpha + at.t_x) * np.expm1(np.minimum(-np.log1p(-q) / (r + at.x), 60.0)))

    # -- ahead --------------------------------------------------------------------------------------------------

    def _expected_alive(self, h: Floats, at: States) -> Floats:
        r, alpha, s, beta = self._values()
        span = np.log1p(h / (beta + at.T))
        years = span if abs(s - 1.0) < 1e-9 else -np.expm1(-(s - 1.0) * span) / (s - 1.0)
        return np.asarray((r + at.x) / (alpha + at.T) * (beta + at.T) * years)

    def _return_alive(self, h: Floats, at: States) -> Floats:
        return _NextOccasion(self._values(), at, float(h.max(initial=0.0))).within(h)

    def _next_quantile_alive(self, target: Floats, at: States, longest: float) -> Floats:
        r, alpha, _, _ = self._values()
        low = (alpha + at.T) * np.expm1(np.minimum(-np.log1p(-target) / (r + at.x), 60.0))  # if they never left
        high = np.full(low.size, longest)
        low = np.minimum(low, high)
        coming = _NextOccasion(self._values(), at, longest)
        never = coming.within(high) < target
        out = low.copy()
        for _ in range(80):
            reached = coming.within(out)
            low = np.where(reached < target, np.maximum(low, out), low)
            high = np.where(reached >= target, np.minimum(high, out), high)
            tried = out + (target - reached) / np.maximum(coming.density(out), 1e-300)
            tried = np.where((tried > low) & (tried < high), tried, np.sqrt(np.maximum(low, 1e-6) * high))
            moved = np.abs(tried - out) > 1e-9 * (1.0 + out)
            out = tried
            if not (moved & ~never).any():
                break
        return np.where(never, np.inf, out)

    def _pmf_alive(self, h: Floats, at: States, most: int) -> Floats:
        _, alpha, _, beta = self._values()
        (xs, end, ahead), place = distinct_rows(at.x, at.T, h)
        kinds = np.empty((xs.size, most + 1))
        panels = np.ceil(np.log1p(ahead / (min(alpha, beta) + end)) / 2.0).astype(np.int64)
        for number in np.unique(panels):
            rows = np.flatnonzero(panels == number)
            for part in chunks(rows.size, max(8, 1024 // max(int(number), 1))):
                some = rows[part]
                kinds[some] = self._pmf(xs[some], end[some], ahead[some], most, max(int(number), 1))
        return kinds[place]

    def _pmf(self, x: Ints, T: Floats, h: Floats, most: int, panels: int) -> Floats:
        """Negative binomial counts up to the moment of leaving, or to h for those who don't leave before.

        The moment is integrated over in panels that are even in log(min(alpha, beta) + T + moment), and only as far
        as anybody is left and fewer than `most` occasions are possible.
        """
        r, alpha, s, beta = self._values()
        A, B, n = alpha + T, beta + T, r + x
        least = np.minimum(A, B)
        enough = np.minimum((most + 8.0 * np.sqrt(most) + 40.0) / n, 600.0)
        gone = B * np.expm1(min(40.0 / s, 600.0))
        reach = np.log1p(np.minimum(np.minimum(h, gone), A * np.expm1(enough)) / least)
        points, share = unit_interval(16 + 5 * int(np.ceil(np.sqrt(most))))
        at = ((np.arange(panels)[:, None] + points) / panels).reshape(-1, 1)
        leaves = least * np.expm1(at * reach)  # (nodes, rows)
        density = s / B * np.exp(-(s + 1) * np.log1p(leaves / B)) * (least + leaves) * reach
        times = np.concatenate([leaves, h[None, :]])
        stays = np.exp(-s * np.log1p(h / B))
        weight = np.concatenate([np.tile(share / panels, panels)[:, None] * density, stays[None, :]])
        with np.errstate(divide="ignore"):
            log_ratio = np.log(times / (A + times))
        log_term = -n * np.log1p(times / A)
        out = np.empty((x.size, most + 1))
        for y in range(most):
            out[:, y] = np.einsum("qr,qr->r", weight, np.exp(log_term))
            log_term = log_term + log_ratio + np.log((n + y) / (y + 1))
        out[:, most] = np.maximum(1.0 - out[:, :most].sum(axis=1), 0.0)
        return out

    # -- by chance ----------------------------------------------------------------------------------------------

    def _simulate(self, T: Floats, rng: np.random.Generator) -> Occasions:
        r, alpha, s, beta = self._values()
        with np.errstate(divide="ignore", over="ignore"):
            stays = np.minimum(rng.exponential(1.0, T.size) / (rng.gamma(s, 1.0, T.size) / beta), T)
        number = rng.poisson(rng.gamma(r, 1.0, T.size) / alpha * stays)
        customer = np.repeat(np.arange(T.size), number)
        return gathered([customer], [rng.random(customer.size) * stays[customer]], T)

    def _draw_ahead(self, h: Floats, at: States, rng: np.random.Generator) -> Ints:
        r, alpha, s, beta = self._values()
        with np.errstate(divide="ignore", over="ignore"):
            leaves = rng.exponential(1.0, at.size) / (rng.gamma(s, 1.0, at.size) / (beta + at.T))
        rate = rng.standard_gamma(r + at.x) / (alpha + at.T)
        return np.asarray(rng.poisson(np.minimum(rate * np.minimum(leaves, h), 1e15)))


class _NextOccasion:
    """When customers who are there at T come next, if they don't leave before.

    P(within h) = n A^n B^s times the integral of (A + u)^-(n + 1) (B + u)^-s from 0 to h: the tail
    at T less the tail at T + h.
    """

    def __init__(self, parameters: tuple[float, ...], at: States, longest: float) -> None:
        r, self.alpha, self.s, self.beta = parameters
        self.at, self.n = at, r + at.x
        self.A, self.B = self.alpha + at.T, self.beta + at.T
        found, self.codes = distinct(at.x)
        self.start = min(self.alpha, self.beta)
        low = float(np.log(self.start + at.T.min(initial=np.inf if at.size else 0.0)))
        high = float(np.log(self.start + at.T.max(initial=0.0) + longest))
        self.tail = Table(tail_curve(r + 1, self.alpha, self.s, self.beta), found, low, high)
        self.now = self.tail(self.codes, np.log(self.start + at.T))

    def within(self, h: Floats) -> Floats:
        """P(next occasion within h days)."""
        then = self.tail(self.codes, np.log(self.start + self.at.T + h))
        fall = np.exp(-(self.n + 1) * np.log1p(h / self.A) - self.s * np.log1p(h / self.B))
        return np.clip(self.n / self.A * (self.now - fall * then), 0.0, 1.0)

    def density(self, h: Floats) -> Floats:
        """Density of the next occasion at h."""
        return np.asarray(
            self.n / self.A * np.exp(-(self.n + 1) * np.log1p(h / self.A) - self.s * np.log1p(h / self.B))
        )
