"""Likelihood of the beta-geometric family with gradient and curvature, over grouped histories.

With n = r + k x, c occasions survived (x, or x + 1 where the first counts), v = (T - t_x) / (alpha + T):

    log L = log G(n) / G(r) + r log alpha + log B(a, b + c) / B(a, b) - n log(alpha + T) + log(S + R)
    S = sum over j < k of (n)_j / j! v^j                         still there, j phases into the next gap
    R = a / (b + c - 1) ((alpha + T) / (alpha + t_x))^n           left after the last occasion

S + R is a mixture, so its curvature is that of the parts plus the spread of their gradients: one pass gives all.
"""

from __future__ import annotations

from math import factorial

import numpy as np

from regulars.stats.arrays import Cells, Floats, chunks, distinct
from regulars.stats.optimum import Surface, on_log_scale
from regulars.stats.special import gammaln, psi, trigamma


def likelihood(cells: Cells, logs: Floats, k: int, first: int) -> Surface:
    """Log-likelihood of (r, alpha, a, b) and its derivatives by their logarithms."""
    parameters = np.exp(logs)
    value, gradient, hessian = _by_count(cells, parameters, k, first)
    for part in chunks(cells.x.size):
        piece = _by_time(cells, part, parameters, k, first)
        value += piece[0]
        gradient += piece[1]
        hessian += piece[2]
    return on_log_scale(value, gradient, hessian, parameters)


def _by_count(cells: Cells, parameters: Floats, k: int, first: int) -> tuple[float, Floats, Floats]:
    """The terms that depend on the number of occasions alone, over its few distinct values."""
    r, alpha, a, b = parameters
    x, codes = distinct(cells.x)
    w = np.bincount(codes, weights=cells.weight)
    total = float(w.sum())
    n, c = r + k * x, x + first
    logs = gammaln(n) + gammaln(b + c) - gammaln(a + b + c)
    value = w @ logs + total * float(r * np.log(alpha) - gammaln(r) + gammaln(a + b) - gammaln(b))
    both, both_1 = w @ psi(a + b + c), w @ trigamma(a + b + c)
    gradient = np.array(
        [
            w @ psi(n) + total * (np.log(alpha) - psi(r)),
            total * r / alpha,
            total * psi(a + b) - both,
            w @ psi(b + c) + total * (psi(a + b) - psi(b)) - both,
        ]
    )
    hessian = np.zeros((4, 4))
    hessian[0, 0] = w @ trigamma(n) - total * trigamma(r)
    hessian[0, 1] = hessian[1, 0] = total / alpha
    hessian[1, 1] = -total * r / alpha**2
    hessian[2, 2] = hessian[2, 3] = hessian[3, 2] = total * trigamma(a + b) - both_1
    hessian[3, 3] = hessian[2, 2] + w @ trigamma(b + c) - total * trigamma(b)
    return float(value), gradient, hessian


def _by_time(cells: Cells, part: slice, parameters: Floats, k: int, first: int) -> tuple[float, Floats, Floats]:
    """The terms -n log(alpha + T) + log(S + R) of one chunk of cells."""
    r, alpha, a, b = parameters
    x, w = cells.x[part], cells.weight[part]
    start, end = alpha + cells.t_x[part], alpha + cells.T[part]
    n = r + k * x
    log_end = np.log(end)
    rise = log_end - np.log(start)
    survived = b + x + (first - 1)
    can_leave = (x > 0) | (first == 1)
    survived = np.where(can_leave, survived, 1.0)
    S = _phases(n, (cells.T[part] - cells.t_x[part]) / end, end, k)
    log_R = np.where(can_leave, np.log(a) - np.log(survived) + n * rise, -np.inf)
    log_mix = np.logaddexp(S.log, log_R)
    left = np.exp(log_R - log_mix)
    stays = 1.0 - left

    value = float(w @ (log_mix - n * log_end))
    g_r, g_alpha = rise, n * (1 / end - 1 / start)
    m_r = stays * S.r + left * g_r
    m_alpha = stays * S.alpha + left * g_alpha
    m_a, m_b = left / a, -left / survived
    gradient = np.array([w @ (m_r - log_end), w @ (m_alpha - n / end), w @ m_a, w @ m_b])

    across = 1 / end - 1 / start
    hessian = np.empty((4, 4))
    hessian[0, 0] = w @ (stays * S.rr + left * g_r**2 - m_r**2)
    bend = left * (g_r * g_alpha + across)
    hessian[0, 1] = w @ (stays * S.ralpha + bend - m_r * m_alpha - 1 / end)
    squares = left * (g_alpha**2 - n * (1 / end**2 - 1 / start**2))
    hessian[1, 1] = w @ (stays * S.alphaalpha + squares - m_alpha**2 + n / end**2)
    hessian[0, 2] = w @ (m_a * (g_r - m_r))
    hessian[1, 2] = w @ (m_a * (g_alpha - m_alpha))
    hessian[0, 3] = w @ (m_b * (g_r - m_r))
    hessian[1, 3] = w @ (m_b * (g_alpha - m_alpha))
    hessian[2, 2] = -(w @ m_a**2)
    hessian[2, 3] = w @ (m_a * (-1 / survived - m_b))
    hessian[3, 3] = w @ (-m_b * 2 / survived - m_b**2)
    lower = np.tril_indices(4, -1)
    hessian[lower] = hessian.T[lower]
    return value, gradient, hessian


class _Sums:
    """S and its derivatives by r and alpha, each divided by S."""

    def __init__(self, log: Floats, r: Floats, alpha: Floats, rr: Floats, ralpha: Floats, alphaalpha: Floats) -> None:
        self.log, self.r, self.alpha = log, r, alpha
        self.rr, self.ralpha, self.alphaalpha = rr, ralpha, alphaalpha


def _phases(n: Floats, v: Floats, end: Floats, k: int) -> _Sums:
    """S over the k phases of a gap; for k = 1 it is the constant 1."""
    nought = np.zeros_like(v)
    if k == 1:
        return _Sums(nought, nought, nought, nought, nought, nought)
    total, term = np.ones_like(v), np.ones_like(v)
    once, twice = np.zeros_like(v), np.zeros_like(v)
    by_r, by_rr, by_r_once = np.zeros_like(v), np.zeros_like(v), np.zeros_like(v)
    h1, h2 = np.zeros_like(v), np.zeros_like(v)
    for j in range(1, k):
        term = term * v * (n + j - 1) / j
        h1 += 1 / (n + j - 1)
        h2 += 1 / (n + j - 1) ** 2
        total += term
        once += j * term
        twice += j * (j + 1) * term
        by_r += term * h1
        by_rr += term * (h1**2 - h2)
        by_r_once += j * term * h1
    return _Sums(
        np.log(total),
        by_r / total,
        -once / (end * total),
        by_rr / total,
        -by_r_once / (end * total),
        twice / (end**2 * total),
    )


def phase_weights(n: Floats, v: Floats, k: int) -> Floats:
    """Posterior (k, rows) of being j phases into the gap, given that the customer is still there."""
    terms = np.ones((k, *v.shape))
    for j in range(1, k):
        terms[j] = terms[j - 1] * v * (n + j - 1) / j
    return np.asarray(terms / terms.sum(axis=0))


def log_gap_survival(n: Floats, y: Floats, k: int) -> Floats:
    """log P(the gap isn't over yet) at y = log(1 + gap / (alpha + t_x)), the rate being Gamma(n, alpha + t_x)."""
    v = -np.expm1(-y)
    total, term = np.ones_like(v), np.ones_like(v)
    for j in range(1, k):
        term = term * v * (n + j - 1) / j
        total = total + term
    return np.asarray(np.log(total) - n * y)


def gap_evidence(cells: Cells, k: int) -> float:
    """What the rhythm adds to the log-likelihood for k phases against one, free of the other parameters.

    With litt the gaps themselves speak; without it only the time t_x in which x gaps fitted (gaps integrated out).
    """
    if k == 1:
        return 0.0
    if cells.litt is not None:
        return float((k - 1) * cells.litt - float(cells.weight @ cells.x) * np.log(float(factorial(k - 1))))
    some = (cells.x > 0) & (cells.t_x > 0)
    x, t, w = cells.x[some], cells.t_x[some], cells.weight[some]
    return float(w @ ((k - 1) * x * np.log(t) - gammaln(k * x) + gammaln(x)))
