"""Calendar months as small integers, so that millions of days are put into months by one look-up."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np
from numpy.typing import NDArray

from regulars.base import days

Ints = NDArray[np.int64]


@dataclass(frozen=True)
class Months:
    """The months from `first_day` to `as_of` (day numbers), 0 .. count - 1; the day after `as_of` is in month `count`.

    The last month ends on `as_of`, whether or not the calendar's does.
    """

    first_day: int
    as_of: int
    start: int  # months since 1970-01 of month 0
    count: int
    table: NDArray[np.int16]
    opening: int
    """The month of the first day that was asked for; months before it only fill its quarter."""

    @classmethod
    def between(cls, first_day: int, as_of: int) -> Months:
        """Months from the first of the quarter of `first_day` to that of `as_of` >= first_day."""
        begun = days.month_start(days.to_date(first_day))
        opening = (begun.month - 1) % 3
        first_day = days.to_number(days.add_months(begun, -opening))
        every = np.arange(first_day, as_of + 1).astype("datetime64[D]").astype("datetime64[M]").astype(np.int64)
        table = np.r_[every - every[0], every[-1] - every[0] + 1].astype(np.int16)
        return cls(first_day, as_of, int(every[0]), int(table[-1]), table, opening)

    def of(self, day: Ints) -> NDArray[np.int16]:
        """The month of each day number; days after `as_of` count as the one after it."""
        found: NDArray[np.int16] = self.table[np.minimum(day, self.as_of + 1) - self.first_day]
        return found

    def first(self, month: int) -> date:
        """The first calendar day of a month."""
        return days.add_months(days.EPOCH, self.start + month)

    def last_number(self, month: int) -> int:
        """Day number of the last day of a month, at most `as_of`."""
        return min(days.to_number(self.first(month + 1)) - 1, self.as_of)

    def complete(self, month: int) -> bool:
        """Whether the month was over on `as_of`."""
        return days.to_number(self.first(month + 1)) - 1 <= self.as_of
