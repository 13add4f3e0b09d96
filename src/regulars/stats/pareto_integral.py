"""The one integral behind Pareto/NBD: over the moment at which a customer, silent since t, may have left.

    K(x, t) = integral from t to inf of (alpha + tau)^-n (beta + tau)^-m d tau

It is a Gauss hypergeometric function. Taken as a weighted sum over tau it also yields, in the same pass, the means of
log(alpha + tau), 1 / (alpha + tau), ... that its derivatives by the parameters are made of.
"""

from __future__ import annotations

import numpy as np

from regulars.stats.arrays import Floats, Ints, chunks
from regulars.stats.quadrature import half_line, log_expm1
from regulars.stats.tables import Curve

_PAIRS_AT_ONCE = 2048
UPPER = [(i, j) for i in range(4) for j in range(i, 4)]
"""Where the ten second derivatives sit in a symmetric matrix."""


def log_tail(n: Floats, m: float, start: Floats, beta_start: Floats) -> Floats:
    """log of the integral of (1 + u/A)^-n (1 + u/B)^-m over u > 0, for A = start, B = beta_start of one shape (p,)."""
    out = np.empty(start.size)
    y, w = half_line(_log_end(n, m, start, beta_start))
    log_w = np.log(w)
    for part in chunks(start.size, _PAIRS_AT_ONCE):
        scale = n[part] / start[part] + m / beta_start[part]
        logs = log_w - n[part, None] * np.log1p(y / (scale * start[part])[:, None])
        logs -= m * np.log1p(y / (scale * beta_start[part])[:, None])
        out[part] = np.log(np.exp(logs).sum(axis=1)) - np.log(scale)
    return out


def tail_curve(shape: float, alpha: float, m: float, beta: float) -> Curve:
    """The same integral for n = shape + x, A = alpha + t, B = beta + t, over log(min(alpha, beta) + t), for tables."""
    start = min(alpha, beta)

    def curve(x: Ints, logs: Floats) -> Floats:
        moment = np.exp(logs)
        n = np.broadcast_to((shape + x)[:, None], logs.shape)
        A, B = moment + (alpha - start), moment + (beta - start)
        return np.exp(log_tail(n.ravel(), m, A.ravel(), B.ravel()).reshape(logs.shape))

    return curve


def _log_end(n: Floats, m: float, A: Floats, B: Floats) -> float:
    """log of how far the integrand reaches, in units of its scale: until any of three bounds has fallen by e^-38."""
    if not n.size:
        return 0.0
    both = np.log(np.maximum(A, B)) + 38.0 / np.maximum(n + m - 1, 0.02)
    first = np.where(n > 1.02, np.log(A) + log_expm1(38.0 / np.maximum(n - 1, 0.02)), np.inf)
    second = np.where(m > 1.02, np.log(B) + log_expm1(38.0 / np.maximum(m - 1, np.full(n.shape, 0.02))), np.inf)
    return float(np.max(np.minimum(np.minimum(both, first), second) + np.log(n / A + m / B)))


def moments(n: Floats, s: float, A: Floats, B: Floats) -> tuple[Floats, Floats, Floats]:
    """log K-hat (p,), gradient (4, p) and second derivatives (10, p) of K over K, by (r, alpha, s, beta).

    K-hat is K with (A + u)^-n (B + u)^-(s + 1) taken relative to A and B; the gradient and the second derivatives
    are those of K itself, logs taken relative to log A and log B (the caller adds them back).
    The ten are in the order of UPPER.
    """
    log_k, first, second = np.empty(A.size), np.empty((4, A.size)), np.empty((10, A.size))
    y, w = half_line(_log_end(n, s + 1, A, B))
    for part in chunks(A.size, _PAIRS_AT_ONCE):
        nn = n[part, None]
        a, b = A[part, None], B[part, None]
        scale = nn / a + (s + 1) / b
        u = y / scale
        log_a, log_b = np.log1p(u / a), np.log1p(u / b)
        weight = w * np.exp(-nn * log_a - (s + 1) * log_b)
        total = weight.sum(axis=1)
        log_k[part] = np.log(total) - np.log(scale[:, 0])
        weight /= total[:, None]
        inverse_a, inverse_b = 1 / (a + u), 1 / (b + u)
        slopes = (-log_a, -nn * inverse_a, -log_b, -(s + 1) * inverse_b)
        for i, slope in enumerate(slopes):
            first[i, part] = np.einsum("pq,pq->p", weight, slope)
        for place, (i, j) in enumerate(UPPER):
            second[place, part] = np.einsum("pq,pq,pq->p", weight, slopes[i], slopes[j])
        mean_a, mean_b = np.einsum("pq,pq->p", weight, inverse_a), np.einsum("pq,pq->p", weight, inverse_b)
        second[1, part] -= mean_a
        second[4, part] += n[part] * np.einsum("pq,pq->p", weight, inverse_a**2)
        second[8, part] -= mean_b
        second[9, part] += (s + 1) * np.einsum("pq,pq->p", weight, inverse_b**2)
    return log_k, first, second
