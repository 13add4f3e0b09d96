"""The one place that asks what time it is, so that tests (and replays) can set it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

_fixed: ContextVar[datetime | None] = ContextVar("regulars_clock", default=None)


def now() -> datetime:
    """The present moment in UTC."""
    return _fixed.get() or datetime.now(UTC)


def today(time_zone: str = "UTC") -> date:
    """The calendar day in `time_zone` (an IANA name such as Europe/Helsinki)."""
    return now().astimezone(ZoneInfo(time_zone)).date()


@contextmanager
def fixed(moment: datetime) -> Iterator[None]:
    """Within the block, `now()` is `moment` (must carry a time zone)."""
    if moment.tzinfo is None:
        raise ValueError("a fixed moment needs a time zone")
    token = _fixed.set(moment.astimezone(UTC))
    try:
        yield
    finally:
        _fixed.reset(token)
