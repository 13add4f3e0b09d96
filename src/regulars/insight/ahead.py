"""The year ahead of each customer: occasions, amount and its range, from the behaviour model and the spend model.

Given that a customer still comes, the number of occasions N has mean, variance and chance of none from the behaviour
model; an amount is gamma with an own mean whose posterior the spend model gives. The sum over N occasions then has
known moments; its range is read from a gamma distribution with these moments, put beside the chance of nothing (tried
against drawn years: closer than a log-normal one at both ends).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np
import numpy.typing as npt

from regulars.insight.surface import Surface, nodes
from regulars.stats.btyd import BuyTillYouDie
from regulars.stats.special import gammaincinv, ndtr, ndtri

Floats = npt.NDArray[np.float64]
Days = npt.NDArray[np.int32]

MOST_COUNTS = 1_200


@dataclass(frozen=True)
class Counts:
    """Occasions within a horizon given that the customer still comes: mean, variance, chance of none; (n,) each."""

    mean: Floats
    variance: Floats
    none: Floats


def counts_if_alive(model: BuyTillYouDie, horizon: float, x: Days, t_x: Days, T: Days) -> Counts:
    """Moments of the number of occasions within `horizon` days; the variance read from a grid over (x, T)."""
    mean = np.asarray(model.expected(horizon, x, t_x, T, if_alive=True), dtype=np.float64)
    none = 1.0 - np.asarray(model.p_return(horizon, x, t_x, T, if_alive=True), dtype=np.float64)
    ratio = _dispersion(model, horizon, int(x.max(initial=0)), int(T.max(initial=0)))
    return Counts(mean, np.maximum(ratio(x, T) * mean, 0.0), none)


def _dispersion(model: BuyTillYouDie, horizon: float, most_x: int, most_T: int) -> Surface:
    """Variance over mean of the count, on a grid of histories."""
    xs, Ts = nodes(most_x, 1.25), nodes(most_T, 1.8)
    x, T = (part.ravel() for part in np.meshgrid(xs, Ts, indexing="ij"))
    t_x = np.where(x > 0, np.floor(T * x / (x + 1.0)), 0.0)
    expected = np.asarray(model.expected(horizon, x, t_x, T, if_alive=True))
    ratio = np.ones(len(x))
    cap = np.clip(np.ceil(5.0 * expected + 30.0), 30, MOST_COUNTS).astype(np.int64)
    cap = 2 ** np.ceil(np.log2(cap)).astype(np.int64)
    for most in np.unique(cap):
        at = np.flatnonzero(cap == most)
        pmf = np.asarray(model.distribution(horizon, x[at], t_x[at], T[at], most=int(most), if_alive=True))
        n = np.arange(pmf.shape[1], dtype=np.float64)
        mean, square = pmf @ n, pmf @ (n * n)
        ratio[at] = np.divide(square - mean**2, mean, out=np.ones(len(at)), where=mean > 1e-9)
    return Surface(xs, Ts, np.clip(ratio, 1e-3, 1e6).reshape(len(xs), len(Ts)))


@dataclass(frozen=True)
class Spend:
    """The customer's mean amount per occasion: posterior mean, posterior mean of its square, and the spread of single
    amounts around it (coefficient of variation squared, one number for the firm)."""

    mean: Floats
    square: Floats
    single: float


def quantile(level: float, p_alive: Floats, counts: Counts, spend: Spend, *, spread: float = 0.0) -> Floats:
    """The `level` (0-1) quantile of the amount ahead, 0 where nothing is that likely.

    `spread` is the log-scale standard deviation of what all customers share (uncertain parameters).
    """
    some = p_alive * (1.0 - counts.none)
    inner = np.divide(level - (1.0 - some), some, out=np.zeros(len(some)), where=some > 1e-9)
    at = np.flatnonzero(inner > 0)
    result = np.zeros(len(some))
    if not len(at):
        return result
    back = np.maximum(1.0 - counts.none[at], 1e-12)
    n1 = np.maximum(counts.mean[at] / back, 1.0)
    n2 = (counts.variance[at] + counts.mean[at] ** 2) / back
    first = n1 * spend.mean[at]
    second = np.maximum(n2 + spend.single * n1, 0.0) * spend.square[at]
    usual = np.where(first > 0, first, 1.0)
    relative = np.maximum(second / usual**2, 1.0) * np.exp(spread**2) - 1.0
    result[at] = np.where(first > 0, first * gamma_quantile(inner[at], relative), 0.0)
    return result


def gamma_quantile(level: Floats, relative_variance: Floats) -> Floats:
    """Quantile of a gamma distribution of mean 1, read from a table: within 1% from the 2nd to the 98th percentile."""
    shape = np.clip(np.log(1.0 / np.maximum(relative_variance, 1e-9)), _SHAPES[0], _SHAPES[-1])
    score = np.clip(ndtri(np.clip(level, 1e-9, 1 - 1e-9)), _SCORES[0], _SCORES[-1])
    i, u = _cell(_SHAPES, shape)
    j, v = _cell(_SCORES, score)
    table, wide = _gamma_table().ravel(), len(_SCORES)
    at = i * wide + j
    low = table[at] * (1 - v) + table[at + 1] * v
    high = table[at + wide] * (1 - v) + table[at + wide + 1] * v
    return np.asarray(np.exp(low * (1 - u) + high * u))


_SHAPES = np.linspace(np.log(0.02), np.log(1e6), 120)
_SCORES = np.linspace(-4.0, 4.0, 121)


def _cell(grid: Floats, value: Floats) -> tuple[npt.NDArray[np.intp], Floats]:
    """The cell of an evenly spaced grid, and how far into it."""
    place = (value - grid[0]) / (grid[1] - grid[0])
    cell = np.minimum(place.astype(np.intp), len(grid) - 2)
    return cell, place - cell


@cache
def _gamma_table() -> Floats:
    """Log quantiles by log shape and normal score."""
    shape = np.exp(_SHAPES)[:, None]
    return np.asarray(np.log(np.maximum(gammaincinv(shape, ndtr(_SCORES)), 1e-300) / shape))
