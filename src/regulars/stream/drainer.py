"""From the operations store to the lake, each event exactly once, whenever a process dies.

A step pins its rows first: a row of `Drain` says which they are and has a token. The lake takes the token's rows once,
however often it is asked. Then the drain is noted as done. Who finds one that isn't done does the same again.

Ids of the inbox are handed out before their transactions end, so that a smaller id may turn up after a larger one has
been seen. The barrier settles that: every writer shares a lock until its transaction ends, and who holds it alone for a
moment knows that nobody is under way. What is there then is all there will be up to the largest id. (On SQLite there is
one writer at a time, and nothing to settle.)
"""

from __future__ import annotations

import logging
import secrets
from collections.abc import Callable
from datetime import datetime, timedelta

from django.db import OperationalError, connection, transaction
from django.db.models import Max

from regulars.base import clock
from regulars.base.errors import Conflict
from regulars.customers.refresh import open_lake
from regulars.platform import sql, store
from regulars.platform.locks import held
from regulars.platform.models import Event
from regulars.platform.workspace import Workspace
from regulars.stream import drained_rows, suppressed
from regulars.stream.inbox_rows import BARRIER
from regulars.stream.models import Drain, Entry

log = logging.getLogger(__name__)
MOST = 50_000
"""Rows of a step: many small commits make the lake slow to read."""
FEW = 25_000
"""Fewer than these wait for more ..."""
WAIT = timedelta(seconds=30)
"""... but not longer than this."""
_CHUNK = 5_000
KEPT = 1_000
"""Steps of which the record is kept."""
_BARRIER_WAIT = "300ms"


def drain() -> bool:
    """Take one batch of each kind to the lake, if there is one worth taking; whether there may be more at once."""
    workspace = store.opened()
    if not (_waiting(Drain.What.ENTRIES) or _waiting(Drain.What.EVENTS)):
        return False
    try:
        with held("drain", timeout_seconds=0.0, what="Taking events to the lake"):
            more = [_step(workspace, what, all_of_it=False) for what in Drain.What]
            return any(more)
    except Conflict:
        return False  # somebody else is at it


def drain_all(workspace: Workspace, progress: Callable[[int], None] = lambda _: None) -> int:
    """Take everything that waits to the lake; returns the rows. Raises Conflict when another drainer doesn't end."""
    before = _drained()
    with held("drain", what="Taking events to the lake"):
        for what in Drain.What:
            while _step(workspace, what, all_of_it=True):
                progress(_drained() - before)
    return _drained() - before


def _drained() -> int:
    from django.db.models import Sum

    return int(Drain.objects.filter(done_at__isnull=False).aggregate(rows=Sum("rows"))["rows"] or 0)


def _waiting(what: str) -> bool:
    """Whether a step would do something now; a look that costs little."""
    if Drain.objects.filter(what=what, done_at__isnull=True).exists():
        return True
    if what == Drain.What.EVENTS:
        events = Event.objects.filter(drain_id__isnull=True).order_by("pk").values_list("recorded_at", flat=True)
        return _worth_it(events.first(), events[FEW - 1 : FEW].exists())
    entries = Entry.objects.filter(pk__gt=last_drained()).order_by("pk").values_list("received_at", flat=True)
    return _worth_it(entries.first(), entries[FEW - 1 : FEW].exists())


def _worth_it(first: datetime | None, many: bool) -> bool:
    # Of a moment in the future the clock was put back since: nothing is gained by waiting for it.
    return first is not None and (many or abs(clock.now() - first) >= WAIT)


def last_drained() -> int:
    """The id up to which the inbox is in the lake."""
    done = Drain.objects.filter(what=Drain.What.ENTRIES, done_at__isnull=False)
    return int(done.aggregate(high=Max("high"))["high"] or 0)


def _step(workspace: Workspace, what: str, *, all_of_it: bool) -> bool:
    """One batch, under the lock; whether there may be more."""
    if not all_of_it and not _waiting(what):
        return False
    interrupted = Drain.objects.filter(what=what, done_at__isnull=True).first()
    one = interrupted or _pinned(what)
    if one is None:
        return False
    settings = workspace.settings
    if what == Drain.What.ENTRIES:
        suppressed.clean_entries(one.low, one.high)
    read = drained_rows.entries if what == Drain.What.ENTRIES else drained_rows.events
    rows, old = read(one, settings.firm.time_zone, settings.stream.keep_ids_days)
    if len(rows):
        open_lake(workspace).append_events(rows, token=one.token, old=old)
    Drain.objects.filter(pk=one.pk).update(done_at=clock.now(), rows=len(rows))
    # Of its own kind: the last row of the other says up to where that one is in the lake.
    Drain.objects.filter(what=one.what, pk__lt=one.pk - KEPT, done_at__isnull=False, high__lt=one.high).delete()
    return interrupted is not None or one.rows >= MOST


def _pinned(what: str) -> Drain | None:
    """A new step with its rows pinned; None where nothing waits."""
    return _pin_events() if what == Drain.What.EVENTS else _pin_entries()


def _pin_entries() -> Drain | None:
    low, settled = last_drained() + 1, _settled()
    if settled is None or settled < low:
        return None
    ids = Entry.objects.filter(pk__gte=low, pk__lte=settled).order_by("pk").values_list("pk", flat=True)
    high = next(iter(ids[MOST - 1 : MOST]), settled)
    rows = ids.filter(pk__lte=high).count()
    return _new(Drain.What.ENTRIES, low, high, rows)


def _settled() -> int | None:
    """The largest id up to which no row will turn up any more; None when somebody is under way for too long."""
    if not sql.on_postgresql():
        return Entry.objects.aggregate(last=Max("pk"))["last"] or 0
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            # Who waits for the lock alone makes new writers wait too: not for long.
            cursor.execute(f"SET LOCAL lock_timeout = '{_BARRIER_WAIT}'")
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [BARRIER])
            cursor.execute("SELECT coalesce(max(id), 0) FROM stream_entry")
            return int(cursor.fetchone()[0])
    except OperationalError as error:
        if "lock" not in str(error):
            raise
        log.info("the inbox is being written for long; taking events to the lake waits")
        return None


def _pin_events() -> Drain | None:
    with transaction.atomic():
        ids = list(Event.objects.filter(drain_id__isnull=True).order_by("pk").values_list("pk", flat=True)[:MOST])
        if not ids:
            return None
        one = _new(Drain.What.EVENTS, ids[0], ids[-1], len(ids))
        for place in range(0, len(ids), _CHUNK):
            Event.objects.filter(pk__in=ids[place : place + _CHUNK]).update(drain_id=one.pk)
        return one


def _new(what: str, low: int, high: int, rows: int) -> Drain:
    return Drain.objects.create(
        what=what, token=secrets.token_hex(16), low=low, high=high, rows=rows, started_at=clock.now()
    )
