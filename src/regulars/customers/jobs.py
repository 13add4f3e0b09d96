"""Background work: judging everybody and bringing the screens up to date, every night and after imports."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from regulars.platform.jobs import HEAVY, job, schedule

NIGHTLY = "0 2 * * *"
OFTEN = "*/5 * * * *"
HOURLY = "41 * * * *"
BEFORE_REFRESH = "30 1 * * *"


@job(name="refresh", retries=2, wait_seconds=60.0, lane=HEAVY)
def refresh() -> dict[str, Any] | None:
    """Refresh, then sync; None where no order was taken in yet. Imports put it down with `refresh.enqueue(once=True)`.

    What fails leaves the last good pictures as they are and is noted for the screens (`queries.trouble`).
    """
    from regulars.base.errors import NotFound
    from regulars.customers.refresh import refresh as judge
    from regulars.platform import store

    try:
        with _noted("refresh"):
            done = judge(store.opened())
    except NotFound:
        return None
    _synced(done.run)
    return done.as_json()


@job(name="sync", retries=2, wait_seconds=60.0, lane=HEAVY)
def sync() -> bool:
    """Sync where the last run isn't on the screens yet, as after `regulars refresh` or a crash; whether it was due."""
    from regulars.customers.sync import due

    run = due()
    if run is not None:
        _synced(run)
    return run is not None


@job(name="forget", retries=5, wait_seconds=60.0, lane=HEAVY)
def forget() -> int:
    """Forget whom it was asked to, and go on with what a killed process left; how many requests are done now."""
    from regulars.customers.forget import work
    from regulars.platform import store

    return len(work(store.opened()))


@job(name="same", retries=2, wait_seconds=60.0, lane=HEAVY)
def same() -> int:
    """Look through all customers for some who are one; how many an exact rule merged. The others are proposed."""
    from regulars.customers.same import look

    return look()


@job(name="try thresholds", retries=1)
def try_out(trial: int) -> None:
    """Judge everybody by other thresholds and tell what would change; keeps nothing else."""
    from regulars.customers.trial import do
    from regulars.platform import store

    do(store.opened(), trial)


@job(name="try thresholds on many", retries=1, lane=HEAVY)
def try_out_long(trial: int) -> None:
    """The same for firms with which it takes more than a few seconds."""
    try_out(trial=trial)


def register() -> None:
    """Let them run by themselves."""
    schedule("same", BEFORE_REFRESH, same)
    schedule("refresh", NIGHTLY, refresh)
    schedule("sync", OFTEN, sync)
    schedule("forget", HOURLY, forget)


def _synced(run: Any) -> None:
    from regulars.customers.sync import sync as bring_up
    from regulars.platform import store

    with _noted("sync", run):
        bring_up(store.opened())


@contextmanager
def _noted(stage: str, run: Any = None) -> Iterator[None]:
    from regulars.base import clock
    from regulars.base.errors import NotFound, RegularsError
    from regulars.customers.models import RefreshFailure

    try:
        yield
    except NotFound:
        raise
    except Exception as error:
        # An unforeseen error's text may hold anything, so staff see its kind and find the rest among the jobs.
        message = str(error) if isinstance(error, RegularsError) else type(error).__name__
        RefreshFailure.objects.create(at=clock.now(), stage=stage, run=run, message=message)
        raise
