"""Histories: what each customer did up to a day, as equal-length arrays sorted by customer.

Occasions are days; where the firm's buying comes in bursts, episodes take their place (see `episodes`).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, fields, replace
from itertools import islice

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from regulars.insight.occasions import Chunk, chunks, in_sample
from regulars.insight.segments import lengths, percentile, ranked
from regulars.insight.source import Source

Ints = npt.NDArray[np.int64]
Days = npt.NDArray[np.int32]
Floats = npt.NDArray[np.float64]

QUARTER_DAYS = 91
OWN_GAPS_LEAST = 4


@dataclass(frozen=True)
class Histories:
    """Customers with at least one occasion as of `as_of`; n rows sorted by `customer_id`.

    Day columns are day numbers (days since 1970-01-01); money is int64 minor units, refunds dated until `as_of` out.
    """

    as_of: int
    customer_id: Ints
    first_day: Days
    last_day: Days
    x: Days
    """Repeat occasions (or repeat episodes)."""
    t_x: Days
    """Days from the first to the last; with episodes the days spent within them are left out of the clock."""
    T: Days
    """Days from the first until `as_of`, on the same clock; T - t_x is always `as_of` - `last_day`."""
    occasions: Days
    orders: Days
    net: Ints
    margin: Floats
    """Margin where costs are known; `margin_net` is the part of `net` that it covers (0: no cost is known)."""
    margin_net: Ints
    spends: Days
    """Occasions (or episodes) with a positive amount, and `spent` their sum."""
    spent: Ints
    sales_365: Ints
    sales_before_365: Ints
    litt: Floats
    """Sum of the logarithms of the gaps."""
    median_gap: npt.NDArray[np.float32]
    """NaN without a gap."""
    gap_80: npt.NDArray[np.float32]
    """80th percentile (`late_share`) of own gaps, NaN below four gaps."""
    longest_gap: Days
    last_third: Days
    """Occasions in the last third of the relation (first occasion until `as_of`), the first one never counted."""
    quarters: Days
    """Quarters (91 days, counted from the first occasion) with spend, and the mean rank of that spend among them."""
    quarter_rank: npt.NDArray[np.float32]
    offsets: Ints
    """(n + 1,): the occasions of customer i are `days[offsets[i]:offsets[i + 1]]`."""
    days: Days
    """Day numbers of all occasions."""
    episode_gap: int | None = None

    def __len__(self) -> int:
        return len(self.customer_id)

    @property
    def silence(self) -> Days:
        """Days since the last occasion."""
        return (self.as_of - self.last_day).astype(np.int32)

    @property
    def evenness(self) -> Floats:
        """1 - Gini of spend per quarter, quarters without spend included; 0-1, 1 for an even (or no) spend."""
        total = (self.as_of - self.first_day) // QUARTER_DAYS + 1.0
        gini = (2.0 * (total - self.quarters + self.quarter_rank) - (total + 1.0)) / total
        return np.where(self.quarters > 0, np.clip(1.0 - gini, 0.0, 1.0), 1.0)

    def take(self, index: npt.NDArray[np.intp] | npt.NDArray[np.bool_]) -> Histories:
        """The customers at `index` (positions in ascending order of customer, or a mask)."""
        at = np.flatnonzero(index) if index.dtype == np.bool_ else np.asarray(index)
        counts = lengths(self.offsets)[at]
        offsets = np.concatenate([[0], np.cumsum(counts)])
        rows = np.repeat(self.offsets[at] - offsets[:-1], counts) + np.arange(offsets[-1])
        per_customer = {name: getattr(self, name)[at] for name in PER_CUSTOMER}
        return replace(self, **per_customer, offsets=offsets, days=self.days[rows])


PER_CUSTOMER = tuple(f.name for f in fields(Histories) if f.name not in ("as_of", "offsets", "days", "episode_gap"))


def histories(
    source: Source,
    as_of: int,
    *,
    merges: Mapping[int, int] | pa.Table | None = None,
    sample: float | None = None,
    only: Ints | None = None,
    episodes: int | None = None,
    late_share: float = 0.8,
    threads: int = 2,
) -> Histories:
    """The history of every customer exactly as it was known on day number `as_of`.

    merges : from -> to customer ids, applied on read.  sample : keep customers whose stable hash is below it.
    only : keep these customers (ids, ascending).
    episodes : occasions at most so many days apart are one episode; None takes occasions as they are.
    """
    stream = chunks(source, as_of, merges=merges, sample=sample, only=only)
    if sample is not None:
        stream = (chunk.take(in_sample(chunk.customer_id, sample)) for chunk in stream)
    parts = list(_summaries(stream, as_of, episodes, late_share, threads))
    pa.default_memory_pool().release_unused()  # reading is over; Arrow would keep its 200 MB
    return joined(parts, as_of, episodes)


def _summaries(
    stream: Iterator[Chunk], as_of: int, episodes: int | None, late_share: float, threads: int
) -> Iterator[Histories]:
    """Each chunk's histories, in order, made on `threads` threads with no more than that many chunks in memory."""
    with ThreadPoolExecutor(threads) as pool:
        running: list[Future[Histories]] = []
        while True:
            for chunk in islice(stream, threads + 1 - len(running)):
                if len(chunk):
                    running.append(pool.submit(summary, chunk, as_of, episodes, late_share))
            if not running:
                return
            yield running.pop(0).result()


def summary(chunk: Chunk, as_of: int, episodes: int | None = None, late_share: float = 0.8) -> Histories:
    """The histories of the customers of one chunk (sorted by customer and day, each customer whole)."""
    change = np.flatnonzero(chunk.customer_id[1:] != chunk.customer_id[:-1]) + 1
    starts = np.concatenate([[0], change])
    offsets = np.append(starts, len(chunk)).astype(np.int64)
    first, last = chunk.day[starts], chunk.day[offsets[1:] - 1]
    margin, margin_net = _margins(chunk, starts)
    gaps = rhythm(chunk.day, offsets, episodes, late_share)
    positive = np.maximum(chunk.net, 0)
    quarters, quarter_rank = _quarters(positive, chunk.day, first, offsets)
    spends = np.add.reduceat((positive > 0).astype(np.int64), starts)
    return Histories(
        as_of=as_of,
        customer_id=chunk.customer_id[starts],
        first_day=first.astype(np.int32),
        last_day=last.astype(np.int32),
        x=gaps.repeats,
        t_x=gaps.span,
        T=(gaps.span + (as_of - last)).astype(np.int32),
        occasions=np.diff(offsets).astype(np.int32),
        orders=np.add.reduceat(chunk.orders, starts).astype(np.int32),
        net=np.add.reduceat(chunk.net, starts),
        margin=margin,
        margin_net=margin_net,
        spends=np.minimum(spends, gaps.repeats + 1).astype(np.int32),
        spent=np.add.reduceat(positive, starts),
        sales_365=np.add.reduceat(np.where(chunk.day > as_of - 365, chunk.net, 0), starts),
        sales_before_365=np.add.reduceat(
            np.where((chunk.day <= as_of - 365) & (chunk.day > as_of - 730), chunk.net, 0), starts
        ),
        litt=gaps.litt,
        median_gap=gaps.median,
        gap_80=gaps.late,
        longest_gap=gaps.longest,
        last_third=last_third(chunk.day, offsets, as_of),
        quarters=quarters,
        quarter_rank=quarter_rank,
        offsets=offsets,
        days=chunk.day.astype(np.int32),
        episode_gap=episodes,
    )


def last_third(day: npt.NDArray[np.integer], offsets: Ints, as_of: int) -> Days:
    """Of day numbers (m,), parted into customers by `offsets`, those in the last third of the time until `as_of`."""
    first = day[offsets[:-1]].astype(np.int64)
    bound = first + (2 * (as_of - first)) // 3
    late = day > np.repeat(bound, lengths(offsets))
    return np.add.reduceat(late, offsets[:-1], dtype=np.int32)


def _margins(chunk: Chunk, starts: npt.NDArray[np.intp]) -> tuple[Floats, Ints]:
    if chunk.margin is None:
        return np.zeros(len(starts)), np.zeros(len(starts), dtype=np.int64)
    known = ~np.isnan(chunk.margin)
    margin = np.add.reduceat(np.where(known, chunk.margin, 0.0), starts)
    return margin, np.add.reduceat(np.where(known, chunk.net, 0), starts)


@dataclass(frozen=True)
class Rhythm:
    """Gaps of each customer: number, sum, sum of logarithms, percentiles, the longest; (n,) arrays."""

    repeats: Days
    span: Days
    litt: Floats
    median: npt.NDArray[np.float32]
    late: npt.NDArray[np.float32]
    longest: Days


def rhythm(day: Ints, offsets: Ints, episodes: int | None, late_share: float) -> Rhythm:
    """Gaps of each customer, given day numbers (N,) and offsets (n + 1,); those within episodes are left out."""
    counts = np.diff(offsets)
    customer = np.repeat(np.arange(len(counts)), counts)
    gap = np.diff(day)
    within = customer[1:] == customer[:-1]
    if episodes is not None:
        within &= gap > episodes
    gap, customer = gap[within], customer[1:][within]
    repeats = np.bincount(customer, minlength=len(counts))
    bounds = np.concatenate([[0], np.cumsum(repeats)])
    ordered = ranked(customer, gap)
    table = np.log(np.maximum(np.arange(int(gap.max(initial=1)) + 1), 1))
    return Rhythm(
        repeats=repeats.astype(np.int32),
        span=np.bincount(customer, weights=gap, minlength=len(counts)).astype(np.int32),
        litt=np.bincount(customer, weights=table[gap], minlength=len(counts)).astype(np.float64),
        median=percentile(ordered, bounds, 0.5),
        late=percentile(ordered, bounds, late_share, least=OWN_GAPS_LEAST),
        longest=percentile(ordered, bounds, 1.0, missing=0.0).astype(np.int32),
    )


def _quarters(positive: Ints, day: Ints, first: Ints, offsets: Ints) -> tuple[Days, npt.NDArray[np.float32]]:
    """Of spend per quarter: how many quarters have any, and their spend-weighted mean rank (1 is the least)."""
    counts = np.diff(offsets)
    customer = np.repeat(np.arange(len(counts)), counts)
    quarter = (day - first[customer]) // QUARTER_DAYS
    starts = np.concatenate([[0], np.flatnonzero((np.diff(quarter) != 0) | (np.diff(customer) != 0)) + 1])
    amount, owner = np.add.reduceat(positive, starts), customer[starts]
    amount, owner = amount[amount > 0], owner[amount > 0]
    filled = np.bincount(owner, minlength=len(counts))
    bounds = np.concatenate([[0], np.cumsum(filled)])
    ordered = ranked(owner, amount).astype(np.float64)
    rank = np.arange(len(ordered)) - np.repeat(bounds[:-1], filled) + 1.0
    total = np.bincount(owner, weights=ordered, minlength=len(counts))
    weighted = np.bincount(owner, weights=ordered * rank, minlength=len(counts))
    mean_rank = np.divide(weighted, total, out=np.zeros(len(counts)), where=total > 0)
    return filled.astype(np.int32), mean_rank.astype(np.float32)


def joined(parts: list[Histories], as_of: int, episodes: int | None = None) -> Histories:
    """The parts as one, sorted by customer; parts must not share customers."""
    columns = [{name: getattr(part, name) for name in (*PER_CUSTOMER, "days")} for part in parts if len(part)]
    if not columns:
        return nobody(as_of, episodes)
    parts.clear()  # so that each column's parts go once it is whole: all twice would be too much for a million
    whole = {name: np.concatenate([part.pop(name) for part in columns]) for name in list(columns[0])}
    offsets = np.concatenate([[0], np.cumsum(whole["occasions"], dtype=np.int64)])
    found = Histories(as_of=as_of, offsets=offsets, episode_gap=episodes, **whole)
    in_order = bool((np.diff(found.customer_id) > 0).all())
    return found if in_order else found.take(np.argsort(found.customer_id))


def nobody(as_of: int, episodes: int | None = None) -> Histories:
    """Histories of no customers."""
    zero = np.zeros(1, dtype=np.int64)
    one = summary(Chunk(zero, zero, zero, zero, None), as_of, episodes)
    return one.take(np.zeros(1, dtype=np.bool_))
