"""How unequal customers' sales are, and how many of each year's best came back. Arrays in, figures out."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from regulars.insight.figures import Concentration

Ints = NDArray[np.int64]

LEAST_FOR_TENTH = 20
LEAST_FOR_HUNDREDTH = 300
_POINTS = 50


def concentration(sales: Ints) -> Concentration:
    """Lorenz curve (best customers first), Gini coefficient and the share of the best tenth and hundredth.

    `sales`: (n,) minor units of the customers who bought in the year; who gave back as much as they bought, or more,
    is left out. A share is None where the tenth (hundredth) would be fewer than two (three) customers.
    """
    ordered = np.sort(sales[sales > 0])[::-1].astype(np.float64)
    n = ordered.size
    if n == 0:
        return Concentration(None, None, None, [])
    reached = np.r_[0.0, np.cumsum(ordered)] / ordered.sum()
    return Concentration(
        _share_of_best(reached, n, 0.1) if n >= LEAST_FOR_TENTH else None,
        _share_of_best(reached, n, 0.01) if n >= LEAST_FOR_HUNDREDTH else None,
        _gini(reached) if n >= 2 else None,
        _curve(reached),
    )


def _share_of_best(reached: NDArray[np.float64], n: int, part: float) -> float:
    return float(np.interp(part * n, np.arange(n + 1), reached))


def _gini(reached: NDArray[np.float64]) -> float:
    """Twice the area between the curve and equality, times n / (n - 1) so that one buyer of all gives 1."""
    n = reached.size - 1
    area = float((reached[1:] + reached[:-1]).sum() / 2 / n)
    return float(np.clip((2 * area - 1) * n / (n - 1), 0.0, 1.0))


def _curve(reached: NDArray[np.float64]) -> list[tuple[float, float]]:
    """At most 51 points from (0, 0) to (1, 1), closer together among the best, where the curve bends."""
    n = reached.size - 1
    steps = np.unique(np.r_[np.round(n * (np.arange(_POINTS + 1) / _POINTS) ** 2), n].astype(np.int64))
    return [(float(k / n), float(min(reached[k], 1.0))) for k in steps]
