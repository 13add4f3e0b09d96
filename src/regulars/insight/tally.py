"""What the views of the firm count, added up over chunks of whole customers in constant memory.

A customer's life is laid out in spans: from each occasion until the next they are current (or won back), then
slipping from the late day on, then lapsed. Counting who is where at the end of a month needs no table of customers
times months: a span adds one from the month it begins in until the month before the one it ends in.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from regulars.insight.figures import RUNGS
from regulars.insight.months import Months
from regulars.insight.occasions import Chunk

Ints = NDArray[np.int64]

STATES = ("won back", "current", "slipping", "lapsed")
WON_BACK, CURRENT, SLIPPING, LAPSED = range(4)
NEW = len(STATES)
"""Where a flow begins for a first buyer."""
BUYER, REPEAT, REGULAR = 1, 2, 3
YEAR = 365
_SUMS = (
    *("sales", "orders", "occasions", "buyers", "new", "sales_by_state", "sales_by_rung"),
    *("state_steps", "rung_steps", "flows", "cohort_active", "cohort_sales"),
)


@dataclass(frozen=True)
class MonthRule:
    """What of the run's parameters the months need: the window W and when three occasions make a regular."""

    window_days: int
    regular_occasions: int = 3
    regular_longest_gap: float = 0.75
    episode_gap: int = 0


@dataclass
class Tally:
    """Sums by month; add chunks, then read. Money is minor units, arrays have one row a month."""

    months: Months
    rule: MonthRule
    period: int = 1
    """Months in one period of a cohort: 1 or 3."""
    sales: Ints = field(init=False)
    orders: Ints = field(init=False)
    occasions: Ints = field(init=False)
    buyers: Ints = field(init=False)
    new: Ints = field(init=False)
    sales_by_state: Ints = field(init=False)  # (months, states)
    sales_by_rung: Ints = field(init=False)  # (months, rungs)
    state_steps: Ints = field(init=False)  # (months + 2, states): who comes less who goes
    rung_steps: Ints = field(init=False)
    flows: Ints = field(init=False)  # (months, states + 1, states)
    cohort_active: Ints = field(init=False)  # (periods, periods since)
    cohort_sales: Ints = field(init=False)
    years: list[tuple[Ints, NDArray[np.int16], Ints]] = field(default_factory=list)
    customers: int = 0

    def __post_init__(self) -> None:
        n, periods = self.months.count, self.months.count // self.period + 2

        def zeros(*shape: int) -> Ints:
            return np.zeros(shape, dtype=np.int64)

        self.sales, self.orders, self.occasions, self.buyers, self.new = (zeros(n) for _ in range(5))
        self.sales_by_state, self.sales_by_rung = zeros(n, len(STATES)), zeros(n, len(RUNGS))
        self.state_steps, self.rung_steps = zeros(n + 2, len(STATES)), zeros(n + 2, len(RUNGS))
        self.flows = zeros(n, len(STATES) + 1, len(STATES))
        self.cohort_active, self.cohort_sales = zeros(periods, periods), zeros(periods, periods)

    def add(self, chunk: Chunk, late_day: Ints, lapse_day: Ints, rung: NDArray[np.int8]) -> None:
        """Count the customers of one chunk (rows sorted by customer and day).

        `late_day`, `lapse_day`: (rows,) first day on which the customer would be late, and lapsed, after each
        occasion. `rung`: (customers of the chunk,) today's, as positions in `RUNGS`.
        """
        if not len(chunk):
            return
        life = _Life.of(chunk, late_day, lapse_day, self.months, self.rule)
        self._totals(chunk, life)
        rungs = _rungs(chunk, life, self.rule, rung)
        self._states(chunk, life)
        self._by_rung(chunk, life, rungs)
        self._flows(life)
        self._cohorts(chunk, life)
        self._years(chunk, life)
        self.customers += life.start_rows.size

    def merge(self, other: Tally) -> None:
        """Take in what another tally of the same months counted of other customers."""
        for name in _SUMS:
            getattr(self, name).__iadd__(getattr(other, name))
        self.years += [(who + self.customers, year, net) for who, year, net in other.years]
        self.customers += other.customers

    # -- parts ----------------------------------------------------------------------------------------------------

    def _totals(self, chunk: Chunk, life: _Life) -> None:
        n = self.months.count
        self.sales += _sum(life.month, chunk.net, n)
        self.orders += _sum(life.month, chunk.orders, n)
        self.occasions += np.bincount(life.month, minlength=n)
        self.buyers += np.bincount(life.month[life.last_of_month], minlength=n)
        self.new += np.bincount(life.month[life.start_rows], minlength=n)

    def _states(self, chunk: Chunk, life: _Life) -> None:
        n, width = self.months.count, len(STATES)
        # Where one state ends the next begins; one that begins and ends in the same month cancels out.
        edges = [np.bincount(edge, minlength=n + 2) for edge in (life.month, *life.ends)]
        for state in range(width):
            self.state_steps[:, state] += edges[state] - edges[state + 1]
        key = life.month[life.last_of_month].astype(np.int64) * width + life.state_at_month_end()
        self.sales_by_state += _sum(key, life.month_sales(chunk), n * width).reshape(n, width)

    def _by_rung(self, chunk: Chunk, life: _Life, rungs: NDArray[np.int8]) -> None:
        n, width = self.months.count, len(RUNGS)
        for months, sign in ((life.month, 1), (life.next_month, -1)):
            keys = months.astype(np.int64) * width + rungs
            self.rung_steps += sign * np.bincount(keys, minlength=(n + 2) * width).reshape(n + 2, width)
        rows = life.last_of_month
        key = life.month[rows].astype(np.int64) * width + rungs[rows]
        self.sales_by_rung += _sum(key, life.month_sales(chunk), n * width).reshape(n, width)

    def _flows(self, life: _Life) -> None:
        # Spans that hold the end of a month, in order of time; between two of one customer lies one flow.
        rows = np.flatnonzero(life.month < life.next_month)
        begin = np.stack([part[rows] for part in life.begins], axis=1)
        end = np.stack([part[rows] for part in life.ends], axis=1)
        row, state = np.nonzero(begin < end)
        if not row.size:
            return
        month = begin[row, state].astype(np.int64)
        owner = life.customer[rows][row]
        origin = np.r_[NEW, state[:-1]]
        origin[np.r_[True, np.diff(owner) != 0]] = NEW
        moved = origin != state
        width, n = len(STATES), self.months.count
        key = (month[moved] * (width + 1) + origin[moved]) * width + state[moved]
        self.flows += np.bincount(key, minlength=n * (width + 1) * width).reshape(n, width + 1, width)

    def _cohorts(self, chunk: Chunk, life: _Life) -> None:
        size = self.cohort_active.shape[0]
        period = (life.month // self.period).astype(np.int64)
        runs = np.flatnonzero(life.is_start | np.r_[True, np.diff(period) != 0])
        begun = period[life.start_rows][life.customer[runs]]
        key = begun * size + period[runs] - begun
        self.cohort_active += np.bincount(key, minlength=size * size).reshape(size, size)
        self.cohort_sales += _sum(key, np.add.reduceat(chunk.net, runs), size * size).reshape(size, size)

    def _years(self, chunk: Chunk, life: _Life) -> None:
        back = ((self.months.as_of - chunk.day) // YEAR).astype(np.int16)
        runs = np.flatnonzero(life.is_start | np.r_[True, np.diff(back) != 0])
        who = (life.customer[runs] + self.customers).astype(np.int64)
        self.years.append((who, back[runs], np.add.reduceat(chunk.net, runs)))


@dataclass(frozen=True)
class _Life:
    """Rows of a chunk with where their customer's spans begin and end, in months."""

    customer: Ints  # 0.. within the chunk
    is_start: NDArray[np.bool_]
    start_rows: Ints
    month: NDArray[np.int16]
    next_month: NDArray[np.int16]  # of the next occasion, or the one after the last
    last_of_month: NDArray[np.bool_]  # the customer's last occasion in its month
    month_starts: Ints  # rows at which a customer's month begins
    begins: list[NDArray[np.int16]]  # by state
    ends: list[NDArray[np.int16]]

    @classmethod
    def of(cls, chunk: Chunk, late_day: Ints, lapse_day: Ints, months: Months, rule: MonthRule) -> _Life:
        """Lay out the spans after each occasion."""
        is_start = np.r_[True, chunk.customer_id[1:] != chunk.customer_id[:-1]]
        start_rows = np.flatnonzero(is_start)
        is_end = np.r_[is_start[1:], True]
        following = np.where(is_end, months.as_of + 1, np.r_[chunk.day[1:], 0])
        late = np.minimum(late_day, following)
        lapse = np.minimum(np.maximum(lapse_day, late_day), following)
        back = _won_back_until(chunk.day, lapse_day, is_start, rule.window_days)
        back = np.clip(back, chunk.day, late)
        month, edges = months.of(chunk.day), [months.of(part) for part in (back, late, lapse, following)]
        last_of_month = np.r_[(month[1:] != month[:-1]) | is_start[1:], True]
        return cls(
            customer=np.cumsum(is_start) - 1,
            is_start=is_start,
            start_rows=start_rows,
            month=month,
            next_month=edges[3],
            last_of_month=last_of_month,
            month_starts=np.flatnonzero(np.r_[True, last_of_month[:-1]]),
            begins=[month, *edges[:3]],
            ends=edges,
        )

    def month_sales(self, chunk: Chunk) -> Ints:
        """Net of each customer's month, in order of rows."""
        return np.add.reduceat(chunk.net, self.month_starts)

    def state_at_month_end(self) -> Ints:
        """State at the end of its month of each customer who bought in it, in order of rows."""
        rows = self.last_of_month
        month = self.month[rows]
        # The span that holds the month's end is the first one that doesn't end within the month.
        over = [end[rows] <= month for end in self.ends[:3]]
        return over[0].astype(np.int64) + (over[0] & over[1]) + (over[0] & over[1] & over[2])


def _won_back_until(day: Ints, lapse_day: Ints, is_start: NDArray[np.bool_], window_days: int) -> Ints:
    """First day on which no occasion of the last W days was one that ended a lapse; far past where there was none."""
    returned = np.r_[False, (day[1:] - 1 >= lapse_day[:-1])] & ~is_start
    row = np.arange(day.size)
    latest = np.maximum.accumulate(np.where(returned | is_start, row, 0))
    return np.where(returned[latest], day[latest] + window_days, -1)


def _rungs(chunk: Chunk, life: _Life, rule: MonthRule, today: NDArray[np.int8]) -> NDArray[np.int8]:
    """Rung after each occasion: by the rule of then until regular; who is more today was so while a regular."""
    gap = np.where(life.is_start, 0, np.r_[0, np.diff(chunk.day)])
    begun = life.is_start | (gap > rule.episode_gap)
    gap = np.where(begun, gap, 0)
    number = _running(begun.astype(np.int64), life)
    spread = _running(gap, life)
    longest = np.maximum.accumulate((life.customer << 20) | gap) & 0xFFFFF
    steady = (
        (number >= rule.regular_occasions)
        & (spread >= rule.window_days)
        & (longest <= rule.regular_longest_gap * spread)
    )
    now = today[life.customer]
    deep = np.where(now > REGULAR, now, REGULAR)
    return np.where(steady, deep, np.where(number >= 2, REPEAT, BUYER)).astype(np.int8)


def _running(value: Ints, life: _Life) -> Ints:
    """Sum within each customer up to and with each row."""
    total = np.cumsum(value)
    before = (total - value)[life.start_rows]
    return np.asarray(total - before[life.customer])


def _sum(key: NDArray[np.signedinteger], value: Ints, size: int) -> Ints:
    """Exact sums of whole numbers by key: floats hold them up to 2^53, beyond that high and low parts are added."""
    if value.size and max(int(value.max()), -int(value.min())) * value.size < 2**52:
        return np.bincount(key, weights=value, minlength=size).astype(np.int64)
    high, low = value >> 20, value & 0xFFFFF
    parts = [np.zeros(size, dtype=np.int64) for _ in range(2)]
    for total, part in zip(parts, (high, low), strict=True):
        np.add.at(total, key, part)
    return (parts[0] << 20) + parts[1]
