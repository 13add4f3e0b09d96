"""How good was a predicted distribution? Scores for counts, where plain coverage means little (most counts are 0).

All take a pmf (n, most + 1) whose last column is "`most` or more", as `distribution` gives it, and what happened,
y (n,).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from regulars.base.errors import BadInput
from regulars.stats.arrays import Floats, Ints, counts, floats

LEAST_PROBABILITY = 1e-12
"""What was called impossible and happened anyway costs log(1e-12), so that one customer can't make a mean infinite."""


def log_score(pmf: Floats, y: ArrayLike) -> Floats:
    """log probability (n,) of what happened; higher is better (Good 1952)."""
    rows, happened = _paired(pmf, y)
    return np.log(np.maximum(pmf[rows, happened], LEAST_PROBABILITY))


def crps(pmf: Floats, y: ArrayLike) -> Floats:
    """Continuous ranked probability score (n,), in occasions: lower is better, |y - forecast| for a sure forecast.

    Sum over k of (F(k) - 1[y <= k])^2 (Gneiting, Raftery 2007); counts above `most` count as `most`.
    """
    _, happened = _paired(pmf, y)
    below = np.cumsum(pmf[:, :-1], axis=1)
    return np.asarray(((below - (happened[:, None] <= np.arange(pmf.shape[1] - 1))) ** 2).sum(axis=1))


def randomised_pit(pmf: Floats, y: ArrayLike, rng: np.random.Generator) -> Floats:
    """F(y - 1) + u P(y) with u uniform, (n,): uniform on (0, 1) when the predictions are right (Czado et al. 2009)."""
    rows, happened = _paired(pmf, y)
    cumulated = np.cumsum(pmf, axis=1)
    here = pmf[rows, happened]
    return np.clip(cumulated[rows, happened] - here + rng.random(happened.size) * here, 0.0, 1.0)


def share_inside(pit: Floats, share: float = 0.8) -> float:
    """Share of PIT values within the central range that should hold `share` of them."""
    edge = (1.0 - share) / 2.0
    return float(np.mean((pit > edge) & (pit < 1.0 - edge)))


def quantile(pmf: Floats, q: float) -> Ints:
    """The least count (n,) whose cumulated probability reaches q."""
    if not 0 < q < 1:
        raise BadInput("`q` must lie between 0 and 1.")
    reached = np.cumsum(pmf, axis=1) >= q - 1e-12
    reached[:, -1] = True
    return np.asarray(np.argmax(reached, axis=1))


def mean_count(pmf: Floats) -> Floats:
    """Mean count (n,), the last column counting as `most`."""
    return np.asarray(pmf @ np.arange(pmf.shape[1]))


@dataclass(frozen=True)
class Calibration:
    """Chances beside what happened, by groups of like chance; arrays (groups,)."""

    predicted: Floats
    happened: Floats
    low: Floats
    high: Floats
    n: Ints


def calibration(p: ArrayLike, happened: ArrayLike, groups: int = 10) -> Calibration:
    """Customers in `groups` equal parts by predicted chance: mean chance, share it happened to, its 95% interval.

    The interval is Wilson's for the share. Groups split by rank, ties kept together; fewer come back when chances tie.
    """
    chance = floats("p", p)
    did = np.asarray(happened, dtype=bool)
    if chance.shape != did.shape or not chance.size:
        raise BadInput("`p` and `happened` must be columns of one length, with at least one row.")
    edges = np.quantile(chance, np.linspace(0, 1, groups + 1)[1:-1])
    _, group = np.unique(np.searchsorted(edges, chance, side="left"), return_inverse=True)
    n = np.bincount(group)
    share = np.bincount(group, weights=did) / n
    low, high = wilson(share, n)
    return Calibration(np.bincount(group, weights=chance) / n, share, low, high, n)


def wilson(share: Floats, n: Ints, z: float = 1.96) -> tuple[Floats, Floats]:
    """Wilson's interval for shares of n, at 95% by default."""
    middle = (share + z**2 / (2 * n)) / (1 + z**2 / n)
    half = z / (1 + z**2 / n) * np.sqrt(share * (1 - share) / n + z**2 / (4 * n**2))
    return np.maximum(middle - half, 0.0), np.minimum(middle + half, 1.0)


def _paired(pmf: Floats, y: ArrayLike) -> tuple[NDArray[np.intp], Ints]:
    happened = counts("y", y)
    if pmf.ndim != 2 or happened.shape != pmf.shape[:1]:
        raise BadInput(f"The pmf has shape {pmf.shape} for {happened.shape} counts: it needs one row for each.")
    return np.arange(happened.size), np.minimum(happened, pmf.shape[1] - 1)
