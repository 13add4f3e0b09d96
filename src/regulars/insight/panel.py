"""A sample of customers with every occasion they had, from which any day of the past can be rebuilt in milliseconds.

Backtests ask "what was known on that day?" many times over. A panel holds at most 50,000 customers as flat arrays
sorted by customer and day; an occasion that was refunded in full later stands until the day it was refunded.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]

NEVER = np.iinfo(np.int32).max
"""The void day of an occasion that stands."""


@dataclass(frozen=True)
class Past:
    """What was known on one day about the customers who had bought by then; arrays of (m,), in panel order."""

    as_of: int
    who: Ints  # index of the customer in the panel
    x: Ints  # repeat occasions
    t_x: Ints  # days from the first to the last
    T: Ints  # days from the first to as_of
    litt: Floats  # sum of log gaps
    recent: Ints  # occasions in the last `recent_days`
    recent_days: int

    @property
    def size(self) -> int:
        return int(self.who.size)

    def take(self, chosen: NDArray[np.bool_]) -> Past:
        """Only the customers where `chosen` is true."""
        parts = (getattr(self, name)[chosen] for name in ("who", "x", "t_x", "T", "litt", "recent"))
        return Past(self.as_of, *parts, self.recent_days)


@dataclass(frozen=True)
class Panel:
    """Occasions of sampled customers: `customer` (N,) index 0..customers-1, `day` and `void` (N,) day numbers.

    Sorted by (customer, day), one row each. `episode_gap`: where set, an occasion at most that many days after the
    one before belongs to the same episode, and episodes are counted by the day they begin.
    """

    customer: Ints
    day: Ints
    void: Ints
    customers: int
    episode_gap: int = 0
    share: float = 1.0
    """Share of the firm's customers that this sample is."""

    @classmethod
    def of(cls, customer_id: Ints, day: Ints, void: Ints, *, episode_gap: int = 0, share: float = 1.0) -> Panel:
        """From unsorted rows; several rows of one customer and day count as one that stands while any of them does."""
        if customer_id.size == 0:
            empty = np.empty(0, dtype=np.int64)
            return cls(empty, empty, empty, 0, episode_gap, share)
        order = np.lexsort((day, customer_id))
        who, days, voids = customer_id[order], day[order].astype(np.int64), void[order].astype(np.int64)
        starts = np.flatnonzero(np.r_[True, (np.diff(who) != 0) | (np.diff(days) != 0)])
        voids = np.maximum.reduceat(voids, starts)
        who, days = who[starts], days[starts]
        index = np.cumsum(np.r_[0, np.diff(who) != 0]).astype(np.int64)
        return cls(index, days, voids, int(index[-1]) + 1, episode_gap, share)

    @cached_property
    def first_day(self) -> int:
        return int(self.day.min()) if self.day.size else 0

    def standing_rows(self, known: int) -> Ints:
        """Rows of occasions (episodes) dated by `known` that were not refunded in full by then."""
        rows = np.flatnonzero((self.day <= known) & (self.void > known))
        if self.episode_gap and rows.size:
            begins = np.r_[True, (np.diff(self.customer[rows]) != 0) | (np.diff(self.day[rows]) > self.episode_gap)]
            rows = rows[begins]
        return rows

    def past(self, as_of: int, recent_days: int) -> Past:
        """Every customer's history as of the end of day `as_of`."""
        rows = self.standing_rows(as_of)
        who, day = self.customer[rows], self.day[rows]
        begin = np.flatnonzero(np.r_[True, np.diff(who) != 0]) if rows.size else np.empty(0, dtype=np.int64)
        end = np.r_[begin[1:], rows.size] - 1 if rows.size else begin
        gaps = np.diff(day, prepend=day[:1]).astype(np.float64)
        gaps[begin] = 1.0
        logs = np.log(np.maximum(gaps, 1.0))
        litt = np.add.reduceat(logs, begin) if rows.size else np.empty(0)
        recent = np.add.reduceat((day > as_of - recent_days).astype(np.int64), begin) if rows.size else begin
        first = day[begin]
        return Past(as_of, who[begin], end - begin, day[end] - first, as_of - first, litt, recent, recent_days)

    def count(self, who: Ints, after: int, until: int, known: int) -> Ints:
        """Occasions of the customers `who` in the days (after, until], as they stand on day `known`."""
        rows = self.standing_rows(known)
        day = self.day[rows]
        chosen = self.customer[rows[(day > after) & (day <= until)]]
        return np.bincount(chosen, minlength=self.customers)[who].astype(np.int64)

    def daily(self, who: Ints, after: int, until: int, known: int) -> Ints:
        """(until - after,) occasions of the customers `who` on each day of (after, until]."""
        chosen = np.zeros(self.customers, dtype=np.bool_)
        chosen[who] = True
        rows = self.standing_rows(known)
        day = self.day[rows][chosen[self.customer[rows]]]
        day = day[(day > after) & (day <= until)]
        return np.bincount(day - after - 1, minlength=until - after).astype(np.int64)
