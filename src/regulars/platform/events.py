"""Record what happened, in the transaction in which it happened; reactions and the lake get it from there."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any
from uuid import uuid4

from regulars.base import clock
from regulars.platform.models import Event


def made(
    name: str,
    *,
    customer_id: int | None = None,
    properties: Mapping[str, Any] | None = None,
    occurred_at: datetime | None = None,
    message_id: str | None = None,
) -> Event:
    """An event to be recorded.

    name : what happened, in the past tense, as in "standing changed".  properties : plain values for analysis; never
    a name, a contact or free text of a person.
    """
    now = clock.now()
    return Event(
        message_id=message_id or str(uuid4()),
        name=name,
        customer_id=customer_id,
        occurred_at=occurred_at or now,
        recorded_at=now,
        properties=dict(properties or {}),
    )


def record(name: str, **told: Any) -> None:
    """Record one event, `made` of the same. The same `message_id` again is the same event, and nothing is added."""
    record_all([made(name, **told)])


def record_all(events: Iterable[Event]) -> None:
    """Record several at once, by the same rule."""
    Event.objects.bulk_create(events, ignore_conflicts=True, batch_size=500)
