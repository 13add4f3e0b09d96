"""What was refused: seen by staff, mended, replayed or dismissed.

A replay goes through the parser and the inbox like anything else that comes in, with the rights of whoever sent it
first. So it may still be refused, and twice is once. `preview` says what it would set off.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import msgspec
from django.db import transaction
from django.db.models import QuerySet

from regulars.base import clock
from regulars.base.errors import BadInput, Conflict, NotFound
from regulars.base.words import told
from regulars.platform import audit, store
from regulars.stream import inbox, segment
from regulars.stream import order_events as orders
from regulars.stream.items import Answer, Item, Refused, Source
from regulars.stream.models import Conflict as Conflicting
from regulars.stream.models import SetAside

SHOPS = frozenset({"shopify", "woocommerce"})
"""Channels whose messages are webhooks of shops; what else comes in is read as messages of Segment's protocol."""
State = SetAside.State


@dataclass(frozen=True)
class Preview:
    """What a replay would do: how many could be used now, and what those would set off."""

    usable: int
    refused: tuple[tuple[int, str], ...]
    """Rows that would be refused again, each with the reason."""
    backfill: int
    """Older than the firm's limit: nothing reacts to them."""
    orders: int
    """That tell of an order: the customer is judged anew, and what reacts to that does."""
    people: int
    """That say who somebody is."""
    names: dict[str, int]


def listed(state: str = State.WAITING, code: str = "") -> QuerySet[SetAside]:
    """Rows of one state, newest first; of one reason where `code` names it."""
    rows = SetAside.objects.filter(state=state).order_by("-pk")
    return rows.filter(code=code) if code else rows


def mend(number: int, text: str) -> SetAside:
    """Put `text` (JSON) in the place of what came; it is read as it would be in a replay.

    Raises BadInput that says what is still wrong, Conflict for a row that isn't waiting.
    """
    row = _waiting(number)
    try:
        raw = msgspec.json.decode(text)
    except msgspec.DecodeError:
        raise BadInput(_not_json(text)) from None
    refused = [one for one in _read(row, raw) if isinstance(one, Refused)]
    if refused:
        raise BadInput(refused[0].reason)
    with transaction.atomic():
        changed = listed().filter(pk=number).update(mended=text, changed_at=clock.now(), **_by())
        if not changed:
            raise Conflict("Somebody else replayed or dismissed it meanwhile.")
        audit.note("event.mended", object=f"refused event {number}", code=row.code)
    row.refresh_from_db()
    return row


def preview(numbers: Sequence[int]) -> Preview:
    """What replaying these rows would do; changes nothing."""
    oldest = timedelta(days=store.opened().settings.stream.backfill_days)
    refused: list[tuple[int, str]] = []
    items: list[Item] = []
    for row in listed().filter(pk__in=list(numbers)).order_by("pk"):
        for one in _read(row, _given(row)):
            if isinstance(one, Refused):
                refused.append((row.pk, one.reason))
            else:
                items.append(one)
    fresh = [one for one in items if one.received_at - one.occurred_at <= oldest]
    return Preview(
        usable=len(items),
        refused=tuple(refused),
        backfill=len(items) - len(fresh),
        orders=sum(orders.is_of_order(one) for one in fresh),
        people=sum(one.kind in inbox.OF_OPERATIONS for one in items),
        names=dict(Counter(one.name for one in items).most_common()),
    )


def replay(numbers: Sequence[int]) -> list[tuple[int, list[Answer]]]:
    """Send rows in again; each with what became of its items. What is refused again stays waiting.

    Raises Unavailable when the inbox can't be written.
    """
    done: list[tuple[int, list[Answer]]] = []
    for row in list(listed().filter(pk__in=list(numbers)).order_by("pk")):
        given = _given(row)
        read = _read(row, given)
        if any(isinstance(one, Refused) for one in read):
            done.append((row.pk, [_refused(one) for one in read if isinstance(one, Refused)]))
            continue
        # Accepted first: dying in between leaves a row whose next replay is a duplicate, and no harm.
        answers = _accept(row, given, read)
        with transaction.atomic():
            listed().filter(pk=row.pk).update(state=State.REPLAYED, changed_at=clock.now(), **_by())
            audit.note("event.replayed", object=f"refused event {row.pk}", code=row.code)
        done.append((row.pk, answers))
    return done


def dismiss(numbers: Sequence[int]) -> int:
    """Say that rows are not wanted; returns how many were waiting."""
    with transaction.atomic():
        rows = listed().filter(pk__in=list(numbers))
        changed = rows.update(state=State.DISMISSED, changed_at=clock.now(), **_by())
        if changed:
            audit.note("event.dismissed", rows=changed)
    return changed


def conflicts() -> QuerySet[Conflicting]:
    """Messages that came again with other content and that nobody has looked at, newest first."""
    return Conflicting.objects.filter(seen_at=None).order_by("-pk")


def seen(number: int) -> None:
    """Say that a conflict was looked at: the first message goes on counting."""
    with transaction.atomic():
        if conflicts().filter(pk=number).update(seen_at=clock.now()):
            audit.note("event.conflict_seen", object=f"conflict {number}")


def _not_json(text: str) -> str:
    """Where it stops being JSON, as far as the standard library can tell: msgspec counts bytes, and in English."""
    try:
        json.loads(text)
    except json.JSONDecodeError as error:
        return told(
            f"This is not JSON: look at line {error.lineno}, character {error.colno}. Mind quotation marks, commas and "
            "brackets."
        )
    except RecursionError:
        pass
    return told("This is not JSON. Mind quotation marks, commas and brackets.")


def _waiting(number: int) -> SetAside:
    row = SetAside.objects.filter(pk=number).first()
    if row is None:
        raise NotFound(f"There is no refused event {number}. Perhaps its time was over.")
    if row.state != State.WAITING:
        raise Conflict("It was replayed or dismissed already.")
    return row


def _given(row: SetAside) -> Any:
    text = row.raw if row.mended is None else row.mended
    try:
        return msgspec.json.decode(text)
    except msgspec.DecodeError:
        return text


def _read(row: SetAside, raw: Any) -> list[Item | Refused]:
    """As it would be read had it come when it came: old ones stay old."""
    if row.channel in SHOPS:
        from regulars.stream import hooks_in

        return hooks_in.replayed(row.channel, raw, row.at, row.shop)
    return _of_segment(raw, row.at)


def _accept(row: SetAside, raw: Any, items: list[Item | Refused]) -> list[Answer]:
    if row.channel in SHOPS:
        from regulars.stream import hooks_in

        return hooks_in.accept_again(_source(row), raw, row.at, items)
    return inbox.accept(_source(row), items)


def _of_segment(raw: Any, received_at: datetime) -> list[Item | Refused]:
    settings = store.opened().settings.stream
    most = settings.event_limit_kb * 1024 + segment.MOST_BESIDE
    limits = segment.Limits(event_bytes=most, batch_bytes=max(settings.batch_limit_kb * 1024, 2 * most))
    try:
        return segment.parse("batch", msgspec.json.encode({"batch": [raw]}), received_at, limits)
    except BadInput as error:
        return [Refused(raw, "unreadable", str(error))]


def _source(row: SetAside) -> Source:
    return Source(row.key_id, row.sender, row.shop, row.trusted, row.channel)


def _refused(one: Refused) -> Answer:
    return Answer("refused", one.message_id, one.code, one.reason)


def _by() -> dict[str, Any]:
    who = audit.actor()
    return {"by_staff_id": who.id if who.kind == "staff" else None, "by_name": who.name}
