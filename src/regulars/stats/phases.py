"""Expected occasions when gaps have k phases, the rate is gamma and each occasion may be the last (beta).

For known rate and chance to leave, occasions are every k-th event of a Poisson process, thinned geometrically. With
theta = (1 - p)^(1/k) and w_l the k-th roots of one, the sum over every k-th power turns into k exponentials, and the
gamma rate into powers:

    E = theta^(j + 1 - k) / k  sum_l  w_l^(j + 1) (1 - (1 + (1 - theta w_l) rho)^-n) / (1 - theta w_l)

with rho = h / (alpha + T).
What is left is one integral over p, taken as a weighted sum.
"""

from __future__ import annotations

import numpy as np

from regulars.stats.arrays import Floats, chunks
from regulars.stats.quadrature import beta_nodes
from regulars.stats.special import betainc

_NEARLY_SURE = float(np.log(1e-4))
_RARE = 0.3
"""Where 1 - p, or the mean number of phases, is below these, the roots would cancel: a short series is exact there."""


def expected_thinned(n: Floats, a: float, survived: Floats, rho: Floats, k: int, j: int) -> Floats:
    """Expected occasions (K, m) for shapes n (K,), p ~ Beta(a, survived (K,)), times rho (K, m), j phases over."""
    out = np.empty(rho.shape)
    wide = rho.shape[1]
    for part in chunks(n.size, max(1, 1_500_000 // (200 * wide))):
        reach = float(np.log1p(np.max(n[part]) * np.max(rho[part])))
        logit, weight = beta_nodes(np.full(n[part].size, a), np.asarray(survived[part], np.float64), reach)
        values = _one(n[part], rho[part], logit) if k == 1 else _many(n[part], rho[part], logit, k, j)
        out[part] = np.einsum("kmp,kp->km", values, weight)
    return out


def _one(n: Floats, rho: Floats, logit: Floats) -> Floats:
    p = (1.0 / (1.0 + np.exp(-np.maximum(logit, -700.0))))[:, None, :]
    return np.asarray(-np.expm1(-n[:, None, None] * np.log1p(p * rho[:, :, None])) / p)


def _many(n: Floats, rho: Floats, logit: Floats, k: int, j: int) -> Floats:
    n = n[:, None, None]
    rho = rho[:, :, None]
    log_stay = -np.logaddexp(0.0, logit)[:, None, :]  # log(1 - p)
    log_theta = np.maximum(log_stay, _NEARLY_SURE) / k
    apart = -np.expm1(log_theta)  # 1 - theta, exact for small p
    total = -np.expm1(-n * np.log1p(apart * rho)) / apart
    theta = np.exp(log_theta)
    for ell in range(1, k // 2 + 1):
        angle = 2 * np.pi * ell / k
        real, imaginary = 1 - theta * np.cos(angle), -theta * np.sin(angle)
        up, over = 1 + real * rho, imaginary * rho
        size = np.exp(-0.5 * n * np.log(up**2 + over**2))
        turn = n * np.arctan2(over, up)
        top_real, top_imaginary = 1 - size * np.cos(turn), size * np.sin(turn)
        below = real**2 + imaginary**2
        part_real = (top_real * real + top_imaginary * imaginary) / below
        part_imaginary = (top_imaginary * real - top_real * imaginary) / below
        twin = 1.0 if 2 * ell == k else 2.0
        total += twin * (np.cos(angle * (j + 1)) * part_real - np.sin(angle * (j + 1)) * part_imaginary)
    main = np.exp((j + 1 - k) * log_theta) / k * total
    few = _first_few(n[:, :, 0], rho[:, :, 0], k, j)
    stay = np.exp(log_stay)
    series = np.zeros_like(main)
    for chance in reversed(few):
        series = chance[:, :, None] + stay * series
    return np.asarray(
        np.maximum(np.where((log_stay < _NEARLY_SURE) | ((n * rho < _RARE) & (rho < _RARE / 3)), series, main), 0.0)
    )


def _first_few(n: Floats, rho: Floats, k: int, j: int) -> list[Floats]:
    """P(at least 1, 2, ..., 5 gaps end): all that counts when occasions are rare, or nearly everybody leaves."""
    return [betainc(k * y - j, n, rho / (1.0 + rho)) for y in range(1, 6)]
