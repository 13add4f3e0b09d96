"""Histories of an earlier day brought to a later one: only customers whose occasions changed are read again.

Most of a history doesn't depend on the day from which it is seen. What does (the time since, sales of the last year
and of the year before, the last third) follows from that day and from the few occasions that the windows moved over.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from hashlib import blake2b
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from regulars.base.days import to_date
from regulars.insight.histories import PER_CUSTOMER, Histories, histories, last_third
from regulars.insight.occasions import current_ids, merge_pairs
from regulars.insight.reuse import CHANGED_MOST, among
from regulars.insight.source import Source, fetch

Ints = npt.NDArray[np.int64]
Days = npt.NDArray[np.int32]

MOST_DAYS = 31
YEAR = 365
SLICE = 50_000
"""Customers handled at a time: a few MB of working memory on each thread."""


@dataclass(frozen=True)
class Earlier:
    """Histories of an earlier run in occasions, the ids of customers whose occasions changed since its versions, and
    what it was read by (`basis_of`)."""

    histories: Histories
    changed: Ints
    basis: str


def basis_of(merges: Mapping[int, int] | pa.Table | None, left_out: str, late_share: float) -> str:
    """A short fingerprint of what histories depend on beside occasions and the day."""
    told = repr((sorted(merge_pairs(merges).items()), left_out, late_share))
    return blake2b(told.encode(), digest_size=16).hexdigest()


def settled(source: Source, as_of: int) -> bool:
    """Whether nothing in the source is dated after day number `as_of`: what is known then stays so as days go by."""
    day = to_date(as_of)
    occasions, refunds = source.table("occasions"), source.table("refunds")
    late = occasions.filter((occasions.day > day) | (occasions.void_day > day))
    return not int(fetch(late.count()).as_py()) and not int(fetch(refunds.filter(refunds.day > day).count()).as_py())


def onward(
    earlier: Earlier | None,
    source: Source,
    as_of: int,
    basis: str,
    *,
    merges: Mapping[int, int] | pa.Table | None,
    late_share: float,
) -> Histories | None:
    """What `histories` would read, the same in every figure; None where it has to be read from the source.

    earlier : of a state that was `settled`.
    """
    if earlier is None or earlier.basis != basis or not 0 <= as_of - earlier.histories.as_of <= MOST_DAYS:
        return None
    kept = earlier.histories
    if len(earlier.changed) > CHANGED_MOST * len(kept):
        return None
    pairs = merge_pairs(merges)
    changed = np.unique(current_ids(earlier.changed, pairs))
    stays = ~among(kept.customer_id, changed)
    anew = histories(source, as_of, merges=merges, only=changed, late_share=late_share)
    sales = _sales(source, kept, as_of, pairs)
    return _spliced(replace(kept, sales_365=sales[0], sales_before_365=sales[1]), stays, anew, as_of)


def _sales(source: Source, kept: Histories, as_of: int, pairs: Mapping[int, int]) -> tuple[Ints, Ints]:
    """Sales of the year until `as_of` and of the one before, for customers whose occasions are what they were."""
    last, before = kept.sales_365.copy(), kept.sales_before_365.copy()
    moved = as_of - kept.as_of
    if not moved:
        return last, before
    occasions = source.table("occasions")
    passed = [
        (occasions.day > to_date(kept.as_of - back)) & (occasions.day <= to_date(as_of - back))
        for back in (YEAR, 2 * YEAR)
    ]
    seen = fetch(occasions.filter((passed[0] | passed[1]) & (occasions.orders > 0)).select("customer_id", "day", "net"))
    who = current_ids(np.asarray(seen.column("customer_id").to_numpy(), dtype=np.int64), pairs)
    day = seen.column("day").cast(pa.int32()).to_numpy()
    net = np.asarray(seen.column("net").to_numpy(), dtype=np.int64)
    there = among(who, kept.customer_id)
    at, day, net = np.searchsorted(kept.customer_id, who[there]), day[there], net[there]
    recent = day > kept.as_of - YEAR
    np.subtract.at(last, at[recent], net[recent])
    np.add.at(before, at[recent], net[recent])
    np.subtract.at(before, at[~recent], net[~recent])
    return last, before


def _spliced(kept: Histories, stays: npt.NDArray[np.bool_], anew: Histories, as_of: int) -> Histories:
    """The customers of `kept` that stay and those of `anew`, sorted, all as of `as_of`."""
    rows = np.concatenate([np.flatnonzero(stays), len(kept) + np.arange(len(anew))])
    ids = np.concatenate([kept.customer_id[stays], anew.customer_id])
    rows = rows[np.argsort(ids, kind="stable")]
    with ThreadPoolExecutor(2) as pool:

        def column(name: str) -> npt.NDArray[np.generic]:
            return np.asarray(np.concatenate([getattr(kept, name), getattr(anew, name)])[rows])

        columns: dict[str, Any] = dict(zip(PER_CUSTOMER, pool.map(column, PER_CUSTOMER), strict=True))
        starts = np.concatenate([kept.offsets[:-1], len(kept.days) + anew.offsets[:-1]])[rows]
        offsets = np.concatenate([[0], np.cumsum(columns["occasions"], dtype=np.int64)])
        whole = replace(kept, **columns, as_of=as_of, offsets=offsets, days=np.empty(offsets[-1], dtype=np.int32))
        list(pool.map(_slice(whole, starts, np.concatenate([kept.days, anew.days])), _slices(len(whole))))
    return replace(whole, T=(whole.t_x + (as_of - whole.last_day)).astype(np.int32))


def _slices(customers: int) -> Iterator[slice]:
    return (slice(low, min(low + SLICE, customers)) for low in range(0, customers, SLICE))


def _slice(whole: Histories, starts: Ints, days: Days) -> Callable[[slice], None]:
    """Fills in the days of some customers, which begin at `starts` of `days`, and what is counted of them."""

    def fill(some: slice) -> None:
        offsets = whole.offsets[some.start : some.stop + 1]
        counts = np.diff(offsets)
        own = days[np.repeat(starts[some] - offsets[:-1], counts) + np.arange(offsets[0], offsets[-1])]
        whole.days[offsets[0] : offsets[-1]] = own
        whole.last_third[some] = last_third(own, offsets - offsets[0], whole.as_of)

    return fill
