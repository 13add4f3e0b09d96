"""Take in what was sent: written down for good, once, before anybody is told that it was accepted.

The same message id with the same content is a duplicate and changes nothing; with other content it is a conflict, which
is kept and shown. What can't be used goes to quarantine. All of one call is one transaction, or nothing.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta

import msgspec
from django.db import DatabaseError, InterfaceError, connection, transaction

from regulars.base.errors import Unavailable
from regulars.platform import sql, store
from regulars.platform.logs import redacted
from regulars.stream import allowed, beside, digests, inbox_rows
from regulars.stream.gathering import Gathering
from regulars.stream.inbox_rows import Row
from regulars.stream.items import Answer, Item, Refused, Source
from regulars.stream.models import Entry
from regulars.stream.order_events import is_of_order

log = logging.getLogger(__name__)
OF_OPERATIONS = frozenset(("identify", "group", "alias"))
REST_SECONDS = 1.0
"""After a failure everybody is refused for so long without asking the store again."""
AWAY = "What you sent can't be written down at the moment, so none of it was accepted. Send it again in a few seconds."
BUSY_MILLISECONDS = 5_000
_TRIES = 2
_resting_until = 0.0


class Delivery(msgspec.Struct):
    """One call's work: its rows in the order of its items, None where an item was refused."""

    source: Source
    items: Sequence[Item | Refused]
    rows: list[Row | None]


def accept(source: Source, items: Sequence[Item | Refused]) -> list[Answer]:
    """Write items down and answer each, in their order; on disk when it returns.

    Raises Unavailable when the store can't take them now: then none of them was taken.
    """
    if time.monotonic() < _resting_until:
        raise Unavailable(AWAY, retry_after_seconds=2)
    if not items:
        return []
    rows = _rows(source, items)
    return _gathering.submit(Delivery(source, items, rows))


def item_of(entry: Entry) -> Item:
    """What came in, of an entry that operations must know of."""
    return msgspec.json.decode(entry.item or "", type=Item)


def source_of(entry: Entry) -> Source:
    """Who sent an entry (without their name)."""
    return Source(entry.key_id, "", entry.shop, entry.trusted, entry.channel)


def _rows(source: Source, items: Sequence[Item | Refused]) -> list[Row | None]:
    settings = store.opened().settings.stream
    oldest = timedelta(days=settings.backfill_days)
    more = frozenset(settings.properties)
    return [_row(source, item, oldest, more) if isinstance(item, Item) else None for item in items]


def _row(source: Source, item: Item, oldest: timedelta, more: frozenset[str]) -> Row:
    known = allowed.properties(item.kind, item.body, more)
    works = item.kind in OF_OPERATIONS or is_of_order(item)
    return Row(
        digests.key(source, item.message_id),
        digests.content(item),
        digests.who(source.shop, item),
        item.user_id,
        source.shop,
        source.channel,
        source.key_id,
        source.trusted,
        item.kind,
        item.name,
        item.occurred_at,
        item.received_at,
        item.bot,
        item.received_at - item.occurred_at > oldest,
        None if known is None else msgspec.json.encode(known).decode(),
        msgspec.json.encode(item).decode() if works else None,
        Entry.Work.WAITING.value if works else Entry.Work.NOTHING.value,
    )


def _commit(deliveries: list[Delivery]) -> list[list[Answer]]:
    global _resting_until
    for left in reversed(range(_TRIES)):
        try:
            return _store(deliveries)
        except (DatabaseError, InterfaceError, OSError) as error:
            if not _passing(error):
                raise
            _let_go()
            if left and sql.on_postgresql():
                continue  # a connection that was lost while nobody used it; nothing is taken twice
            _resting_until = time.monotonic() + REST_SECONDS
            log.warning("the inbox can't be written", extra={"reason": redacted(str(error))[:300]})
            raise Unavailable(AWAY) from error
    raise AssertionError


def _passing(error: Exception) -> bool:
    """Whether the store is away, busy or full, rather than that it was given something that it can't hold."""
    from django.db import DataError, IntegrityError, ProgrammingError

    return not isinstance(error, DataError | IntegrityError | ProgrammingError)


def _let_go() -> None:
    try:
        connection.close()
    except Exception:
        connection.connection = None
        log.debug("a broken connection could not be closed")


def _store(deliveries: list[Delivery]) -> list[list[Answer]]:
    first: dict[int, Row] = {}
    for delivery in deliveries:
        for row in delivery.rows:
            if row is not None:
                first.setdefault(row.key, row)
    with _in_a_hurry(), transaction.atomic(durable=True):
        found = inbox_rows.add(list(first.values())) if first else {}
        answers = [_answers(delivery, first, found) for delivery in deliveries]
        _keep_beside(deliveries, answers, found)
    return answers


@contextmanager
def _in_a_hurry() -> Iterator[None]:
    """On SQLite others may hold the store for up to a minute: who sends is told sooner."""
    if sql.on_postgresql():
        yield
        return
    with connection.cursor() as cursor:
        cursor.execute(f"PRAGMA busy_timeout = {BUSY_MILLISECONDS}")
        try:
            yield
        finally:
            if connection.connection is not None:
                cursor.execute(f"PRAGMA busy_timeout = {1_000 * connection.settings_dict['OPTIONS']['timeout']}")


def _answers(delivery: Delivery, first: dict[int, Row], found: dict[int, inbox_rows.Found]) -> list[Answer]:
    answers: list[Answer] = []
    for item, row in zip(delivery.items, delivery.rows, strict=True):
        if isinstance(item, Refused) or row is None:
            code, reason = (item.code, item.reason) if isinstance(item, Refused) else ("", "")
            answers.append(Answer("refused", item.message_id, code, reason))
            continue
        there = found.get(row.key)
        if there is None and first[row.key] is row:
            answers.append(Answer("accepted", item.message_id))
        elif (there.content if there else first[row.key].content) == row.content:
            answers.append(Answer("duplicate", item.message_id))
        else:
            answers.append(Answer("conflict", item.message_id, "conflict", CONFLICT))
    return answers


def _keep_beside(deliveries: list[Delivery], answers: list[list[Answer]], found: dict[int, inbox_rows.Found]) -> None:
    refused: list[tuple[Source, Refused]] = []
    against: list[tuple[Source, Item, Row]] = []
    for delivery, answered in zip(deliveries, answers, strict=True):
        for item, row, answer in zip(delivery.items, delivery.rows, answered, strict=True):
            if isinstance(item, Refused):
                refused.append((delivery.source, item))
            elif answer.outcome == "conflict" and row is not None:
                against.append((delivery.source, item, row))
    beside.keep(refused, against, found)


CONFLICT = "This message id came before with other content. The first one counts; this one is kept for staff to see."
_gathering: Gathering[Delivery, list[Answer]] = Gathering(_commit, shared=Unavailable)
