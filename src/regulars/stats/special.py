"""The special functions in use here, from `scipy.special`, loaded without what that drags in and nobody asks for.

On import SciPy copies every public name of NumPy, which makes NumPy load its Fortran wrapper generator and its test
tools: half of what the import takes. Both are put aside for that moment, and can be imported as ever afterwards.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from types import ModuleType
from typing import Any

import numpy as np
from numpy.typing import NDArray

_NOT_ASKED_FOR = ("f2py", "testing")


@contextmanager
def _put_aside() -> Iterator[None]:
    """Empty modules in the place of those that aren't loaded yet."""
    absent = [name for name in _NOT_ASKED_FOR if f"numpy.{name}" not in sys.modules]
    for name in absent:
        setattr(np, name, ModuleType(f"numpy.{name}"))
    try:
        yield
    finally:
        for name in absent:
            delattr(np, name)


with _put_aside():
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
