"""Gamma-Gamma: how much a customer spends on an occasion, learnt from few occasions each."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar, Self

import numpy as np
from numpy.typing import ArrayLike

from regulars.base.errors import BadInput, NotEnoughData
from regulars.stats.arrays import Floats, Ints, counts, distinct, floats, weights
from regulars.stats.estimator import Estimator, log_starts
from regulars.stats.optimum import Surface, on_log_scale
from regulars.stats.priors import Normal, Term
from regulars.stats.special import betaincinv, gammaincinv, gammaln, psi, trigamma


class GammaGamma(Estimator):
    """Gamma-Gamma model of spend (Fader, Hardie 2013, brucehardie.com/notes/025).

    An occasion's spend is Gamma(p, nu), nu ~ Gamma(q, gamma) differs between customers and is independent of how often
    they buy. x here counts the occasions whose spend was seen, m is their mean spend, in any unit of money.

    q stays above 1, since at 1 the population's mean spend is infinite.
    """

    names: ClassVar[tuple[str, ...]] = ("p", "q", "gamma")
    bounds: ClassVar[tuple[tuple[float, float], ...]] = ((1e-2, 1e5), (1.02, 1e5), (1e-6, 1e7))

    def fit(self, x: ArrayLike, m: ArrayLike, weight: ArrayLike | None = None) -> Self:
        """Estimate p, q, gamma from n customers' numbers of occasions and mean spends; rows without spend say nothing.

        Raises NotEnoughData when no row has x > 0 and m > 0.
        """
        xs, means = _spends(x, m)
        each = weights(weight, xs.shape)
        each = np.ones(xs.shape) if each is None else each
        some = (xs > 0) & (means > 0) & (each > 0)
        if not some.any():
            raise NotEnoughData("No customer has a positive spend: how much they spend can't be learnt from this.")
        xs, means, each = xs[some], means[some], each[some]
        scale = float((each @ means) / each.sum())  # the prior knows no unit of money
        found = self._climb(lambda logs: _likelihood(xs, means / scale, each, logs), log_starts((2, 3, 1), (6, 4, 0.5)))
        self._keep(found, float(each.sum()))
        self.params_["gamma"] *= scale
        self.loglik_ -= float(each.sum() * np.log(scale))
        return self

    def _prior_terms(self) -> Sequence[Term]:
        return (
            Normal((1.0, 0.0, 0.0), float(np.log(3.0)), 1.2),
            Normal((0.0, 1.0, 0.0), float(np.log(4.0)), 0.8),
            Normal((1.0, -1.0, 1.0), 0.0, 1.0),
        )

    def _box(self) -> tuple[Floats, Floats]:
        low, high = super()._box()
        if self.fitted:  # gamma is in the data's money then, and any size of it is fine
            low[2], high[2] = -600.0, 600.0
        return low, high

    @property
    def mean_spend(self) -> float:
        """Mean spend of an occasion in the population, p gamma / (q - 1)."""
        p, q, gamma = self._values()
        return p * gamma / max(q - 1.0, 0.02)

    def expected_spend(self, x: ArrayLike, m: ArrayLike) -> Floats:
        """Expected spend on each future occasion, given x occasions with mean m; the population's mean where x = 0."""
        p, q, gamma = self._values()
        xs, means = _spends(x, m)
        known = xs * np.where(xs > 0, means, 0.0)
        answer: Floats = np.asarray(p * (gamma + known) / np.maximum(p * xs + q - 1.0, 0.02))[()]
        return answer

    def spend_quantile(self, share: float, x: ArrayLike, m: ArrayLike, occasions: ArrayLike | None = None) -> Floats:
        """Quantile of the customer's mean spend: of the long-run mean, or of the mean over the next `occasions`.

        occasions : one number or (n,); 1 asks for the spend on the next occasion. 0 answers 0.
        """
        p, q, gamma = self._values()
        if not 0 < share < 1:
            raise BadInput("`share` must lie between 0 and 1.")
        xs, means = _spends(x, m)
        level = gamma + xs * np.where(xs > 0, means, 0.0)
        if occasions is None:
            found, codes = distinct(np.atleast_1d(xs))
            answer = p * level / np.maximum(gammaincinv(p * found + q, 1.0 - share), 1e-12)[codes].reshape(xs.shape)
            return np.asarray(answer)[()]
        ahead = floats("occasions", occasions)
        xs, level, ahead = np.broadcast_arrays(xs, level, ahead)
        several = np.maximum(ahead, 1e-9)
        part = betaincinv(p * several, p * xs + q, share)
        answer = level / several * part / np.maximum(1.0 - part, 1e-12)
        return np.asarray(np.where(ahead > 0, answer, 0.0))[()]

    def draw_means(self, x: ArrayLike, m: ArrayLike, rng: np.random.Generator, draws: int = 1) -> Floats:
        """Drawn long-run mean spends (draws, n), given each customer's history."""
        p, q, gamma = self._values()
        xs, means = _spends(x, m)
        level = gamma + xs * np.where(xs > 0, means, 0.0)
        return np.asarray(p * level / np.maximum(rng.standard_gamma(p * xs + q, (draws, *xs.shape)), 1e-12))

    def draw_totals(self, occasions: ArrayLike, x: ArrayLike, m: ArrayLike, rng: np.random.Generator) -> Floats:
        """Drawn total spends over given numbers of future occasions, of the shape of `occasions` ((draws,) n)."""
        p, q, gamma = self._values()
        xs, means = _spends(x, m)
        ahead = np.asarray(occasions, np.float64)
        level = gamma + xs * np.where(xs > 0, means, 0.0)
        nu = np.maximum(rng.standard_gamma(p * xs + q, ahead.shape), 1e-12) / level
        return np.where(ahead > 0, rng.standard_gamma(np.maximum(p * ahead, 1e-12)) / nu, 0.0)

    def simulate(self, x: ArrayLike, rng: np.random.Generator) -> Floats:
        """Mean spends (n,) of new customers over x occasions each; 0 where x = 0."""
        p, q, gamma = self._values()
        xs = counts("x", x)
        nu = np.maximum(rng.gamma(q, 1.0, xs.shape) / gamma, 1e-300)
        total = rng.standard_gamma(np.maximum(p * xs, 1e-12)) / nu
        return np.where(xs > 0, total / np.maximum(xs, 1), 0.0)


def _spends(x: ArrayLike, m: ArrayLike) -> tuple[Ints, Floats]:
    xs, means = np.broadcast_arrays(counts("x", x), floats("m", m, least=-np.inf))
    return xs, np.maximum(means, 0.0)


def _likelihood(x: Ints, m: Floats, w: Floats, logs: Floats) -> Surface:
    """Log-likelihood of (p, q, gamma) and its derivatives by their logarithms."""
    parameters = np.exp(logs)
    p, q, gamma = parameters
    found, codes = distinct(x)
    each = np.bincount(codes, weights=w)
    total = float(each.sum())
    level = gamma + x * m
    log_level = np.bincount(codes, weights=w * np.log(level))
    inverse = np.bincount(codes, weights=w / level)
    square = np.bincount(codes, weights=w / level**2)
    shape = p * found + q
    log_m = float(w @ np.log(m))
    sum_xm = float(w @ (x * np.log(x * m)))
    value = each @ (gammaln(shape) - gammaln(p * found)) - total * gammaln(q) + total * q * np.log(gamma)
    value += p * sum_xm - log_m - shape @ log_level
    gradient = np.array(
        [
            each @ (found * (psi(shape) - psi(p * found))) + sum_xm - found @ log_level,
            each @ psi(shape) - total * psi(q) + total * np.log(gamma) - log_level.sum(),
            total * q / gamma - shape @ inverse,
        ]
    )
    bend = trigamma(shape)
    hessian = np.zeros((3, 3))
    hessian[0, 0] = each @ (found**2 * (bend - trigamma(p * found)))
    hessian[0, 1] = each @ (found * bend)
    hessian[1, 1] = each @ bend - total * trigamma(q)
    hessian[0, 2] = -(found @ inverse)
    hessian[1, 2] = total / gamma - inverse.sum()
    hessian[2, 2] = -total * q / gamma**2 + shape @ square
    lower = np.tril_indices(3, -1)
    hessian[lower] = hessian.T[lower]
    return on_log_scale(float(value), gradient, hessian, parameters)
