"""What is over goes: every night each kind of personal data lets go of what its period doesn't cover any more."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

from regulars.base import clock
from regulars.platform import audit
from regulars.platform.jobs import job, schedule
from regulars.platform.registry import personal_data

NIGHTLY = "50 3 * * *"


def due(keep: Mapping[str, timedelta] | None = None) -> dict[str, int | None]:
    """By kind of data, how much would be deleted now; None where that can't be told without deleting.

    keep : other periods than those that hold, by kind of data.
    """
    now, found = clock.now(), {}
    for entry in personal_data:
        if entry.expire is not None:
            period = (keep or {}).get(entry.name) or (entry.keep() if entry.keep else timedelta())
            found[entry.name] = entry.due(now - period) if entry.due else None
    return found


@job(name="let go of what is over", retries=2, wait_seconds=300.0)
def expire() -> dict[str, int]:
    """Delete what is older than its period; rows by kind of data, those with any."""
    now = clock.now()
    gone = {}
    for entry in personal_data:
        if entry.expire is not None:
            gone[entry.name] = entry.expire(now - entry.keep() if entry.keep else now)
    found = {name: rows for name, rows in gone.items() if rows}
    if found:
        audit.note("data.expired", rows=found)
    return found


def register() -> None:
    """Let it run by itself."""
    schedule("let go of what is over", NIGHTLY, expire)
