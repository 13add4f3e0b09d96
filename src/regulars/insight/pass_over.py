"""One pass over all occasions: the tally of the firm, on a few threads, in constant memory."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import islice

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from regulars.insight.figures import RUNGS
from regulars.insight.months import Months
from regulars.insight.occasions import Chunk, chunks
from regulars.insight.outside import first_sale
from regulars.insight.parameters import Parameters
from regulars.insight.rule import Rule
from regulars.insight.sheet import codes_of
from regulars.insight.source import Source
from regulars.insight.spans import spans
from regulars.insight.tally import MonthRule, Tally
from regulars.insight.views import cohort_period

Ints = NDArray[np.int64]

THREADS = 2
ROWS = 100_000
"""Rows in one chunk, about: 150 MB of working memory for all that are under way."""


class People:
    """What is read from the customers' table by id: today's rung and the late day after the last occasion."""

    def __init__(self, customers: pa.Table) -> None:
        ids = customers.column("customer_id").to_numpy()
        rung = codes_of(customers.column("rung"), RUNGS)
        late = customers.column("late_after_day").cast(pa.int32())
        order = np.arange(ids.size) if np.all(np.diff(ids) > 0) else np.argsort(ids, kind="stable")
        self._ids, self._rung = ids[order], rung[order]
        self._late = late.fill_null(np.iinfo(np.int32).max).to_numpy()[order]

    def of(self, customer_id: Ints) -> tuple[NDArray[np.int8], NDArray[np.int32]]:
        """Rung and late day of these customers; who isn't in the table is a buyer who is never late."""
        if not self._ids.size:
            nothing = np.ones(customer_id.size, dtype=np.int8)
            return nothing, np.full(customer_id.size, np.iinfo(np.int32).max, dtype=np.int32)
        at = np.minimum(np.searchsorted(self._ids, customer_id), self._ids.size - 1)
        there = self._ids[at] == customer_id
        return (
            np.where(there, self._rung[at], 1).astype(np.int8),
            np.where(there, self._late[at], np.iinfo(np.int32).max).astype(np.int32),
        )


def tally(
    source: Source,
    as_of: int,
    parameters: Parameters,
    customers: pa.Table,
    *,
    merges: Mapping[int, int] | pa.Table | None = None,
    threads: int = THREADS,
) -> Tally | None:
    """The tally as of day number `as_of`; None where nothing had been sold by then."""
    first = first_sale(source, as_of)
    if first is None:
        return None
    months = Months.between(first, as_of)
    thresholds = parameters.thresholds
    rule = MonthRule(
        parameters.window_days,
        thresholds.regular_occasions,
        thresholds.regular_longest_gap,
        parameters.episode_gap_days or 0,
    )
    standing_rule, people = Rule.of(parameters), People(customers)

    def one(chunk: Chunk) -> Tally:
        made = Tally(months, rule, cohort_period(months))
        found = spans(chunk, standing_rule, as_of, parameters.episode_gap_days)
        ends = np.flatnonzero(np.r_[chunk.customer_id[1:] != chunk.customer_id[:-1], True])
        rung, late = people.of(chunk.customer_id[ends])
        late_day, lapse_day = found.late_day.copy(), found.lapse_day
        # The table knows more of the last silence: seasons put the late day off.
        known = late < np.iinfo(np.int32).max
        late_day[ends[known]] = late[known].astype(np.int64) + 1
        made.add(chunk, late_day, lapse_day, rung)
        return made

    whole = Tally(months, rule, cohort_period(months))
    for part in _in_threads(one, chunks(source, as_of, merges=merges, rows=ROWS), threads):
        whole.merge(part)
    return whole


def _in_threads(one: Callable[[Chunk], Tally], stream: Iterator[Chunk], threads: int) -> Iterator[Tally]:
    """Results in order, with no more chunks in memory than there are threads, and one."""
    with ThreadPoolExecutor(threads) as pool:
        running: list[Future[Tally]] = []
        while True:
            for chunk in islice(stream, threads + 1 - len(running)):
                if len(chunk):
                    running.append(pool.submit(one, chunk))
            if not running:
                return
            yield running.pop(0).result()
