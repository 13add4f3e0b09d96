"""Does what came in go on its way? Findings with their cures; nothing is changed."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import Min, Q, QuerySet

from regulars.base import clock
from regulars.platform.check import Finding
from regulars.platform.workspace import Workspace
from regulars.stream import drainer, orders
from regulars.stream.models import Entry, Notice

LATE = timedelta(minutes=10)
"""The drainer waits for half a minute at most; what waits for longer than this has no worker, or one that fails."""
VERY_LATE = timedelta(days=1)
"""By then figures are wrong: a night's refresh went without what waits."""
_CURE = (
    "Start the server or a worker (regulars serve, regulars worker), or let regulars refresh take them there. Where a "
    "worker runs, its log says what holds it up. Nothing is lost meanwhile."
)


def findings(workspace: Workspace) -> Iterator[Finding]:
    """What waits for the lake, or to be worked on, for longer than it should."""
    zone = ZoneInfo(workspace.settings.firm.time_zone)
    entries = Entry.objects.filter(pk__gt=drainer.last_drained())
    if (since := _first(entries)) is not None and _age(since) > LATE:
        n = entries.count()
        what = "event that came in waits for the lake" if n == 1 else "events that came in wait for the lake"
        yield _late(n, what, since, zone)
    unheard, notices = Entry.objects.filter(work=Entry.Work.WAITING), Notice.objects.filter(waiting=True)
    known = [moment for moment in (_first(unheard), _oldest(notices, "received_at")) if moment is not None]
    if known and _age(min(known)) > LATE:
        n = unheard.count() + notices.count()
        yield _late(n, "event waits to be worked on" if n == 1 else "events wait to be worked on", min(known), zone)
    ready = orders.undrained().filter(Q(told=False) | Q(customer_id__isnull=False), problem="")
    if (since := _oldest(ready, "changed_at")) is not None and _age(since) > LATE:
        n = ready.count()
        what = "order that came in waits for the lake" if n == 1 else "orders that came in wait for the lake"
        yield _late(n, what, since, zone)


def _late(number: int, what: str, since: datetime, zone: ZoneInfo) -> Finding:
    age = _age(since)
    if age < timedelta(hours=2):
        spent = f"{age / timedelta(minutes=1):.0f} minutes"
    else:
        spent = f"{age.days} days" if age >= 2 * VERY_LATE else f"{age / timedelta(hours=1):.0f} hours"
    moment = f"{since.astimezone(zone):%Y-%m-%d %H:%M}"
    oldest = "since" if number == 1 else "the oldest since"
    return Finding(f"{number:,} {what}, {oldest} {moment} ({spent}).", _CURE, serious=age > VERY_LATE)


def _first(rows: QuerySet[Entry]) -> datetime | None:
    return rows.order_by("pk").values_list("received_at", flat=True).first()


def _age(since: datetime) -> timedelta:
    return clock.now() - since


def _oldest(rows: QuerySet[Any], column: str) -> datetime | None:
    found: datetime | None = rows.aggregate(first=Min(column))["first"]
    return found
