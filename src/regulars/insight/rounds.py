"""Rolling origins: days of the past on which one stands, looks ahead, and then sees what happened.

Each round knows only what was known on its day: orders placed by then, refunds given by then.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import ibis
import numpy as np
import pyarrow as pa

from regulars.base import days
from regulars.insight.panel import NEVER, Ints, Panel, Past, Refunds
from regulars.insight.source import Source, fetch

QUARTER = 91
MOST_ROUNDS = 4
LEAST_HORIZON = 14
ENOUGH_ROUNDS = 3
LEAST_REHEARSAL = 0.75
"""Horizons of history before a rehearsal."""


@dataclass(frozen=True)
class Round:
    """One origin: `past` as of it, `actual` (m,) occasions within the horizon after it, as known when that was over.

    `before` and `happened` are the same pair one horizon earlier, which baselines learn from.
    """

    past: Past
    actual: Ints
    before: Past
    happened: Ints
    until: int

    @property
    def as_of(self) -> int:
        return self.past.as_of

    @property
    def horizon(self) -> int:
        return self.until - self.past.as_of

    @property
    def model_days(self) -> float:
        """The horizon on the clock of the models, which stands still within episodes."""
        return self.horizon * self.past.idle


def plan(first_day: int, as_of: int) -> tuple[int, list[int]]:
    """Horizon in days and the origins, oldest first: quarters back from `as_of`, shorter where history is short.

    Each origin has at least one and a half horizons of history before it; none where even that is too short.
    """
    length = as_of - first_day + 1
    horizon = QUARTER if length >= 4 * QUARTER else length // 4
    if horizon < LEAST_HORIZON:
        return QUARTER, []
    possible = (as_of - horizon * back for back in range(MOST_ROUNDS, 0, -1))
    return horizon, [origin for origin in possible if origin - first_day >= 1.5 * horizon - 1]


def rehearsal(first_day: int, origins: list[int], horizon: int) -> list[int]:
    """The origin one horizon before the first, where origins are few and there is some history before it: nothing is
    judged by it, but what it teaches about ranges is known at the first."""
    few = 0 < len(origins) < ENOUGH_ROUNDS
    if not few or origins[0] - horizon - first_day < horizon * LEAST_REHEARSAL:
        return []
    return [origins[0] - horizon]


def rounds(panel: Panel, horizon: int, origins: list[int]) -> list[Round]:
    """The rounds at `origins`; one without any customer is left out."""
    found = []
    pasts: dict[int, Past] = {}  # one round's day is another's day before
    for day in {day for origin in origins for day in (origin, origin - horizon)}:
        pasts[day] = panel.past(day, horizon)
    for origin in origins:
        past, before = pasts[origin], pasts[origin - horizon]
        if past.size == 0:
            continue
        happened = panel.count(before.who, origin - horizon, origin, origin)
        until = origin + horizon
        found.append(Round(past, panel.count(past.who, origin, until, until), before, happened, until))
    return found


def read_panel(
    source: Source,
    as_of: int,
    *,
    most: int,
    merges: Mapping[int, int] | pa.Table | None = None,
) -> Panel:
    """Occasions dated by `as_of` of at most about `most` customers, picked by a stable hash of their id.

    Refunds given after `as_of` are unknown: what they voided stands, what they took back is there.
    """
    seen = occasions_by(source.table("occasions"), as_of, merges)
    given = refunds_by(source.table("refunds"), as_of, merges)
    customers = int(fetch(seen.customer_id.nunique()).as_py())
    share = min(most / customers, 1.0) if customers else 1.0
    if share < 1.0:
        seen, given = (part.filter(hash_of(part.customer_id) < int(share * HASH_RANGE)) for part in (seen, given))
    occasions = _columns(seen, ("customer_id", "number", "void", "net"))
    refunds = _columns(given, ("customer_id", "number", "given", "amount"))
    # A refund given later is not in what was known: put back here, and not told.
    late = refunds[2] > as_of
    who, day, void, net = occasions
    back = (refunds[0], refunds[1], refunds[2], refunds[3])
    panel = Panel.of(who, day, void, net, back, share=share)
    if not late.any():
        return panel
    known = panel.refunds.day <= as_of
    rest = Refunds(*(part[known] for part in (panel.refunds.row, panel.refunds.day, panel.refunds.amount)))
    return replace(panel, net=panel.net_as_of(as_of), refunds=rest)


HASH_RANGE = 2_147_483_647


def hash_of(customer_id: Any) -> Any:
    """0 .. 2^31 - 2 from an id, evenly spread, in whole arithmetic that every engine agrees on."""
    once = (customer_id % HASH_RANGE * 1_327_217_885 + 12_345) % HASH_RANGE
    return ((once ^ (once >> 15)) * 742_938_285 + 1) % HASH_RANGE


def occasions_by(occasions: Any, as_of: int, merges: Mapping[int, int] | pa.Table | None = None) -> Any:
    """customer_id (after merges), number (day number), void (day number) and net of occasions dated by `as_of`."""
    day = ibis.date(days.to_date(as_of).isoformat())
    seen = occasions.filter(occasions.day <= day)
    void = ibis.cases((seen.void_day <= day, _number(seen.void_day)), else_=NEVER)
    seen = seen.select(customer_id=seen.customer_id, number=_number(seen.day), void=void.cast("int64"), net=seen.net)
    return merged(seen, merges)


def refunds_by(refunds: Any, as_of: int, merges: Mapping[int, int] | pa.Table | None = None) -> Any:
    """customer_id (after merges), number (day of the order), given (day of the refund) and amount, of orders so far."""
    placed = refunds.filter(refunds.order_day <= ibis.date(days.to_date(as_of).isoformat()))
    placed = placed.select(
        customer_id=placed.customer_id,
        number=_number(placed.order_day),
        given=_number(placed.day),
        amount=placed.amount,
    )
    return merged(placed, merges)


def _number(day: Any) -> Any:
    return day.delta(ibis.date(days.EPOCH.isoformat()), unit="day").cast("int64")


def _columns(expr: Any, names: tuple[str, ...]) -> list[Ints]:
    table = fetch(expr)
    return [table.column(name).to_numpy(zero_copy_only=False).astype(np.int64) for name in names]


def merged(table: Any, merges: Mapping[int, int] | pa.Table | None) -> Any:
    """`table` with customer_id replaced by the one it was merged into."""
    pairs = _pairs(merges)
    if pairs is None:
        return table
    moved = ibis.memtable(pairs)
    joined = table.left_join(moved, table.customer_id == moved.from_id)
    return joined.mutate(customer_id=ibis.coalesce(joined.to_id, joined.customer_id)).drop("from_id", "to_id")


def _pairs(merges: Mapping[int, int] | pa.Table | None) -> pa.Table | None:
    """Each merged id with the one at the end of its chain."""
    if merges is None:
        return None
    if isinstance(merges, pa.Table):
        merges = dict(zip(*(column.to_pylist() for column in merges.columns[:2]), strict=True))
    ends = {}
    for origin in merges:
        target, seen = merges[origin], {origin}
        while target in merges and target not in seen:
            seen.add(target)
            target = merges[target]
        ends[origin] = target
    if not ends:
        return None
    return pa.table({"from_id": pa.array(ends.keys(), pa.int64()), "to_id": pa.array(ends.values(), pa.int64())})
