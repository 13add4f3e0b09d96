"""Integrals over the population, as weighted sums: over a beta or a half-line, each made for a whole column at once.

All rules are trapezoids after a change of variable that makes the integrand decay at both ends; for analytic
integrands their error falls exponentially with the number of nodes (Trefethen and Weideman 2014, SIAM Review 56:385).
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from regulars.stats.arrays import Floats

_TAIL = 38.0  # e^-38 is below the rounding of a double


def beta_nodes(a: Floats, b: Floats, reach: float) -> tuple[Floats, Floats]:
    """Nodes (K, m) as logits of p and weights (K, m), summing to 1, for p ~ Beta(a, b); a and b have shape (K,).

    reach : the integrand must be flat below p = exp(-reach) and above 1 - e^-38; mass out there is lumped at the ends.
    """
    # the density has fallen by e^-38 where a log(1 + e^-y), or b log(1 + e^y), exceeds its share at the mode by that
    share = np.log(a) - np.log(a + b), np.log(b) - np.log(a + b)
    fall = _TAIL - a * share[0] - b * share[1]
    left = np.maximum(-log_expm1(fall / a), -(reach + _TAIL))
    right = np.minimum(log_expm1(fall / b), _TAIL)
    left, right = np.minimum(left, right - 1.0), np.maximum(right, left + 1.0)
    narrow = np.minimum(0.35, 0.7 * np.sqrt(1.0 / a + 1.0 / b))
    steps = int(np.ceil(np.max((right - left) / narrow)))
    step = (right - left) / steps
    logit = left[:, None] + step[:, None] * np.arange(steps + 1)
    rise = np.where(logit > -500.0, np.log1p(np.exp(-np.maximum(logit, -500.0))), -logit)  # -log p; logaddexp is slow
    logs = -a[:, None] * rise - b[:, None] * (rise + logit)
    weight = np.exp(logs - logs.max(axis=1, keepdims=True))
    weight[:, 0] *= 1.0 / -np.expm1(-a * step)
    weight[:, -1] *= 1.0 / -np.expm1(-b * step)
    weight /= weight.sum(axis=1, keepdims=True)
    return logit, weight


def log_expm1(x: Floats) -> Floats:
    """log(e^x - 1), also for large x."""
    return np.asarray(np.where(x > 30.0, x, np.log(np.expm1(np.minimum(x, 30.0)))))


def half_line(log_end: float) -> tuple[Floats, Floats]:
    """Nodes and weights for the integral over (0, inf) of a smooth function that is spent beyond u = exp(log_end).

    The function should begin to change at about u = 1; u = exp(pi/2 sinh(t)).
    """
    top = np.arcsinh(2.0 / np.pi * max(log_end, 4.3))
    return _half_line(min(float(np.ceil(top * 4.0) / 4.0), 6.7))


@lru_cache(maxsize=64)
def _half_line(top: float) -> tuple[Floats, Floats]:
    step = 0.085
    t = np.arange(-3.9, top, step)
    u = np.exp(np.pi / 2 * np.sinh(t))
    return u, step * np.pi / 2 * np.cosh(t) * u


@lru_cache(maxsize=16)
def unit_interval(nodes: int) -> tuple[Floats, Floats]:
    """Gauss-Legendre nodes and weights on (0, 1)."""
    points, weight = np.polynomial.legendre.leggauss(nodes)
    return (points + 1) / 2, weight / 2


@lru_cache(maxsize=1)
def discount_nodes() -> tuple[Floats, Floats]:
    """Nodes z and weights for the integral of e^-z M(z) over (0, inf), M growing at most linearly."""
    s = np.arange(-14.0, 3.95, 0.4)
    z = np.exp(s)
    return z, 0.4 * z * np.exp(-z)
