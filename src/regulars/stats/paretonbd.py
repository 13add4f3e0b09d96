"""Pareto/NBD: buys at an own steady rate and leaves at an own steady rate, at any moment."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

import numpy as np

from regulars.stats.arrays import Cells, Floats, Ints, States, chunks, distinct, distinct_rows
from regulars.stats.btyd import DROP_OUT_FLOOR, LONGEST_DAYS, BuyTillYouDie
from regulars.stats.estimator import log_starts
from regulars.stats.occasions import Occasions, gathered
from regulars.stats.optimum import Optimum
from regulars.stats.pareto_integral import log_tail
from regulars.stats.paretonbd_likelihood import likelihood, paired
from regulars.stats.priors import Normal, ShareAbove, Term
from regulars.stats.quadrature import unit_interval
from regulars.stats.tables import evaluate


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

        def curve(xs: Ints, logs: Floats) -> Floats:
            moment = np.exp(logs)
            n = np.broadcast_to((r + xs)[:, None], logs.shape)
            A, B = moment + (alpha - start), moment + (beta - start)
            return np.exp(log_tail(n.ravel(), s + 1, A.ravel(), B.ravel()).reshape(logs.shape))

        return np.log(evaluate(curve, found, codes, np.log(start + t)))

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
        return self._next_within(h, at)[0]

    def _next_within(self, h: Floats, at: States) -> tuple[Floats, Floats]:
        """P(an occasion within h days | there at T), and its density at h.

        The next occasion at its Lomax quantile v, if the customer is still there then; the integrand is smooth in v.
        """
        r, alpha, s, beta = self._values()
        out, density = np.empty(h.size), np.empty(h.size)
        points, share = unit_interval(20)
        for part in chunks(h.size, 1 << 13):
            A, B, n = alpha + at.T[part], beta + at.T[part], r + at.x[part]
            end = np.log1p(h[part] / A)
            reach = -np.expm1(-n * end)
            gap = A * np.expm1(-np.log1p(-reach * points[:, None]) / n)
            out[part] = reach * (share @ np.exp(-s * np.log1p(gap / B)))
            density[part] = n / A * np.exp(-(n + 1) * end - s * np.log1p(h[part] / B))
        return out, density

    def _next_quantile_alive(self, target: Floats, at: States) -> Floats:
        r, alpha, _, _ = self._values()
        low = (alpha + at.T) * np.expm1(np.minimum(-np.log1p(-target) / (r + at.x), 60.0))  # if they never left
        high = np.full(low.size, LONGEST_DAYS)
        low = np.minimum(low, high)
        never = self._next_within(high, at)[0] < target
        out = low.copy()
        for _ in range(80):
            reached, density = self._next_within(out, at)
            low = np.where(reached < target, np.maximum(low, out), low)
            high = np.where(reached >= target, np.minimum(high, out), high)
            step = (target - reached) / np.maximum(density, 1e-300)
            tried = out + step
            tried = np.where((tried > low) & (tried < high), tried, np.sqrt(np.maximum(low, 1e-6) * high))
            moved = np.abs(tried - out) > 1e-9 * (1.0 + out)
            out = tried
            if not (moved & ~never).any():
                break
        return np.where(never, np.inf, out)

    def _pmf_alive(self, h: Floats, at: States, most: int) -> Floats:
        (xs, end, ahead), place = distinct_rows(at.x, at.T, h)
        kinds = np.empty((xs.size, most + 1))
        for part in chunks(xs.size, 1024):
            kinds[part] = self._pmf(xs[part], end[part], ahead[part], most)
        return kinds[place]

    def _pmf(self, x: Floats, T: Floats, h: Floats, most: int) -> Floats:
        """Counts of a negative binomial up to the moment of leaving (Lomax) or h, whichever comes first."""
        r, alpha, s, beta = self._values()
        A, B, n = alpha + T, beta + T, r + x
        stays = np.exp(-s * np.log1p(h / B))
        points, share = unit_interval(16 + 5 * int(np.ceil(np.sqrt(most))))
        survives = stays + (1 - stays) * points[:, None]  # (nodes, rows)
        leaves = np.minimum(B * np.expm1(-np.log(survives) / s), h)
        times = np.concatenate([leaves, h[None, :]])
        weight = np.concatenate([share[:, None] * (1 - stays), stays[None, :]])
        ratio = times / (A + times)
        term_log = -n * np.log1p(times / A)
        with np.errstate(divide="ignore"):
            log_ratio = np.log(ratio)
        out = np.empty((x.size, most + 1))
        left = np.ones(x.size)
        for y in range(most):
            out[:, y] = (weight * np.exp(term_log)).sum(axis=0)
            left -= out[:, y]
            term_log = term_log + log_ratio + np.log((n + y) / (y + 1))
        out[:, most] = np.maximum(left, 0.0)
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
