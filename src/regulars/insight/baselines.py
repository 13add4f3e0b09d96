"""Plain guesses that a model has to beat, each as a full distribution of counts.

`nobody`         nobody comes back
`everyone`       all customers alike, as in the period before
`last_period`    the same as in the period before
`own_rate`       occasions so far per day, x/T, going on for ever
`shrunk_rate`    the same drawn towards the firm's mean (gamma prior by moments, negative binomial ahead)

Each names one figure (its mean; error and sums are judged by that) and a distribution. A bare "same as before" would
give probability 0 to anything else, so it is mixed with `everyone`, in the share that was best one period earlier.
"""

from __future__ import annotations

import msgspec
import numpy as np
from numpy.typing import NDArray

from regulars.insight.panel import Past
from regulars.insight.scores import Forecast

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

BASELINES = ("nobody", "everyone", "last_period", "own_rate", "shrunk_rate")
_SHARES = np.array([0.01, 0.02, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.97])
_SMOOTH = 5.0
"""Weight of a geometric tail in the firm's distribution, in customers."""


class Plain(msgspec.Struct, frozen=True):
    """One fitted baseline, JSON-able. `mean` and `table` are the firm's counts in the `horizon` days before."""

    name: str
    horizon: int
    mean: float
    table: list[float]
    share: float = 0.5  # weight of `everyone` in the mixtures
    r: float = 1.0  # gamma prior of `shrunk_rate`, per day
    alpha: float = 1.0

    def expected(self, days: float, x: Ints, T: Ints, recent: Ints) -> Floats:
        """(n,) occasions over the next `days`; `recent` are those of the last `horizon` days."""
        if self.name == "nobody":
            return np.zeros(x.size)
        if self.name == "everyone":
            return np.full(x.size, self.mean * days / self.horizon)
        if self.name == "last_period":
            return np.asarray(recent * (days / self.horizon), dtype=np.float64)
        if self.name == "own_rate":
            return np.asarray(x / np.maximum(T, 1) * float(days), dtype=np.float64)
        return np.asarray((self.r + x) / (self.alpha + T) * float(days), dtype=np.float64)

    def forecast(self, past: Past, most: int) -> Forecast:
        """The distribution over the next `horizon` days for every customer of `past`; rows of (most + 1)."""
        key, group = _alike(self.name, past)
        x, T, recent = key
        mean = self.expected(self.horizon, x, T, recent)
        table = fold(np.asarray(self.table), most)
        if self.name in ("nobody", "everyone"):
            pmf = np.broadcast_to(table, (x.size, most + 1)).copy()
        elif self.name == "shrunk_rate":
            pmf = negative_binomial(self.r + x, self.alpha + T, self.horizon, most)
        else:
            pmf = (1 - self.share) * poisson(mean, most) + self.share * table
        return Forecast(pmf, mean, group)


def fit_baselines(before: Past, happened: Ints, past: Past, horizon: int) -> list[Plain]:
    """All baselines as of `past.as_of`, learnt from `before` (one horizon earlier) and what `happened` (n,) since.

    Without customers one horizon earlier the firm's distribution is geometric with the mean rate so far.
    """
    rate = float(past.x.sum() / max(past.T.sum(), 1))
    mean = float(happened.mean()) if happened.size else rate * horizon
    table = _firm_table(happened, max(mean, rate * horizon, 1e-3))
    r, alpha = gamma_prior(past.x, past.T)
    shares = {name: _best_share(name, before, happened, table, horizon) for name in ("last_period", "own_rate")}
    away = 1.0 / (past.size + 2.0)
    nothing = np.r_[1 - away, away * table[1:] / max(table[1:].sum(), 1e-300)]
    found = []
    for name in BASELINES:
        row = nothing if name == "nobody" else table
        named = 0.0 if name == "nobody" else mean
        found.append(Plain(name, horizon, named, row.tolist(), shares.get(name, 0.5), r, alpha))
    return found


def fold(table: Floats, most: int) -> Floats:
    """The same distribution with everything from `most` on in the last place."""
    if table.size <= most + 1:
        return np.concatenate([table, np.zeros(most + 1 - table.size)])
    return np.concatenate([table[:most], [table[most:].sum()]])


def poisson(mean: Floats, most: int) -> Floats:
    """(n, most + 1) Poisson probabilities, the last column for `most` or more."""
    from regulars.stats import special

    k = np.arange(most + 1)
    body = np.exp(special.xlogy(k, mean[:, None]) - mean[:, None] - special.gammaln(k + 1))
    return _close(body)


def negative_binomial(shape: NDArray[np.floating], rate: NDArray[np.floating], days: float, most: int) -> Floats:
    """(n, most + 1) counts over `days` of Poisson buyers whose daily rate is gamma(shape, rate)."""
    k = np.arange(most)
    shape, rate = np.asarray(shape, dtype=np.float64)[:, None], np.asarray(rate, dtype=np.float64)[:, None]
    steps = np.log((shape + k) / (k + 1.0)) + np.log(days / (rate + days))
    start = shape * np.log(rate / (rate + days))
    return _close(np.exp(np.concatenate([start, start + np.cumsum(steps, axis=1)], axis=1)))


def gamma_prior(x: Ints, T: Ints) -> tuple[float, float]:
    """Shape and rate (days) of the gamma distribution of buying rates, by moments; weak where all buy alike."""
    exposure = np.maximum(T, 1).astype(np.float64)
    mean = (float(x.sum()) + 0.5) / (float(exposure.sum()) + 1.0)
    expected = mean * exposure
    extra = float(np.sum((x - expected) ** 2 - expected))
    shape = float(np.clip(np.sum(expected**2) / extra if extra > 0 else 100.0, 0.01, 100.0))
    return shape, shape / mean


def _close(pmf: Floats) -> Floats:
    """Put the rest of the probability into the last column."""
    pmf[:, -1] = np.maximum(1.0 - pmf[:, :-1].sum(axis=1), 0.0)
    return pmf


def _firm_table(happened: Ints, mean: float) -> Floats:
    """The firm's counts with a thin geometric tail, so that nothing is impossible."""
    size = int(happened.max(initial=0)) + 60
    stop = 1.0 / (1.0 + mean)
    tail = stop * (1 - stop) ** np.arange(size)
    tail[-1] += 1 - tail.sum()
    return (np.bincount(happened, minlength=size) + _SMOOTH * tail) / (happened.size + _SMOOTH)


def _best_share(name: str, before: Past, happened: Ints, table: Floats, horizon: int) -> float:
    """The share of `everyone` under which `name` would have been right one period earlier."""
    if happened.size < 20:
        return 0.5
    mean = Plain(name, horizon, 0.0, []).expected(horizon, before.x, before.T, before.recent)
    from regulars.stats import special

    own = np.exp(special.xlogy(happened, mean) - mean - special.gammaln(happened + 1.0))
    alike = table[happened]
    likelihood = [np.log((1 - share) * own + share * alike).sum() for share in _SHARES]
    return float(_SHARES[int(np.argmax(likelihood))])


def _alike(name: str, past: Past) -> tuple[tuple[Ints, Ints, Ints], Ints]:
    """Representative (x, T, recent) of each group of customers who get the same guess, and each customer's group."""
    if name in ("nobody", "everyone"):
        one = np.zeros(1, dtype=np.int64)
        return (one, one, one), np.zeros(past.size, dtype=np.int64)
    value = past.recent if name == "last_period" else past.x * 20_000 + past.T
    _, first, group = np.unique(value, return_index=True, return_inverse=True)
    return (past.x[first], past.T[first], past.recent[first]), group.reshape(-1).astype(np.int64)
