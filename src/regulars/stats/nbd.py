"""NBD: buys at an own steady rate for ever. A yardstick: whoever drops out proves it wrong."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

import numpy as np

from regulars.stats.arrays import Cells, Floats, Ints, States, chunks, distinct, distinct_rows
from regulars.stats.btyd import BuyTillYouDie
from regulars.stats.estimator import log_starts
from regulars.stats.negative_binomial import at_least
from regulars.stats.occasions import Occasions, gathered
from regulars.stats.optimum import Optimum, Surface, on_log_scale
from regulars.stats.priors import Normal, Term
from regulars.stats.special import gammaln, psi, trigamma


class NBD(BuyTillYouDie):
    """Negative binomial model of repeat buying (Ehrenberg 1959): rates are Gamma(r, alpha) and nobody ever leaves.

    The likelihood is that of the occasions' times, as for the other models, so that log-likelihoods compare.
    """

    names: ClassVar[tuple[str, ...]] = ("r", "alpha")
    bounds: ClassVar[tuple[tuple[float, float], ...]] = ((1e-3, 1e4), (1e-4, 1e8))

    def _fit_on(self, cells: Cells, starts: Sequence[Floats]) -> Optimum:
        return self._climb(lambda logs: _likelihood(cells, logs), starts)

    def _starts(self, rate: float) -> list[Floats]:
        low, high = self._box()
        return [np.clip(point, low, high) for point in log_starts((0.5, 0.5 / rate))]

    def _prior_terms(self) -> Sequence[Term]:
        return Normal((1.0, 0.0), 0.0, 1.5), Normal((1.0, -1.0), float(np.log(1.0 / 60.0)), 2.5)

    def _p_alive(self, at: States) -> Floats:
        return np.ones(at.size)

    def _late(self, q: float, at: States) -> Floats:
        r, alpha = self._values()
        return np.asarray((alpha + at.t_x) * np.expm1(np.minimum(-np.log1p(-q) / (r + at.x), 60.0)))

    def _expected_alive(self, h: Floats, at: States) -> Floats:
        r, alpha = self._values()
        return np.asarray((r + at.x) / (alpha + at.T) * h)

    def _return_alive(self, h: Floats, at: States) -> Floats:
        r, alpha = self._values()
        return np.asarray(-np.expm1(-(r + at.x) * np.log1p(h / (alpha + at.T))))

    def _next_quantile_alive(self, target: Floats, at: States, longest: float) -> Floats:  # noqa: ARG002 - no search
        r, alpha = self._values()
        return np.asarray((alpha + at.T) * np.expm1(np.minimum(-np.log1p(-target) / (r + at.x), 700.0)))

    def _pmf_alive(self, h: Floats, at: States, most: int) -> Floats:
        r, alpha = self._values()
        (xs, end, ahead), place = distinct_rows(at.x, at.T, h)
        reach = at_least(r + xs, ahead / (alpha + end), most)
        return np.asarray(-np.diff(reach, axis=1, append=0.0)[place])

    def _simulate(self, T: Floats, rng: np.random.Generator) -> Occasions:
        r, alpha = self._values()
        number = rng.poisson(rng.gamma(r, 1.0, T.size) / alpha * T)
        customer = np.repeat(np.arange(T.size), number)
        return gathered([customer], [rng.random(customer.size) * T[customer]], T)

    def _draw_ahead(self, h: Floats, at: States, rng: np.random.Generator) -> Ints:
        r, alpha = self._values()
        return np.asarray(rng.poisson(np.minimum(rng.standard_gamma(r + at.x) / (alpha + at.T) * h, 1e15)))


def _likelihood(cells: Cells, logs: Floats) -> Surface:
    """log G(r + x) / G(r) + r log alpha - (r + x) log(alpha + T), and its derivatives by log r and log alpha."""
    parameters = np.exp(logs)
    r, alpha = parameters
    x, codes = distinct(cells.x)
    w = np.bincount(codes, weights=cells.weight)
    total = float(w.sum())
    value = float(w @ gammaln(r + x) + total * (r * np.log(alpha) - gammaln(r)))
    gradient = np.array([w @ psi(r + x) + total * (np.log(alpha) - psi(r)), total * r / alpha])
    hessian = np.array(
        [
            [w @ trigamma(r + x) - total * trigamma(r), total / alpha],
            [total / alpha, -total * r / alpha**2],
        ]
    )
    for part in chunks(cells.x.size):
        n, end, each = r + cells.x[part], alpha + cells.T[part], cells.weight[part]
        log_end = np.log(end)
        value -= float(each @ (n * log_end))
        gradient -= np.array([each @ log_end, each @ (n / end)])
        once = float(each @ (1 / end))
        hessian += np.array([[0.0, -once], [-once, float(each @ (n / end**2))]])
    return on_log_scale(value, gradient, hessian, parameters)
