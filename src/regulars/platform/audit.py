"""The audit log: who saw, changed or exported what. The edge says who acts; everything below just notes."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any, Literal

from regulars.base import clock
from regulars.platform.models import AuditEntry


@dataclass(frozen=True)
class Actor:
    """On whose behalf the current work is done."""

    kind: Literal["staff", "key", "system", "command"]
    id: int | None = None
    name: str = ""
    address: str | None = None


SYSTEM = Actor("system", name="Regulars")
_actor: ContextVar[Actor] = ContextVar("regulars_actor", default=SYSTEM)


def actor() -> Actor:
    """Who acts now; Regulars itself unless the edge said otherwise."""
    return _actor.get()


@contextmanager
def acting(who: Actor) -> Iterator[None]:
    """Within the block, `who` acts."""
    token = _actor.set(who)
    try:
        yield
    finally:
        _actor.reset(token)


def note(action: str, *, customer_id: int | None = None, object: str = "", **details: Any) -> None:  # noqa: A002 - the column's name
    """Add an entry in the current transaction. `details` are figures and names of fields, never personal contents."""
    who = actor()
    AuditEntry.objects.create(
        at=clock.now(),
        actor=who.kind,
        actor_id=who.id,
        actor_name=who.name,
        action=action,
        customer_id=customer_id,
        object=object,
        details=details,
        address=who.address,
    )
