"""The special functions in use here: those of `scipy.special`, and the trigamma that it lacks."""

from __future__ import annotations

from typing import Any

from numpy.typing import NDArray
from scipy.special import (
    bdtr,
    betainc,
    betaincinv,
    betaln,
    gammaincinv,
    gammaln,
    ndtr,
    ndtri,
    psi,
    xlogy,
    zeta,
)

__all__ = [
    "bdtr",
    "betainc",
    "betaincinv",
    "betaln",
    "gammaincinv",
    "gammaln",
    "ndtr",
    "ndtri",
    "psi",
    "trigamma",
    "xlogy",
]


def trigamma(x: float | NDArray[Any]) -> Any:
    """Second derivative of log gamma; SciPy's `polygamma(1, x)` would work out the first as well, and drop it."""
    return zeta(2.0, x)
