"""What a merge would do, before it is done: what moves, what is taken over, what may be sent afterwards."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet

from regulars.base import clock
from regulars.base.errors import BadInput, Conflict, NotFound
from regulars.customers import consent, merges
from regulars.customers.merges_moved import TABLES, moving
from regulars.customers.models import Customer, Identity, Objection
from regulars.customers.rules_consent import State, Statement, joined, state
from regulars.customers.rules_merge import TAKEN_OVER, taken_over


@dataclass(frozen=True)
class ConsentAfter:
    """What is agreed to, now and after the merge, about one thing."""

    purpose: str
    channel: str
    topic: str
    source: State
    target: State
    after: State


@dataclass(frozen=True)
class Preview:
    """What a merge would do."""

    source: int
    target: int
    moved: dict[str, int]
    """Rows by table, `customers_note.customer_id`, and keys as `customers_identity.customer_id`."""
    taken_over: dict[str, Any]
    """What the target is told, because nothing was known of it there."""
    consent: list[ConsentAfter]
    not_analysed: bool
    """One of the two objects to being analysed, so afterwards neither is."""


def preview(source: int, target: int) -> Preview:
    """What merging `source` into `target` would do. Raises as `both`."""
    one, other = both(source, target, Customer.objects.all())
    moved = {table.table: len(moving(table, one.pk, other.pk)) for table in TABLES}
    moved[f"{Identity._meta.db_table}.customer_id"] = Identity.objects.filter(customer_id=one.pk).count()
    return Preview(
        source=one.pk,
        target=other.pk,
        moved=moved,
        taken_over=taken_over(values(one), values(other)),
        consent=consent_after(consent.ledger(one.pk), consent.ledger(other.pk)),
        not_analysed=Objection.objects.filter(customer_id__in=merges.everyone_of([one.pk, other.pk])).exists(),
    )


def consent_after(theirs: Sequence[Statement], ours: Sequence[Statement]) -> list[ConsentAfter]:
    """For each thing that anything was said about: the state of the source, of the target, and after the merge."""
    now = clock.now()
    outdone = [
        Statement(purpose, channel, topic, given=False, recorded_at=moment, verified=True)
        for purpose, channel, topic, moment in joined(ours, theirs, at=now)
    ]
    together = [*theirs, *ours, *outdone]
    things = sorted({(one.purpose, one.channel, one.topic) for one in together})
    return [
        ConsentAfter(*thing, *(state(part, *thing, at=now) for part in (theirs, ours, together))) for thing in things
    ]


def both(source: int, target: int, rows: QuerySet[Customer]) -> tuple[Customer, Customer]:
    """The two customers, from all `rows` (locked ones, where they will be changed).

    Raises NotFound where one isn't there, BadInput where they can't be one, Conflict where one was merged already.
    """
    if source == target:
        raise BadInput("That is one customer already.")
    # In the order of their numbers, so that two merges at once can't wait for each other.
    found = {row.pk: row for row in rows.filter(pk__in=[source, target]).order_by("pk")}
    for number in (source, target):
        if number not in found:
            raise NotFound(f"There is no customer {number}.")
    one, other = found[source], found[target]
    for row in (one, other):
        if row.merged_into_id is not None:
            raise Conflict(f"Customer {row.pk} was merged into {row.merged_into_id} already. Take that one.")
    if one.kind != other.kind:
        raise BadInput("A person and an organisation can't be one. Make the person a member of the organisation.")
    return one, other


def values(row: Customer) -> dict[str, Any]:
    """What a merge may take over from a customer."""
    return {name: getattr(row, name) for name in TAKEN_OVER}
