"""What belongs to a customer and goes with them into a merge: which tables, and how their rows are moved and put back.

Rows that the target has already (a tag, a part in an organisation) stay where they are, out of sight with the source,
and are there again when the merge is undone. Keys remember whom they meant (`Identity.origin_id`), so that orders that
come in by them after the merge are kept under the number that gets them back when it is undone.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import F, Model, Value
from django.db.models.functions import Coalesce, NullIf

from regulars.customers import merges
from regulars.customers.models import (
    Address,
    Attribute,
    Consent,
    CustomerTag,
    Device,
    Identity,
    Membership,
    Merge,
    MergedRow,
    Note,
    Objection,
    Task,
)

_CHUNK = 1_000


@dataclass(frozen=True)
class Moved:
    """A table whose rows move. `beside`: together with the customer they are unique by these columns."""

    model: type[Model]
    column: str = "customer_id"
    beside: tuple[str, ...] | None = None

    @property
    def table(self) -> str:
        """What a `MergedRow` calls it."""
        return f"{self.model._meta.db_table}.{self.column}"

    @property
    def rows(self) -> Any:
        """All rows of it."""
        return self.model._default_manager.all()


TABLES = (
    Moved(Address),
    Moved(Device),
    Moved(CustomerTag, beside=("tag_id",)),
    Moved(Attribute, beside=("type_id",)),
    Moved(Consent),
    Moved(Objection, beside=()),
    Moved(Membership, "organisation_id", ("member_id", "role")),
    Moved(Membership, "member_id", ("organisation_id", "role")),
    Moved(Note),
    Moved(Task),
)


def moving(moved: Moved, source: int, target: int) -> list[int]:
    """Primary keys of the source's rows that move to the target."""
    mine, theirs = (moved.rows.filter(**{moved.column: number}) for number in (source, target))
    if moved.beside is None:
        return list(mine.order_by("pk").values_list("pk", flat=True))
    if not moved.beside:
        return [] if theirs.exists() else list(mine.values_list("pk", flat=True))
    there = set(theirs.values_list(*moved.beside))
    found = []
    for number, *others in mine.order_by("pk").values_list("pk", *moved.beside):
        of_themselves = moved.model is Membership and others[0] == target
        if tuple(others) not in there and not of_themselves:
            found.append(number)
    return found


def move(merge: Merge) -> None:
    """Move all rows from the source to the target, and note each; in the caller's transaction."""
    source, target = merge.source_id, merge.target_id
    for moved in TABLES:
        for some in _chunks(moving(moved, source, target)):
            MergedRow.objects.bulk_create(
                MergedRow(merge=merge, table=moved.table, row=str(key), before={moved.column: source}) for key in some
            )
            moved.rows.filter(pk__in=some).update(**{moved.column: target})
    keys = Identity.objects.filter(customer_id=source)
    keys.update(origin_id=Coalesce(F("origin_id"), Value(source)), customer_id=target)


def put_back(merge: Merge) -> None:
    """Put moved rows back, as far as they are still there; in the caller's transaction, with the source let go.

    What the source was given of its own meanwhile (the same tag) stays, and so does the row that moved, at the target.
    """
    for moved in TABLES:
        free = None if moved.beside is None else set(moving(moved, merge.target_id, merge.source_id))
        noted = MergedRow.objects.filter(merge=merge, table=moved.table).values_list("row", flat=True)
        for some in _chunks([int(row) for row in noted if free is None or int(row) in free]):
            still = moved.rows.filter(pk__in=some, **{moved.column: merge.target_id})
            still.update(**{moved.column: merge.source_id})
    theirs = Identity.objects.filter(customer_id=merge.target_id, origin_id__in=merges.everyone_of([merge.source_id]))
    theirs.update(customer_id=merge.source_id, origin_id=NullIf(F("origin_id"), Value(merge.source_id)))


def _chunks(items: Sequence[int]) -> Iterator[Sequence[int]]:
    for start in range(0, len(items), _CHUNK):
        yield items[start : start + _CHUNK]
