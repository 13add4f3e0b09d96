"""A few customers judged at once, between runs: by the last run's parameters, over the lake and orders not in it yet.

What a refresh would say of them now, as long as its parameters are the same, is on the screens within a second, and
what changed is told once. `judge_some_read` reads, `judge_some_write` writes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date

import msgspec
import numpy as np
import pyarrow as pa

from regulars import insight
from regulars.base import days
from regulars.base.money import digits
from regulars.customers import consent, judge_some_read, judge_some_write, merges, queries
from regulars.customers.models import Run
from regulars.customers.refresh import open_lake
from regulars.customers.sync_columns import columns
from regulars.platform.workspace import Workspace


@dataclass(frozen=True)
class Pending:
    """Orders that the lake hasn't got yet, or not so: as `OrderBatch` takes them, an order once.

    They take the place of the lake's orders of the same shop and number. lines, refunds : by `order_key`.
    """

    orders: pa.Table
    lines: pa.Table | None = None
    refunds: pa.Table | None = None


@dataclass(frozen=True)
class Judged:
    """Who was judged, and how many of them changed their standing or rung."""

    customers: list[int]
    changed: int


def judge_some(
    workspace: Workspace,
    customer_ids: Iterable[int],
    pending: Pending | None,
    *,
    as_of: date,
    done: Callable[[Sequence[int]], None] = lambda _ids: None,
) -> Judged:
    """Bring the pictures and latest orders of these customers up to date, as of a day (or the last run's, if later).

    done : called within the transaction that writes them, with the ids it was given, so that a caller can note what it
    need not do again. Nothing is written (but `done` is called) before the first run is on the screens: its sync says
    everything.
    """
    given = sorted(set(customer_ids))
    run = queries.latest_run()
    if run is None or not Run.objects.filter(synced_at__isnull=False).exists():
        judge_some_write.nothing(given, done)
        return Judged([], 0)
    ends = merges.ends()
    now = sorted({ends.get(number, number) for number in given})
    family = merges.everyone_of(now)
    parameters = msgspec.convert(run.parameters, insight.Parameters)
    day = max(days.to_number(as_of), parameters.as_of)
    look = judge_some_read.Look(
        now=np.array(now, dtype=np.int64),
        family=np.array(family, dtype=np.int64),
        merges={number: ends[number] for number in family if number in ends},
        objecting=frozenset(consent.objecting()),
        pending=None if pending is None else (pending.orders, pending.lines, pending.refunds),
    )
    chosen = columns(run.as_of, digits(workspace.settings.firm.currency or "EUR"))
    found = open_lake(workspace).read(lambda snapshot: judge_some_read.read(snapshot, look, parameters, day, chosen))
    changed = judge_some_write.write(run, day, found, chosen, given, done)
    return Judged(now, changed)
