"""From the inbox to operations: who somebody is, consent, orders, and the standing of whom that concerns.

One applier at a time, whatever the number of workers. Each step is marked as done in the transaction that does it, or
does nothing when it is done again; so it may be killed at any moment.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, nullcontext

from django.db import InterfaceError, OperationalError, transaction

from regulars.base.errors import Conflict
from regulars.customers.models.privacy import Erasure
from regulars.platform.audit import SYSTEM, acting
from regulars.platform.locks import LONGEST_WAIT_SECONDS, held
from regulars.stream import inbox, orders, suppressed
from regulars.stream.acquaintance import apply as introduce
from regulars.stream.acquaintance import make_known
from regulars.stream.items import Item, OrderNotice, Source
from regulars.stream.models import Entry, Newcomer
from regulars.stream.order_events import notice
from regulars.stream.order_folding import fold_waiting

log = logging.getLogger(__name__)

AT_ONCE = 2_000
_PATIENCE_SECONDS = 0.05
_PASSING = (Conflict, OperationalError, InterfaceError)
"""Somebody else hands out numbers, or the database is away: it is done again."""


def apply() -> bool:
    """Do what waits in the inbox, work orders out, judge whom they concern; whether there may be more. A loop."""
    try:
        with held("applier", timeout_seconds=_PATIENCE_SECONDS, what="The applier"), acting(SYSTEM):
            more = _entries()
            more = fold_waiting() or more
            from regulars.stream.standing import judge_touched

            more = judge_touched() or more
    except Conflict:
        return False
    if more and Erasure.objects.filter(stage=Erasure.Stage.STORE).exists():
        time.sleep(LONGEST_WAIT_SECONDS)  # whoever forgets somebody waits for the lock, and looks only so often
    return more


def _entries() -> bool:
    """Entries of the inbox, in the order in which they came; whether there may be more."""
    rows = list(Entry.objects.filter(work=Entry.Work.WAITING).order_by("pk")[:AT_ONCE])
    told: list[tuple[Entry, Source, OrderNotice]] = []
    came = _read(rows)
    gone = suppressed.forgotten([(item, source) for _row, item, source in came])
    nobodys = [row.pk for (row, *_), left_out in zip(came, gone, strict=True) if left_out]
    suppressed.without_words(nobodys)
    read = [one for one, left_out in zip(came, gone, strict=True) if not left_out]
    new = make_known([(row.pk, item, source) for row, item, source in read])
    for row, item, source in read:
        with _holding_up_nobody(row):
            said = notice(item, source)
            if said is not None and (source.trusted or not item.bot):
                told.append((row, source, said))
                continue
            _introduced(row, item, source, new=row.pk in new)
    for source in {one[1] for one in told}:
        _note(source, [(row, said) for row, own, said in told if own == source])
    return len(rows) == AT_ONCE


def _read(rows: Iterable[Entry]) -> list[tuple[Entry, Item, Source]]:
    found = []
    for row in rows:
        with _holding_up_nobody(row):
            found.append((row, inbox.item_of(row), inbox.source_of(row)))
    return found


def _introduced(row: Entry, item: Item, source: Source, *, new: bool) -> None:
    with transaction.atomic() if new else nullcontext():
        if item.kind in inbox.OF_OPERATIONS:
            introduce(item, source, backfill=row.backfill, new=new)
        _done([row])
        if new:
            Newcomer.objects.filter(pk=row.pk).delete()


def _note(source: Source, told: Sequence[tuple[Entry, OrderNotice]]) -> None:
    """Words on orders, of one source: at once, and each by itself where one of them can't be written down."""
    try:
        with transaction.atomic():
            orders.note(source, [said for _row, said in told])
            _done([row for row, _said in told])
    except _PASSING:
        raise
    except Exception:
        for row, said in told:
            with _holding_up_nobody(row), transaction.atomic():
                orders.note(source, [said])
                _done([row])


@contextmanager
def _holding_up_nobody(row: Entry) -> Iterator[None]:
    """What nobody foresaw of one row must not hold up all others; it stays in the inbox as it came, and in the log."""
    try:
        yield
    except _PASSING:
        raise
    except Exception:
        log.exception("an item could not be applied", extra={"entry": row.pk, "kind": row.kind})
        _done([row])
        Newcomer.objects.filter(pk=row.pk).delete()


def _done(rows: list[Entry]) -> None:
    Entry.objects.filter(pk__in=[row.pk for row in rows]).update(work=Entry.Work.DONE)
