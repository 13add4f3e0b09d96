"""Arithmetic over many short runs laid end to end (the gaps of each customer): sorted and read without a loop."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.int64]


def lengths(offsets: Ints) -> Ints:
    """Length of each run from its (n + 1,) offsets."""
    return np.diff(offsets)


def ranked(owner: Ints, value: Ints) -> Ints:
    """The values sorted within each owner; `owner` ascends from 0, values are >= 0. Same order of owners.

    Owner and value are packed into one integer, because sorting plain integers is several times faster than an
    indirect sort; only where both don't fit into 63 bits is it done the slow way.
    """
    if not len(value):
        return value
    bits = max(int(value.max()).bit_length(), 1)
    if int(owner[-1]).bit_length() + bits > 62:
        return value[np.lexsort((value, owner))]
    packed = (owner << bits) | value
    packed.sort()
    return packed & ((1 << bits) - 1)


def percentile(
    ordered: Ints, bounds: Ints, share: float, *, least: int = 1, missing: float = np.nan
) -> npt.NDArray[np.float32]:
    """The `share` (0-1) percentile of each run of `ordered`, interpolated; `missing` below `least` values."""
    count = np.diff(bounds)
    result = np.full(len(count), missing, dtype=np.float32)
    some = np.flatnonzero(count >= max(least, 1))
    place = share * (count[some] - 1)
    low = place.astype(np.int64)
    at = bounds[some] + low
    below = ordered[at]
    above = ordered[np.minimum(at + 1, bounds[some + 1] - 1)]
    result[some] = below + (place - low) * (above - below)
    return result
