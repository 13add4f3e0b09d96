"""What the stream can tell: a customer's recent events, whose visits are whose, how far the drainer is."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import pyarrow as pa
from django.db.models import Q, QuerySet

from regulars.customers import merges
from regulars.stream import digests, drainer, visitors
from regulars.stream.models import Entry, Visitor


@dataclass(frozen=True)
class Happened:
    """One event as a customer's page shows it."""

    at: datetime
    name: str
    channel: str
    bot: bool
    properties: dict[str, Any]


def recent(customer_ids: Sequence[int], limit: int = 50) -> list[Happened]:
    """The newest events of a customer (of all the numbers that are one with them), newest first; those of the last
    days only, which the operations store has."""
    rows = entries_of(customer_ids).exclude(kind__in=("identify", "group", "alias")).order_by("-occurred_at", "-pk")
    return [
        Happened(row.occurred_at, row.name, row.channel, row.bot, json.loads(row.properties or "{}"))
        for row in rows[:limit]
    ]


def entries_of(customer_ids: Sequence[int]) -> QuerySet[Entry]:
    """Entries of the inbox that are these customers', by the shop's customer id or by where they were identified."""
    from regulars.customers.models import Identity

    refs = Identity.objects.filter(customer_id__in=customer_ids, kind=Identity.Kind.REF).values_list("shop", "key")
    found = Q(who__in=[digests.user(shop, key) for shop, key in refs])
    for visitor, from_at, until_at, _ in zip(*visitors.visits(customer_ids).to_pydict().values(), strict=True):
        one = Q(who__in=Visitor.objects.filter(pk=visitor).values("who"))
        if from_at is not None:
            one &= Q(occurred_at__gte=from_at)
        if until_at is not None:
            one &= Q(occurred_at__lt=until_at)
        found |= one
    return Entry.objects.filter(found)


def whose() -> tuple[pa.Table, pa.Table]:
    """For `lake.events.resolved`: whose visits are whose, and who was merged into whom."""
    visitors.catch_up()
    ends = merges.ends()
    pairs = pa.table({"source": pa.array(ends.keys(), pa.int64()), "target": pa.array(ends.values(), pa.int64())})
    return visitors.visits(), pairs


def waiting() -> int:
    """Entries that are not in the lake yet."""
    return Entry.objects.filter(pk__gt=drainer.last_drained()).count()
