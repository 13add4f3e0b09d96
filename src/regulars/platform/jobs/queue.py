"""How workers share the waiting jobs: take one, say how it went, take back what a dead worker had.

The rows are django-tasks-db's. A job's tries are the workers it was given to (`worker_ids`); those that died with it
are marked there. A failure counts against the job's retries; a death doesn't, as a server may be stopped or killed
often while a long import goes on, but a job that kills every worker comes to an end too. `started_at` is the mark of
one try: a worker that was thought dead and comes back (a laptop woken up) finds another mark, and its word no longer
counts.
"""

from __future__ import annotations

import random
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from traceback import format_exception
from typing import Any

from django.db import transaction
from django_tasks_db.models import DBTaskResult

from regulars.base import clock
from regulars.platform.jobs import rules
from regulars.platform.jobs.definition import Job, jobs
from regulars.platform.jobs.workers import LEASE_SECONDS, alive
from regulars.platform.logs import redacted

MOST_DEATHS = 10
"""A job whose workers died so often is dead itself."""
_DIED = "died: "
_AFTER_DEATH_SECONDS = (1.0, 60.0)
_LONGEST_TRACEBACK = 8_000


@dataclass(frozen=True)
class Claimed:
    """One try of one job, given to one worker."""

    id: str
    name: str
    arguments: Mapping[str, Any]
    workers: tuple[str, ...]
    started_at: datetime

    @property
    def tries(self) -> int:
        """How often it was begun, this time included."""
        return len(self.workers)

    @property
    def failures(self) -> int:
        """How often its worker lived to see it fail, should it fail this time."""
        return sum(not worker.startswith(_DIED) for worker in self.workers)


class WorkerDied(Exception):
    """The worker that had the job ended without a word: it was killed, or its machine went."""


def claim(worker: str, lane: str) -> Claimed | None:
    """Take the next waiting job of the lane, None when there is none. No two workers get the same one."""
    ready = DBTaskResult.objects.ready().filter(queue_name=lane)
    if not ready.exists():  # most of the time; and on SQLite the transaction below would keep writers out
        return None
    with transaction.atomic():
        row = ready.select_for_update(skip_locked=True).first()
        if row is None:
            return None
        now = clock.now()
        given = [*row.worker_ids, worker]
        taken = DBTaskResult.objects.filter(id=row.id, status="READY").update(
            status="RUNNING", started_at=now, worker_ids=given
        )
    if not taken:
        return None
    return Claimed(str(row.id), row.args_kwargs["args"][0], row.args_kwargs["kwargs"], tuple(given), now)


def finish(claimed: Claimed) -> bool:
    """Say that it is done; False when the job was taken from this worker meanwhile."""
    return _close(claimed, status="SUCCESSFUL", finished_at=clock.now(), exception_class_path="", traceback="")


def fail(claimed: Claimed, error: BaseException) -> bool:
    """Say that it failed: it is tried again later, or dead after its last try. False as for `finish`."""
    job = jobs.get(claimed.name) or Job(claimed.name, print)  # a job of a newer release: it has the usual tries
    failures = claimed.failures
    return _fail(claimed, error, failures, job.retries, (job.wait_seconds, job.longest_wait_seconds))


def died(claimed: Claimed, how: str) -> bool:
    """Say that its worker died with it: it is tried again soon. False as for `finish`."""
    given = [*claimed.workers[:-1], f"{_DIED}{claimed.workers[-1] if claimed.workers else ''}"]
    deaths = sum(worker.startswith(_DIED) for worker in given)
    return _fail(claimed, WorkerDied(how), deaths, MOST_DEATHS, _AFTER_DEATH_SECONDS, worker_ids=given)


def _fail(
    claimed: Claimed, error: BaseException, times: int, most: int, waits: tuple[float, float], **more: Any
) -> bool:
    now = clock.now()
    more["exception_class_path"] = f"{type(error).__module__}.{type(error).__qualname__}"
    more["traceback"] = redacted("".join(format_exception(error)))[-_LONGEST_TRACEBACK:]
    if times > most:
        return _close(claimed, status="FAILED", finished_at=now, **more)
    chance = random.random()  # noqa: S311 - spreads load, hides nothing
    wait = timedelta(seconds=rules.wait_seconds(times, *waits, chance))
    return _close(claimed, status="READY", run_after=now + wait, **more)


def take_back() -> int:
    """Let jobs of dead workers be tried again; returns how many there were."""
    running = list(DBTaskResult.objects.running())
    if not running:
        return 0
    living = alive()
    lost = [row for row in running if not row.worker_ids or row.worker_ids[-1] not in living]
    return sum(died(_claimed(row), "the worker that had it ended without a word") for row in lost)


def take_back_own(worker: str, at_hand: Collection[str]) -> int:
    """Let jobs be tried again that this worker has but isn't doing; returns how many there were.

    The database was out of reach when it was to be said how they went. at_hand : ids of those that it is doing.
    """
    since = clock.now() - timedelta(seconds=LEASE_SECONDS)
    mine = [row for row in DBTaskResult.objects.running().filter(started_at__lt=since) if worker in row.worker_ids[-1:]]
    lost = [row for row in mine if str(row.id) not in at_hand]
    return sum(died(_claimed(row), "it couldn't be said how it went") for row in lost)


def _claimed(row: DBTaskResult[..., object]) -> Claimed:
    what = row.args_kwargs
    return Claimed(str(row.id), what["args"][0], what["kwargs"], tuple(row.worker_ids), row.started_at)


def _close(claimed: Claimed, **values: Any) -> bool:
    mine = DBTaskResult.objects.filter(id=claimed.id, status="RUNNING", started_at=claimed.started_at)
    return bool(mine.update(**values))
