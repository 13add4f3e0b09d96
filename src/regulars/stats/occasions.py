"""Simulated occasions, and the histories they leave."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from regulars.stats.arrays import Floats, Ints


@dataclass(frozen=True)
class Occasions:
    """Repeat occasions of len(T) customers, sorted by customer and time; the first occasion, at time 0, isn't listed.

    customer : (m,) index into T.  time : (m,) days since that customer's first occasion, at most T.
    """

    customer: Ints
    time: Floats
    T: Floats

    def whole_days(self, rng: np.random.Generator) -> Occasions:
        """The same on a calendar, first occasions at a random hour: whole days, several on one day being one."""
        hour = rng.random(self.T.size)
        days = np.floor(self.time + hour[self.customer])
        keep = (days > 0) & (days <= np.floor(self.T)[self.customer])
        customer, days = self.customer[keep], days[keep]
        new = np.ones(days.size, bool)
        new[1:] = (customer[1:] != customer[:-1]) | (days[1:] != days[:-1])
        return Occasions(customer[new], days[new], np.floor(self.T))

    def until(self, end: Floats | float) -> Occasions:
        """Only what happened up to `end` (a number or one per customer), which becomes the end of observation."""
        ends = np.minimum(np.broadcast_to(np.asarray(end, np.float64), self.T.shape), self.T)
        keep = self.time <= ends[self.customer]
        return Occasions(self.customer[keep], self.time[keep], ends)

    def summary(self) -> tuple[Ints, Floats, Floats]:
        """(x, t_x, T) of every customer."""
        x = np.bincount(self.customer, minlength=self.T.size)
        last = np.zeros(self.T.size)
        last[self.customer] = self.time  # sorted by time, so the last one stays
        return x, last, self.T

    def log_gaps(self) -> Floats:
        """For every customer the sum over gaps of log(gap), 0 without gaps."""
        before = np.zeros(self.time.size)
        same = self.customer[1:] == self.customer[:-1]
        before[1:][same] = self.time[:-1][same]
        logs = np.log(np.maximum(self.time - before, 1e-12))
        return np.asarray(np.bincount(self.customer, weights=logs, minlength=self.T.size), np.float64)


def renewals(
    T: Floats,
    draw_gap: Callable[[Ints], Floats],
    p_leave: Floats,
    rng: np.random.Generator,
    *,
    may_leave_at_first: bool,
) -> Occasions:
    """Occasions after gaps that `draw_gap(customers)` gives, each followed by leaving with the customer's p_leave."""
    customer = np.arange(T.size)
    now = np.zeros(T.size)
    if may_leave_at_first:
        stay = rng.random(T.size) >= p_leave
        customer, now = customer[stay], now[stay]
    who: list[Ints] = []
    when: list[Floats] = []
    while customer.size:
        now = now + draw_gap(customer)
        inside = now <= T[customer]
        customer, now = customer[inside], now[inside]
        who.append(customer)
        when.append(now)
        stay = rng.random(customer.size) >= p_leave[customer]
        customer, now = customer[stay], now[stay]
    return gathered(who, when, T)


def gathered(who: list[Ints], when: list[Floats], T: Floats) -> Occasions:
    """Occasions from pieces in any order."""
    customer = np.concatenate([*who, np.empty(0, np.int64)])
    time = np.concatenate([*when, np.empty(0)])
    order = np.lexsort((time, customer))
    return Occasions(customer[order], time[order], np.asarray(T, np.float64))
