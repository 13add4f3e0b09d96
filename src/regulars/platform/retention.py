"""What is over goes: every night each kind of personal data lets go of what its period doesn't cover any more."""

from __future__ import annotations

from regulars.base import clock
from regulars.platform import audit
from regulars.platform.jobs import job, schedule
from regulars.platform.registry import personal_data

NIGHTLY = "50 3 * * *"


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
