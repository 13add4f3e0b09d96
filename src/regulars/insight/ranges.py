"""Ranges of sums over many customers, from what they share: the parameters, and the luck of the whole firm.

Single customers' bounds are never summed: their luck evens out, the shared errors don't. A sum's uncertainty has three
parts, put together on the log scale: the model's parameters (drawn jointly for all customers), each customer's own
spread (independent, so variances add), and what moves the whole firm at once (`calibration.firm_error`).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from regulars.insight.figures import Estimate
from regulars.stats import special

Floats = NDArray[np.float64]

REPRESENTATIVES = 800
"""Groups of customers on which parameter draws are evaluated; the ratio to the point estimate carries over."""


def estimate(value: float, sigma: float, interval: float = 0.8, digits: int | None = None) -> Estimate:
    """`value` with the central `interval` of a log-normal spread `sigma` around it; mirrored for a negative one."""
    z = float(special.ndtri(0.5 + interval / 2))
    ends = sorted((value * float(np.exp(-z * sigma)), value * float(np.exp(z * sigma))))
    if digits is None:
        return Estimate(value, ends[0], ends[1])
    return Estimate(round(value, digits), round(ends[0], digits), round(ends[1], digits))


def representatives(weight: Floats, most: int = REPRESENTATIVES) -> tuple[NDArray[np.int64], Floats]:
    """Evenly spread positions in a sorted list of groups, and how many customers each then stands for."""
    if weight.size <= most:
        return np.arange(weight.size), weight
    reached = np.cumsum(weight)
    marks = (np.arange(most) + 0.5) / most * reached[-1]
    chosen, counts = np.unique(np.searchsorted(reached, marks), return_counts=True)
    return chosen, counts * (reached[-1] / most)


def together(parameters: float, variance: float, value: float, firm: float) -> float:
    """The log-scale spread of a sum: parameter spread, the customers' summed variance, the firm's shared error."""
    own = variance / max(value, 1e-9) ** 2
    return float(np.sqrt(parameters**2 + np.log1p(own) + firm**2))
