"""What the stream holds of people: what came in, what was refused or contradictory, visitors; and their events in the
lake, which go with them.

The inbox is found by the customers' keys, so it is erased before these go. Visits in the lake that name nobody are
found by their visitors: who is being forgotten stays marked until they are gone.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from django.db import models
from django.db.models import Min
from django.utils.translation import gettext_noop as _

from regulars.platform import registry, store
from regulars.platform.personal import OPERATIONS
from regulars.platform.registry import NotPersonal, PersonalData
from regulars.platform.traces import Traces
from regulars.stream.models import Conflict, Entry, Identified, SetAside, Visitor

ROOM = "stream"
_CHUNK = 5_000


def register() -> None:
    """Add the entries to the inventory."""
    registry.personal_data.add(_came_in(), _beside(), _visits())
    registry.not_personal.add(*_not_personal())


def _came_in() -> PersonalData:
    return PersonalData(
        name="events that came in",
        label=_("Events as they came in over HTTP"),
        room=ROOM,
        purpose=_("Lets Regulars act on what happens at once, and know what comes twice."),
        where=OPERATIONS,
        columns=(*_columns("Entry", "who user_id kind name occurred_at received_at properties item"),),
        people=lambda: Entry.objects.filter(who__isnull=False).values("who").distinct().count(),
        export=_told,
        erase=_erase_entries,
        sweep=_clean_entries,
        keep=lambda: timedelta(days=store.opened().settings.stream.keep_ids_days),
        expire=_prune,
        due=lambda before: _over(before).count(),
        since=lambda: Entry.objects.aggregate(first=Min("received_at"))["first"],
        by_keys=True,
    )


def _beside() -> PersonalData:
    return PersonalData(
        name="refused events",
        label=_("Events that were refused, or contradict earlier ones"),
        room=ROOM,
        purpose=_("Waits for somebody to mend or look at them."),
        where=OPERATIONS,
        columns=(
            *_columns("SetAside", "message_id raw mended"),
            *_columns("Conflict", "who message_id name item"),
        ),
        people=lambda: 0,
        export=_told_beside,
        erase=lambda _ids: 0,
        sweep=_clean_beside,
        keep=lambda: timedelta(days=store.opened().settings.stream.keep_quarantine_days),
        expire=lambda before: (
            _delete(SetAside.objects.filter(at__lt=before)) + _delete(Conflict.objects.filter(at__lt=before))
        ),
        due=lambda before: (
            SetAside.objects.filter(at__lt=before).count() + Conflict.objects.filter(at__lt=before).count()
        ),
        since=lambda: SetAside.objects.aggregate(first=Min("at"))["first"],
    )


def _visits() -> PersonalData:
    return PersonalData(
        name="visits",
        label=_("Visits and events in the lake, and which visitors a customer was"),
        room=ROOM,
        purpose=_("Shows what leads to an order, and which visits were a customer's."),
        where=OPERATIONS,
        columns=(*_columns("Visitor", "who user_id"), *_columns("Identified", "customer_id since forgotten")),
        people=lambda: Identified.objects.values("customer_id").distinct().count(),
        export=_told_by_the_lake,
        erase=_mark_visits,
        sweep=_erase_visits,
        by_keys=True,
        needs=lambda ids: Identified.objects.filter(customer_id__in=list(ids)).values_list("customer_id", flat=True),
    )


def _not_personal() -> Iterable[NotPersonal]:
    sender = ("shop", "channel", "key_id")
    yield NotPersonal(
        "stream.Entry",
        ("key", "content", *sender, "trusted", "bot", "backfill", "work"),
        "tells one event from another, and who sent it",
    )
    yield NotPersonal(
        "stream.Conflict",
        ("key", "content", "entry_id", *sender, "sender", "at", "times", "seen_at"),
        "tells one event from another, and who sent it",
    )
    yield NotPersonal(
        "stream.SetAside",
        (
            *("at", *sender, "sender", "trusted", "digest", "code", "reason", "times"),
            *("state", "changed_at", "by_staff_id", "by_name"),
        ),
        "says who sent it, what was wrong with it, and who of the staff looked",
    )
    yield NotPersonal("stream.Newcomer", ("entry_id",), "says which entry is a new customer's first")
    yield NotPersonal("stream.Visitor", ("shop", "seen_at"), "says where a visitor was first seen")
    yield NotPersonal(
        "stream.Drain", ("what", "token", "low", "high", "rows", "started_at", "done_at"), "names steps to the lake"
    )


def _columns(table: str, names: str) -> Iterator[str]:
    return (f"stream.{table}.{name}" for name in names.split())


def _delete(rows: models.QuerySet[Any]) -> int:
    """Delete rows in chunks that keep nobody waiting."""
    removed = 0
    while some := list(rows.order_by("pk").values_list("pk", flat=True)[:_CHUNK]):
        removed += rows.model._default_manager.filter(pk__in=some)._raw_delete("default")  # nothing refers to them
    return removed


def _prune(before: datetime) -> int:
    return _delete(_over(before))


def _over(before: datetime) -> models.QuerySet[Entry]:
    """Entries that are in the lake and done with."""
    from regulars.stream import drainer

    rows = Entry.objects.filter(pk__lte=drainer.last_drained(), received_at__lt=before)
    return rows.exclude(work=Entry.Work.WAITING)


def _erase_entries(customer_ids: Sequence[int]) -> int:
    return _delete(_entries_of(customer_ids)) if customer_ids else 0


def _entries_of(customer_ids: Sequence[int]) -> models.QuerySet[Entry]:
    from regulars.stream import queries  # what reads the lake takes time to load

    return queries.entries_of(customer_ids)


# to tell


def _told(customer_ids: Sequence[int]) -> Iterator[Mapping[str, Any]]:
    if not customer_ids:
        return
    for row in _entries_of(customer_ids).order_by("pk").iterator(chunk_size=_CHUNK):
        said = json.loads(row.item)["body"] if row.item else json.loads(row.properties or "{}")
        yield {"at": row.occurred_at, "name": row.name, "channel": row.channel, "user": row.user_id, "said": said}


def _told_beside(customer_ids: Sequence[int]) -> Iterator[Mapping[str, Any]]:
    """Nobody is named there but by what is said: told is what mentions them."""
    from regulars.customers.privacy import traces_of

    traces = traces_of(customer_ids)
    for at, reason, raw, mended in SetAside.objects.order_by("pk").values_list("at", "reason", "raw", "mended"):
        if _mentions(raw, traces) or _mentions(mended, traces):
            yield {"at": at, "why": reason, "said": raw, "mended": mended}
    for at, name, item in Conflict.objects.order_by("pk").values_list("at", "name", "item"):
        if _mentions(item, traces):
            yield {"at": at, "why": name, "said": item}


def _told_by_the_lake(customer_ids: Sequence[int]) -> list[Mapping[str, Any]]:
    from regulars.customers.refresh import open_lake
    from regulars.lake.events import resolved
    from regulars.stream import visitors

    lake = open_lake(store.opened())
    visits = visitors.visits(customer_ids)
    ids = [int(number) for number in customer_ids]

    def read(now: Any) -> list[Mapping[str, Any]]:
        if "events" not in now.versions:
            return []
        none = visits.select(["visitor_id", "customer_id"]).rename_columns(["source", "target"]).slice(0, 0)
        rows = resolved(now, visits, none)
        found = rows.filter(rows.customer_id.isin(ids)).select("occurred_at", "name", "source", "properties")
        return list(found.order_by("occurred_at").to_pyarrow().to_pylist())

    return lake.read(read) if ids else []


# to forget


def _mark_visits(customer_ids: Sequence[int]) -> int:
    """From here on they are nobody's; `_erase_visits` takes them from the lake."""
    if not customer_ids:
        return 0
    from regulars.stream import visitors

    visitors.catch_up()
    return Identified.objects.filter(customer_id__in=list(customer_ids), forgotten=False).update(forgotten=True)


def _erase_visits(_traces: Traces) -> int:
    from regulars.customers.refresh import open_lake
    from regulars.stream import visitors

    visits = visitors.visits(forgotten=True)
    if not len(visits):
        return 0
    removed = open_lake(store.opened()).erase_visits(visits).get("events", 0)
    gone = Identified.objects.filter(forgotten=True)
    theirs = set(gone.values_list("visitor_id", flat=True))
    gone.delete()
    Visitor.objects.filter(pk__in=theirs, identified__isnull=True).delete()
    return removed


def _clean_entries(traces: Traces) -> int:
    """What others sent and mentions them: the texts go, the event stays."""
    changed = 0
    rows = Entry.objects.exclude(item=None, properties=None).values_list("pk", "properties", "item", "work")
    for number, properties, item, work in rows.iterator(chunk_size=_CHUNK):
        if not (_mentions(properties, traces) or _mentions(item, traces)):
            continue
        waits = work == Entry.Work.WAITING and item is not None
        if waits and _came_back(number):
            continue
        done = Entry.Work.DONE if waits else work
        Entry.objects.filter(pk=number).update(properties=None, item=None, work=done)
        changed += 1
    return changed


def _came_back(number: int) -> bool:
    from regulars.stream import inbox, suppressed

    row = Entry.objects.get(pk=number)
    return suppressed.came_back([(inbox.item_of(row), inbox.source_of(row))])[0]


def _clean_beside(traces: Traces) -> int:
    removed = 0
    for model, names in ((SetAside, ("raw", "mended", "message_id")), (Conflict, ("item", "message_id"))):
        theirs = [
            number
            for number, *texts in model._default_manager.values_list("pk", *names).iterator(chunk_size=_CHUNK)
            if any(_mentions(text, traces) for text in texts)
        ]
        for place in range(0, len(theirs), _CHUNK):
            removed += model._default_manager.filter(pk__in=theirs[place : place + _CHUNK]).delete()[0]
    return removed


def _mentions(text: str | None, traces: Traces) -> bool:
    if not text:
        return False
    try:
        given = json.loads(text)
    except ValueError:
        return traces.in_cell(text)
    return bool(traces.removed(given) != given)
