"""What the stream can tell: a customer's recent events, whose visits are whose, how far the drainer is."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import pyarrow as pa
from django.db.models import QuerySet
from django.db.models.expressions import RawSQL

from regulars.customers import merges
from regulars.platform import sql
from regulars.stream import digests, drainer, visitors
from regulars.stream.models import Entry


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
    known, some = sql.packed(digests.user(shop, key) for shop, key in refs), sql.packed(customer_ids)
    return Entry.objects.filter(pk__in=RawSQL(_theirs(), [known, some, some]))  # noqa: S611 - values are bound


def _theirs() -> str:
    """SQL: ids of entries, of digests of ids and twice of customers. One statement, and no longer for many visits: a
    public key can make thousands of them somebody's."""
    return (
        f"SELECT id FROM stream_entry WHERE who IN {sql.listed()} UNION "
        f"SELECT e.id FROM ({visitors.spans()}) AS s "
        "JOIN stream_visitor v ON v.id = s.visitor_id JOIN stream_entry e ON e.who = v.who "
        f"WHERE s.customer_id IN {sql.listed()} AND NOT s.forgotten "
        "AND (s.from_at IS NULL OR e.occurred_at >= s.from_at) AND (s.until_at IS NULL OR e.occurred_at < s.until_at)"
    )


def whose() -> tuple[pa.Table, pa.Table]:
    """For `lake.events.resolved`: whose visits are whose, and who was merged into whom."""
    visitors.catch_up()
    ends = merges.ends()
    pairs = pa.table({"source": pa.array(ends.keys(), pa.int64()), "target": pa.array(ends.values(), pa.int64())})
    return visitors.visits(), pairs


def waiting() -> int:
    """Entries that are not in the lake yet."""
    return Entry.objects.filter(pk__gt=drainer.last_drained()).count()
