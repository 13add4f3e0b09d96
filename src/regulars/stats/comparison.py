"""A model beside what happened, as small tables: occasions over time, and how many customers bought how often."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from regulars.base.errors import BadInput
from regulars.stats.arrays import Floats, Ints, counts, distinct, distinct_rows, floats, histories
from regulars.stats.btyd import BuyTillYouDie


@dataclass(frozen=True)
class Tracking:
    """Cumulated repeat occasions of all customers at the ends of steps of time: as expected and as they were."""

    day: Floats
    expected: Floats
    actual: Floats


@dataclass(frozen=True)
class Frequency:
    """Customers by number of repeat occasions, 0 .. `most` or more: as expected and as they were."""

    occasions: Ints
    expected: Floats
    actual: Floats


def tracking(
    model: BuyTillYouDie, first_day: ArrayLike, occasion_day: ArrayLike, until: int, step: int = 7
) -> Tracking:
    """Cumulated repeat occasions every `step` days from the first customer's first day to `until`.

    first_day : (n,) day number of each customer's first occasion.  occasion_day : (m,) day numbers of all repeat
    occasions, of whichever customer. Customers who start after `until` are left out.
    """
    starts = counts("first_day", first_day)
    repeats = np.sort(counts("occasion_day", occasion_day))
    starts = starts[starts <= until]
    if not starts.size or step < 1:
        raise BadInput("Tracking needs at least one customer who started, and a step of at least one day.")
    began, codes = distinct(starts)
    number = np.bincount(codes)
    days = np.append(np.arange(int(began[0]) + step, until, step), until)
    ages = np.maximum(days[:, None] - began[None, :], 0)
    kinds, place = distinct(ages.ravel())
    expected = model.expected_new(kinds)[place].reshape(ages.shape) @ number
    actual = np.searchsorted(repeats, days, side="right")
    return Tracking(days.astype(np.float64), np.asarray(expected), actual.astype(np.float64))


def frequency(
    model: BuyTillYouDie,
    x: ArrayLike,
    t_x: ArrayLike,
    T: ArrayLike,
    weight: ArrayLike | None = None,
    most: int = 7,
) -> Frequency:
    """Customers with 0, 1, ..., `most` or more repeat occasions within their own T."""
    xs, _, end = histories(x, t_x, T)
    each = np.ones(xs.shape) if weight is None else np.broadcast_to(floats("weight", weight), xs.shape)
    (ends,), place = distinct_rows(end)
    pmf = model.distribution(ends, 0, 0, 0, most=most)
    expected = np.bincount(place, weights=each, minlength=ends.size) @ pmf
    actual = np.bincount(np.minimum(xs, most), weights=each, minlength=most + 1)
    return Frequency(np.arange(most + 1), np.asarray(expected), np.asarray(actual, np.float64))
