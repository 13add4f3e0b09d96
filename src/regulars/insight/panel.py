"""A sample of customers with every occasion they had, from which any day of the past can be rebuilt in milliseconds.

Backtests ask "what was known on that day?" many times over. A panel holds at most 50,000 customers as flat arrays
sorted by customer and day; an occasion that was refunded in full later stands until the day it was refunded.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from regulars.insight.histories import Histories, nobody, summary
from regulars.insight.occasions import Chunk

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]

NEVER = np.iinfo(np.int32).max
"""The void day of an occasion that stands."""


@dataclass(frozen=True)
class Alike:
    """Customers with the same history, once: (G,) arrays, how many they are, and (m,) the group of each customer."""

    x: Ints
    t_x: Ints
    T: Ints
    litt: Floats  # sum over the group
    weight: Floats
    group: Ints

    @classmethod
    def of(cls, past: Past) -> Alike:
        """Groups of `past` by (x, t_x, T)."""
        key = (past.x * 20_000 + past.t_x) * 20_000 + past.T
        _, first, group, weight = np.unique(key, return_index=True, return_inverse=True, return_counts=True)
        group = group.reshape(-1).astype(np.int64)
        litt: Floats = np.bincount(group, weights=past.litt, minlength=first.size).astype(np.float64)
        return cls(past.x[first], past.t_x[first], past.T[first], litt, weight.astype(np.float64), group)


@dataclass(frozen=True)
class Past:
    """What was known on one day about the customers who had bought by then; arrays of (m,), in panel order.

    x, t_x and T are on the clock of `histories` (days within episodes left out); `recent` counts the occasions, or
    episodes begun, in the last `recent_days`, the first one included.
    """

    as_of: int
    who: Ints  # index of the customer in the panel
    histories: Histories
    recent: Ints
    recent_days: int

    @property
    def size(self) -> int:
        return int(self.who.size)

    @cached_property
    def x(self) -> Ints:
        return self.histories.x.astype(np.int64)

    @cached_property
    def t_x(self) -> Ints:
        return self.histories.t_x.astype(np.int64)

    @cached_property
    def T(self) -> Ints:  # noqa: N802 - the field's name
        return self.histories.T.astype(np.int64)

    @cached_property
    def idle(self) -> float:
        """Share of time outside episodes: a horizon of h days is h times this on the clock of T."""
        whole = float((self.as_of - self.first_day).sum())
        if self.histories.episode_gap is None or whole <= 0:
            return 1.0
        return float(np.clip(self.T.sum() / whole, 0.05, 1.0))

    @cached_property
    def alike(self) -> Alike:
        """Its customers grouped by their histories."""
        return Alike.of(self)

    @property
    def litt(self) -> Floats:
        return self.histories.litt

    @property
    def first_day(self) -> Ints:
        return self.histories.first_day.astype(np.int64)


@dataclass(frozen=True)
class Refunds:
    """Amounts given back: the occasion's row in the panel, the day (number) it was given back, minor units."""

    row: Ints
    day: Ints
    amount: Ints


@dataclass(frozen=True)
class Panel:
    """Occasions of sampled customers: `customer` (N,) index 0..customers-1, `day` and `void` (N,) day numbers.

    Sorted by (customer, day), one row each. `net` is what is left after all `refunds` known to the panel.
    `episode_gap`: where not 0, an occasion at most that many days after the one before belongs to the same episode,
    and episodes are counted by the day they begin. `share` is the share of the firm's customers that this sample is.
    """

    customer: Ints
    day: Ints
    void: Ints
    net: Ints
    refunds: Refunds
    customers: int
    episode_gap: int = 0
    share: float = 1.0

    @classmethod
    def of(
        cls,
        customer_id: Ints,
        day: Ints,
        void: Ints,
        net: Ints | None = None,
        refunds: tuple[Ints, Ints, Ints, Ints] | None = None,
        *,
        episode_gap: int = 0,
        share: float = 1.0,
    ) -> Panel:
        """From unsorted rows; several rows of one customer and day count as one that stands while any of them does.

        `refunds`: customer_id, day of the occasion, day given back, amount; those of no row here are left out.
        """
        none = np.empty(0, dtype=np.int64)
        if customer_id.size == 0:
            return cls(none, none, none, none, Refunds(none, none, none), 0, episode_gap, share)
        order = np.lexsort((day, customer_id))
        who, days, voids = customer_id[order].astype(np.int64), day[order].astype(np.int64), void[order]
        nets = np.zeros(who.size, dtype=np.int64) if net is None else net[order].astype(np.int64)
        starts = np.flatnonzero(np.r_[True, (np.diff(who) != 0) | (np.diff(days) != 0)])
        voids, nets = np.maximum.reduceat(voids.astype(np.int64), starts), np.add.reduceat(nets, starts)
        who, days = who[starts], days[starts]
        index = np.cumsum(np.r_[0, np.diff(who) != 0]).astype(np.int64)
        given = Refunds(none, none, none)
        if refunds is not None and refunds[0].size:
            keys, wanted = _pair(who, days), _pair(refunds[0], refunds[1])
            row = np.minimum(np.searchsorted(keys, wanted), keys.size - 1)
            there = keys[row] == wanted
            given = Refunds(row[there], refunds[2][there].astype(np.int64), refunds[3][there].astype(np.int64))
        return cls(index, days, voids, nets, given, int(index[-1]) + 1, episode_gap, share)

    @cached_property
    def first_day(self) -> int:
        return int(self.day.min()) if self.day.size else 0

    def standing_rows(self, known: int) -> Ints:
        """Rows of occasions dated by `known` that were not refunded in full by then."""
        return np.flatnonzero((self.day <= known) & (self.void > known))

    def begun(self, rows: Ints) -> NDArray[np.bool_]:
        """Which of these rows count: all, or with episodes those that begin one."""
        if not self.episode_gap:
            return np.ones(rows.size, dtype=np.bool_)
        begins = np.ones(rows.size, dtype=np.bool_)
        begins[1:] = (np.diff(self.customer[rows]) != 0) | (np.diff(self.day[rows]) > self.episode_gap)
        return begins

    def past(self, as_of: int, recent_days: int) -> Past:
        """Every customer's history as of the end of day `as_of`."""
        rows = self.standing_rows(as_of)
        who, day, none = self.customer[rows], self.day[rows], np.zeros(rows.size, dtype=np.int64)
        if not rows.size:
            return Past(as_of, who, nobody(as_of, self.episode_gap or None), who, recent_days)
        net = self.net_as_of(as_of)[rows]
        known = summary(Chunk(who, day, none + 1, net, None), as_of, self.episode_gap or None)
        recent = (self.begun(rows) & (day > as_of - recent_days)).astype(np.int64)
        return Past(as_of, known.customer_id, known, np.add.reduceat(recent, known.offsets[:-1]), recent_days)

    def net_as_of(self, as_of: int) -> Ints:
        """(N,) what was left of each occasion on day `as_of`: refunds given later were not known."""
        late = self.refunds.day > as_of
        if not late.any():
            return self.net
        net = self.net.copy()
        np.add.at(net, self.refunds.row[late], self.refunds.amount[late])
        return net

    def count(self, who: Ints, after: int, until: int, known: int) -> Ints:
        """Occasions of the customers `who` in the days (after, until], as they stand on day `known`."""
        rows = self.standing_rows(known)
        rows = rows[self.begun(rows)]
        day = self.day[rows]
        chosen = self.customer[rows[(day > after) & (day <= until)]]
        return np.bincount(chosen, minlength=self.customers)[who].astype(np.int64)

    def returned(self, who: Ints, after: int, until: Ints) -> NDArray[np.bool_]:
        """Whether each of the customers `who` had an occasion after day `after` and by their own day `until` (m,).

        One that was refunded in full before that day doesn't count.
        """
        limit = np.full(self.customers, -1, dtype=np.int64)
        limit[who] = until
        own = limit[self.customer]
        hit = (self.day > after) & (self.day <= own) & (self.void > own)
        found = np.zeros(self.customers, dtype=np.bool_)
        found[self.customer[hit]] = True
        return found[who]

    def daily(self, who: Ints, after: int, until: int, known: int) -> Ints:
        """(until - after,) occasions of the customers `who` on each day of (after, until]."""
        chosen = np.zeros(self.customers, dtype=np.bool_)
        chosen[who] = True
        rows = self.standing_rows(known)
        rows = rows[self.begun(rows)]
        day = self.day[rows][chosen[self.customer[rows]]]
        day = day[(day > after) & (day <= until)]
        return np.bincount(day - after - 1, minlength=until - after).astype(np.int64)


def _pair(customer_id: Ints, day: Ints) -> Ints:
    """One number for a customer and a day, in their order."""
    return (customer_id.astype(np.int64) << 20) | (day.astype(np.int64) & 0xFFFFF)
