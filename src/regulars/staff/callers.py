"""Which program asks: keys recognised many times a second, and what each may do.

What the store says of a key is believed for `BELIEVED_SECONDS`, by each process for itself: a key that is revoked, or
whose grace ends, opens nothing any more after that time at the latest.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass

from regulars.base.errors import NotAllowed
from regulars.staff import keys
from regulars.staff.models import Key

BELIEVED_SECONDS = 5.0
_MOST = 10_000
"""Keys that are remembered; whoever tries more of them empties the memory, which costs a look-up each."""


@dataclass(frozen=True)
class Caller:
    """A program that came in with a key."""

    key_id: int
    name: str
    shop: str
    scopes: frozenset[str]


_known: dict[str, tuple[float, Key | None]] = {}
_caller: ContextVar[Caller | None] = ContextVar("regulars_caller", default=None)


def recognise(text: str) -> Caller | None:
    """Who comes with this key; None when it isn't one, or is revoked."""
    handle, now = keys.handle(text), time.monotonic()
    if not handle:
        return None
    believed = _known.get(handle)
    if believed is None or now - believed[0] > BELIEVED_SECONDS:
        if len(_known) >= _MOST:
            _known.clear()
        believed = _known[handle] = (now, keys.look_up(handle))
    key = believed[1]
    if not keys.opens(key, text) or key is None:
        return None
    return Caller(key.pk, key.name, key.shop, frozenset(key.scopes))


def forget_known() -> None:
    """Believe nothing any more: for tests, and where a process changes its store."""
    _known.clear()


@contextmanager
def calling(who: Caller) -> Iterator[None]:
    """Within the block, `who` asks."""
    token = _caller.set(who)
    try:
        yield
    finally:
        _caller.reset(token)


def caller() -> Caller:
    """Who asks. Raises NotAllowed when no program does."""
    who = _caller.get()
    if who is None:
        raise NotAllowed("Come in with a key.")
    return who


def may(scope: str) -> bool:
    """Whether the program that asks may do what `scope` says."""
    who = _caller.get()
    return who is not None and scope in who.scopes


def need(*scopes: str) -> None:
    """Raises NotAllowed unless the program that asks has one of the scopes."""
    if not any(may(scope) for scope in scopes):
        raise NotAllowed(f"This key may not do that: it needs the scope {' or '.join(scopes)}.")
