"""How the stream is doing: what came in on the last day, what waits, how far behind the lake is."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count, Max, QuerySet, Sum

from regulars.base import clock
from regulars.stream import drainer, orders, quarantine
from regulars.stream.models import Conflict, Drain, Endpoint, Entry, Notice, SetAside

DAY = timedelta(days=1)
COUNTED = 200_000
"""More entries than that aren't counted one by one."""


@dataclass(frozen=True)
class Overview:
    """accepted : of the last day, `roughly` where there were too many to count; `channels` then is empty.

    refused, conflicting : of the last day, repetitions included.  behind : age of the oldest entry that isn't in the
    lake; None where all are.
    """

    accepted: int
    roughly: bool
    channels: dict[str, int]
    refused: int
    conflicting: int
    waiting_refused: int
    conflicts: int
    undrained: int
    behind: timedelta | None
    last_drain: datetime | None
    to_apply: int
    orders_undrained: int
    orders_stuck: int
    failing: int


def overview() -> Overview:
    """As it is now."""
    now = clock.now()
    lately = Entry.objects.filter(pk__gte=_first_since(now - DAY))
    span = _span(lately)
    channels = (
        Counter(dict(lately.values_list("channel").annotate(n=Count("pk")))) if span <= COUNTED else Counter[str]()
    )
    waiting = Entry.objects.filter(pk__gt=drainer.last_drained()).order_by("pk")
    first = waiting.values_list("received_at", flat=True).first()
    undrained = orders.undrained()
    return Overview(
        accepted=channels.total() if span <= COUNTED else span,
        roughly=span > COUNTED,
        channels=dict(channels.most_common()),
        refused=SetAside.objects.filter(at__gte=now - DAY).aggregate(n=Sum("times"))["n"] or 0,
        conflicting=Conflict.objects.filter(at__gte=now - DAY).aggregate(n=Sum("times"))["n"] or 0,
        waiting_refused=quarantine.listed().count(),
        conflicts=quarantine.conflicts().count(),
        undrained=_span(waiting),
        behind=None if first is None else max(now - first, timedelta()),
        last_drain=Drain.objects.aggregate(last=Max("done_at"))["last"],
        to_apply=Entry.objects.filter(work=Entry.Work.WAITING).count() + Notice.objects.filter(waiting=True).count(),
        orders_undrained=undrained.filter(problem="").count(),
        orders_stuck=undrained.exclude(problem="").count(),
        failing=Endpoint.objects.filter(failing_since__isnull=False, state=Endpoint.State.ACTIVE).count(),
    )


def _span(rows: QuerySet[Entry]) -> int:
    """How many they are at most, by the first and last id alone."""
    first = rows.order_by("pk").values_list("pk", flat=True).first()
    last = rows.order_by("-pk").values_list("pk", flat=True).first()
    return 0 if first is None or last is None else last - first + 1


def _first_since(moment: datetime) -> int:
    """The id of the first entry since then: found by halving, as ids are handed out in the order of arrival."""
    ids = Entry.objects.order_by("pk").values_list("pk", flat=True)
    low, high = ids.first(), ids.last()
    if low is None or high is None:
        return 0
    high += 1
    while low < high:
        middle = (low + high) // 2
        row = Entry.objects.filter(pk__gte=middle, pk__lt=high).order_by("pk").values_list("pk", "received_at").first()
        if row is None:
            high = middle
        elif row[1] < moment:
            low = row[0] + 1
        else:
            high = middle
    return low
