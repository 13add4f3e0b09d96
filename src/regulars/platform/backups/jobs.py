"""Background work of backups: one when somebody asks, and every night where the firm wants that."""

from __future__ import annotations

from regulars.platform import store
from regulars.platform.jobs import HEAVY, job, schedule

NIGHTLY = "30 4 * * *"


@job(name="make a backup", retries=2, wait_seconds=300.0, lane=HEAVY)
def make_one() -> str:
    """Make a backup now."""
    from regulars.platform.backups.kept import add

    return add(store.opened()).path.name


@job(name="nightly backup", retries=2, wait_seconds=300.0, lane=HEAVY)
def nightly() -> str | None:
    """Make one where the firm wants one every night."""
    from regulars.platform.backups.kept import add

    workspace = store.opened()
    return add(workspace).path.name if workspace.settings.backups.nightly else None


def register() -> None:
    """Let it run by itself."""
    schedule("nightly backup", NIGHTLY, nightly)
