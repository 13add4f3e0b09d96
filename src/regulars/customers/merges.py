"""Reads of merges: who is who by now, what a merge would do, which merges stand."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from regulars.base.errors import NotFound
from regulars.customers.models import Customer, Merge


def pairs() -> dict[int, int]:
    """Every customer who was merged -> the one into whom, one step; for `insight.run(merges=...)`."""
    return dict(Merge.objects.filter(undone_at=None).values_list("source_id", "target_id"))


def ends() -> dict[int, int]:
    """Every customer who was merged -> who they are now, at the end of the chain."""
    steps = pairs()
    found = {}
    for origin in steps:
        end = steps[origin]
        while end in steps:
            end = steps[end]
        found[origin] = end
    return found


def current(customer_id: int) -> int:
    """Who this customer is now: themselves, or the one into whom they were merged in the end."""
    return current_of([customer_id])[customer_id]


def current_of(customer_ids: Iterable[int]) -> dict[int, int]:
    """Each of these customers -> who they are now."""
    found = {number: number for number in customer_ids}
    steps = set(found)
    while steps:
        merged = Customer.objects.filter(pk__in=steps).values_list("pk", "merged_into_id")
        into = {number: end for number, end in merged if end is not None}
        found = {number: into.get(end, end) for number, end in found.items()}
        steps = set(into.values())
    return found


def everyone_of(customer_ids: Iterable[int]) -> list[int]:
    """These customers and all who were merged into them, ascending: under whose numbers something of them is kept."""
    found = set(customer_ids)
    steps = set(found)
    while steps:
        into = Merge.objects.filter(undone_at=None, target_id__in=steps)
        steps = set(into.values_list("source_id", flat=True)) - found
        found |= steps
    return sorted(found)


@dataclass(frozen=True)
class Standing:
    """A merge that stands, for lists."""

    merge: Merge
    later: int | None
    """The merge that has to be undone before this one; None where this one can be undone."""


def standing(customer_id: int) -> list[Standing]:
    """Merges that made this customer who they are, the latest first."""
    ids = everyone_of([customer_id])
    rows = list(Merge.objects.filter(target_id__in=ids, undone_at=None).order_by("-pk"))
    return [Standing(row, blocking(row)) for row in rows]


def blocking(merge: Merge) -> int | None:
    """The latest later merge that took up what this one made: it has to be undone first."""
    involved = (merge.source_id, merge.target_id)
    later = Merge.objects.filter(pk__gt=merge.pk, undone_at=None)
    found = later.filter(target_id__in=involved) | later.filter(source_id__in=involved)
    return found.order_by("-pk").values_list("pk", flat=True).first()


def found(merge_id: int) -> Merge:
    """The merge. Raises NotFound where there is none of that number."""
    row = Merge.objects.filter(pk=merge_id).first()
    if row is None:
        raise NotFound(f"There is no merge {merge_id}.")
    return row
