"""Tails of negative binomial counts for many customers at once."""

from __future__ import annotations

import numpy as np

from regulars.stats.arrays import Floats, chunks, distinct


def at_least(n: Floats, rho: Floats, most: int, *, each: int = 1, done: int = 0) -> Floats:
    """P(floor((done + N) / each) >= y), (rows, y = 0..most), with N ~ NB(shape n, success rho / (1 + rho)).

    N counts the events of a Poisson process whose rate is gamma; with `each` > 1 an occasion is every each-th event,
    of which `done` < each have happened. The shapes n must differ by whole numbers.
    """
    if not n.size:
        return np.ones((0, most + 1))
    top = each * most - done
    i = np.arange(1, top)
    least = float(n.min())
    found, codes = distinct(np.rint(n - least).astype(np.int64))
    shape = np.zeros((found.size, top))
    np.cumsum(np.log((least + found[:, None] + i - 1) / i), axis=1, out=shape[:, 1:])
    log_w = np.log(np.maximum(rho, 1e-300)) - np.log1p(rho)
    out = np.ones((n.size, most + 1))
    for part in chunks(n.size, max(64, 1_000_000 // top)):
        logs = shape[codes[part]] + np.arange(top) * log_w[part, None] - (n[part] * np.log1p(rho[part]))[:, None]
        below = np.cumsum(np.exp(logs), axis=1)
        out[part, 1:] = 1.0 - below[:, each - done - 1 :: each]
    return np.maximum(out, 0.0)
