"""The write half of judging a few: pictures, latest orders, what changed, told once; a few hundred a transaction.

The blocks of a sync are locked, not marked: a sync that is under way leaves these customers out by itself (`ahead`).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from django.db import transaction

from regulars.base import clock, days
from regulars.customers import sync_blocks, sync_write
from regulars.customers.judge_some_read import Found
from regulars.customers.models import Customer, Objection, Picture, Recent, Run, StandingChange
from regulars.customers.sync_columns import NOT_JUDGED, Column
from regulars.customers.sync_words import sort_name
from regulars.platform.models import Event

AT_ONCE = 500

Done = Callable[[Sequence[int]], None]


def nothing(given: Sequence[int], done: Done) -> None:
    """There is nothing to write yet."""
    with transaction.atomic():
        done(given)


def write(run: Run, day: int, found: Found, columns: Sequence[Column], given: Sequence[int], done: Done) -> int:
    """Write what was found; how many changed their standing or rung. `done` is told with the last transaction."""
    rows = {row["customer_id"]: row for row in found.pictures.to_pylist()}
    packed = dict(zip(*(found.recent.column(name).to_pylist() for name in ("customer_id", "packed")), strict=True))
    changed = 0
    portions = _portions(sorted(rows)) or [[]]
    for portion in portions:
        with transaction.atomic():
            sync_blocks.lock(portion)
            there = _there(portion)
            changed += _pictures(run, day, [rows[number] for number in portion if number in there], columns)
            _recent(portion, {number: packed[number] for number in portion if number in packed and number in there})
            if portion is portions[-1]:
                done(given)
    return changed


def _portions(ids: Sequence[int]) -> list[Sequence[int]]:
    return [ids[start : start + AT_ONCE] for start in range(0, len(ids), AT_ONCE)]


def _there(ids: Sequence[int]) -> set[int]:
    """Who of them is still somebody to say something of: neither forgotten nor merged nor objecting meanwhile."""
    somebody = Customer.objects.select_for_update().filter(pk__in=ids, merged_into_id=None)
    objecting = set(Objection.objects.filter(customer_id__in=ids).values_list("customer_id", flat=True))
    return set(somebody.values_list("pk", flat=True)) - objecting


def _pictures(run: Run, day: int, rows: Sequence[dict[str, Any]], columns: Sequence[Column]) -> int:
    before = {
        number: (label, standing, rung)
        for number, label, standing, rung in Picture.objects.filter(
            pk__in=[row["customer_id"] for row in rows]
        ).values_list("customer_id", "label", "standing", "rung")
    }
    Picture.objects.bulk_create(
        [Picture(**row, sort_name=sort_name(row["label"])) for row in rows],
        update_conflicts=True,
        unique_fields=["customer_id"],
        update_fields=[*(column.name for column in columns), "sort_name"],
    )
    named = [(row["customer_id"], row["label"]) for row in rows]
    renamed = [
        (number, label) for number, label in named if before.get(number, ("",))[0] != label or number not in before
    ]
    sync_write.name(renamed, known=[number for number, _ in renamed if number in before])
    return _told(run, day, rows, {number: was[1:] for number, was in before.items()})


def _told(run: Run, day: int, rows: Sequence[dict[str, Any]], before: dict[int, tuple[str, str]]) -> int:
    names = ("standing_before", "standing", "rung_before", "rung")
    changes = []
    for row in rows:
        standing, rung = row["standing"], row["rung"]
        was, rung_was = before.get(row["customer_id"], (NOT_JUDGED, ""))
        if standing == NOT_JUDGED or (was, rung_was) == (standing, rung):
            continue
        values = (None, standing, None, rung) if was == NOT_JUDGED else (was, standing, rung_was, rung)
        changes.append((row["customer_id"], dict(zip(names, values, strict=True))))
    made = StandingChange.objects.bulk_create(
        StandingChange(customer_id=number, run=run, day=days.to_date(day), **values) for number, values in changes
    )
    now = clock.now()
    Event.objects.bulk_create(
        Event(
            message_id=f"{sync_write.STANDING_CHANGED}:change {change.pk}",
            name=sync_write.STANDING_CHANGED,
            customer_id=number,
            occurred_at=now,
            recorded_at=now,
            properties={"run": run.pk} | values,
        )
        for change, (number, values) in zip(made, changes, strict=True)
    )
    return len(changes)


def _recent(ids: Sequence[int], packed: dict[int, str]) -> None:
    Recent.objects.bulk_create(
        [Recent(customer_id=number, packed=text) for number, text in packed.items()],
        update_conflicts=True,
        unique_fields=["customer_id"],
        update_fields=["packed"],
    )
    Recent.objects.filter(customer_id__in=[number for number in ids if number not in packed]).delete()
