"""Likelihood of Pareto/NBD with gradient and curvature, over grouped histories.

With n = r + x and D(t) = s K(x, t) (alpha + T)^n (beta + T)^s (`pareto_integral`):

    log L = log G(n) / G(r) + r log alpha + s log beta - n log(alpha + T) - s log(beta + T) + log(1 + R)
    R = D(t_x) - D(T)                     odds that the customer left between t_x and T

The integral is worked out once for each distinct (x, t), whether t is a last day or an end of observation.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from regulars.stats.arrays import Cells, Floats, Ints, chunks, distinct, distinct_rows
from regulars.stats.optimum import Surface, on_log_scale
from regulars.stats.pareto_integral import UPPER, moments
from regulars.stats.special import gammaln, psi, trigamma


@dataclass(frozen=True)
class PairedCells:
    """Cells, and the distinct (x, t) that they refer to: `last` and `end` are places in `x` and `t`."""

    cells: Cells
    x: Ints
    t: Floats
    last: Ints
    end: Ints


def paired(cells: Cells) -> PairedCells:
    """Collect the distinct (x, t_x) and (x, T)."""
    (x, t), place = distinct_rows(np.concatenate([cells.x, cells.x]), np.concatenate([cells.t_x, cells.T]))
    size = cells.x.size
    return PairedCells(cells, x.astype(np.int64), t.astype(np.float64), place[:size], place[size:])


def likelihood(pairs: PairedCells, logs: Floats) -> Surface:
    """Log-likelihood of (r, alpha, s, beta) and its derivatives by their logarithms."""
    parameters = np.exp(logs)
    r, alpha, s, beta = parameters
    log_k, first, second = moments(r + pairs.x, s, alpha + pairs.t, beta + pairs.t)
    table = _Table(pairs, parameters, log_k, first, second)
    value, gradient, hessian = _by_count(pairs.cells, parameters)
    each = np.zeros(pairs.x.size)
    for part in chunks(pairs.cells.x.size):
        piece = _by_time(pairs, part, parameters, table)
        value += piece[0]
        gradient += piece[1]
        hessian += piece[2]
        each += piece[3]
    hessian += table.curvature(each)
    hessian = (hessian + hessian.T) / 2  # products of matrices are symmetric only up to rounding
    return on_log_scale(value, gradient, hessian, parameters)


def _by_count(cells: Cells, parameters: Floats) -> tuple[float, Floats, Floats]:
    r, alpha, s, beta = parameters
    x, codes = distinct(cells.x)
    w = np.bincount(codes, weights=cells.weight)
    total = float(w.sum())
    value = w @ gammaln(r + x) + total * float(r * np.log(alpha) - gammaln(r) + s * np.log(beta))
    gradient = np.array(
        [
            w @ psi(r + x) + total * (np.log(alpha) - psi(r)),
            total * r / alpha,
            total * np.log(beta),
            total * s / beta,
        ]
    )
    hessian = np.zeros((4, 4))
    hessian[0, 0] = w @ trigamma(r + x) - total * trigamma(r)
    hessian[0, 1] = hessian[1, 0] = total / alpha
    hessian[1, 1] = -total * r / alpha**2
    hessian[2, 3] = hessian[3, 2] = total / beta
    hessian[3, 3] = -total * s / beta**2
    return float(value), gradient, hessian


class _Table:
    """log(s K), its gradient and its second derivatives over itself, for each distinct (x, t)."""

    def __init__(self, pairs: PairedCells, parameters: Floats, log_k: Floats, first: Floats, second: Floats) -> None:
        r, alpha, s, beta = parameters
        log_a, log_b = np.log(alpha + pairs.t), np.log(beta + pairs.t)
        self.log = np.log(s) + log_k - (r + pairs.x) * log_a - (s + 1) * log_b
        shift = np.zeros((4, pairs.t.size))
        shift[0], shift[2] = -log_a, 1 / s - log_b
        self.first = np.ascontiguousarray((first + shift).T)
        # second derivative over itself: that of K, moved by the constant parts of the gradient
        self._second = np.empty_like(second)
        for place, (i, j) in enumerate(UPPER):
            self._second[place] = second[place] + shift[i] * first[j] + shift[j] * first[i] + shift[i] * shift[j]
        self._second[7] -= 1 / s**2

    def curvature(self, each: Floats) -> Floats:
        """Second derivatives summed with weight `each` of each (x, t), as a matrix."""
        out = np.empty((4, 4))
        for (i, j), total in zip(UPPER, self._second @ each, strict=True):
            out[i, j] = out[j, i] = total
        return out


def _by_time(
    pairs: PairedCells, part: slice, parameters: Floats, table: _Table
) -> tuple[float, Floats, Floats, Floats]:
    """The terms -n log(alpha + T) - s log(beta + T) + log(1 + R) of one chunk of cells.

    1 + R = (alpha + T)^n (beta + T)^s M with M = E + D1 - D2, where E = (alpha + T)^-n (beta + T)^-s; the gradient
    and curvature of log M follow from those of its parts. Second derivatives of D are linear in their table, so it is
    enough to return how much each (x, t) weighs.
    """
    r, alpha, s, beta = parameters
    cells = pairs.cells
    w, last, end = cells.weight[part], pairs.last[part], pairs.end[part]
    n = r + cells.x[part]
    A, B = alpha + cells.T[part], beta + cells.T[part]
    log_a, log_b = np.log(A), np.log(B)
    log_e = -n * log_a - s * log_b
    log_1, log_2 = table.log[last], table.log[end]
    with np.errstate(divide="ignore"):
        log_m = np.logaddexp(log_e, log_1 + np.log(-np.expm1(np.minimum(log_2 - log_1, 0.0))))
    apart = last != end
    share_e = np.exp(log_e - log_m)
    share_1, share_2 = apart * np.exp(log_1 - log_m), apart * np.exp(log_2 - log_m)

    slopes = np.stack([-log_a, -n / A, -log_b, -s / B], axis=1)
    first = share_e[:, None] * slopes + share_1[:, None] * table.first[last] - share_2[:, None] * table.first[end]
    stays = w * share_e
    hessian = (slopes * stays[:, None]).T @ slopes - (first * w[:, None]).T @ first
    hessian[0, 1] -= stays @ (1 / A)
    hessian[1, 1] += stays @ (n / A**2)
    hessian[2, 3] -= stays @ (1 / B)
    hessian[3, 3] += stays @ (s / B**2)
    hessian[1, 0], hessian[3, 2] = hessian[0, 1], hessian[2, 3]
    each = np.asarray(np.bincount(last, w * share_1, pairs.x.size), np.float64)
    each -= np.bincount(end, w * share_2, pairs.x.size)
    return float(w @ log_m), w @ first, hessian, each
