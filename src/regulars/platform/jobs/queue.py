"""How workers share the waiting jobs: take one, say how it went, take back what a dead worker had.

The rows are django-tasks-db's. A job's tries are the workers it was given to (`worker_ids`), so that one which kills
its worker comes to an end too. `started_at` is the mark of one try: a worker that was thought dead and comes back
(a laptop woken up) finds another mark, and its word no longer counts.
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

_LONGEST_TRACEBACK = 8_000


@dataclass(frozen=True)
class Claimed:
    """One try of one job, given to one worker."""

    id: str
    name: str
    arguments: Mapping[str, Any]
    tries: int
    started_at: datetime


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
    return Claimed(str(row.id), row.args_kwargs["args"][0], row.args_kwargs["kwargs"], len(given), now)


def finish(claimed: Claimed) -> bool:
    """Say that it is done; False when the job was taken from this worker meanwhile."""
    return _close(claimed, status="SUCCESSFUL", finished_at=clock.now(), exception_class_path="", traceback="")


def fail(claimed: Claimed, error: BaseException) -> bool:
    """Say that it failed: it is tried again later, or dead after its last try. False as for `finish`."""
    said = {
        "exception_class_path": f"{type(error).__module__}.{type(error).__qualname__}",
        "traceback": redacted("".join(format_exception(error)))[-_LONGEST_TRACEBACK:],
    }
    job = jobs.get(claimed.name) or Job(claimed.name, print)  # a job of a newer release: it has the usual tries
    now = clock.now()
    if claimed.tries > job.retries:
        return _close(claimed, status="FAILED", finished_at=now, **said)
    chance = random.random()  # noqa: S311 - spreads load, hides nothing
    wait = rules.wait_seconds(claimed.tries, job.wait_seconds, job.longest_wait_seconds, chance)
    return _close(claimed, status="READY", run_after=now + timedelta(seconds=wait), **said)


def take_back() -> int:
    """Let jobs of dead workers be tried again; returns how many there were."""
    running = list(DBTaskResult.objects.running())
    if not running:
        return 0
    living = alive()
    lost = [row for row in running if not row.worker_ids or row.worker_ids[-1] not in living]
    return sum(fail(_claimed(row), WorkerDied("the worker that had it ended without a word")) for row in lost)


def take_back_own(worker: str, at_hand: Collection[str]) -> int:
    """Let jobs be tried again that this worker has but isn't doing; returns how many there were.

    The database was out of reach when it was to be said how they went. at_hand : ids of those that it is doing.
    """
    since = clock.now() - timedelta(seconds=LEASE_SECONDS)
    mine = [row for row in DBTaskResult.objects.running().filter(started_at__lt=since) if worker in row.worker_ids[-1:]]
    lost = [row for row in mine if str(row.id) not in at_hand]
    return sum(fail(_claimed(row), WorkerDied("it couldn't be said how it went")) for row in lost)


def _claimed(row: DBTaskResult[..., object]) -> Claimed:
    what = row.args_kwargs
    return Claimed(str(row.id), what["args"][0], what["kwargs"], len(row.worker_ids), row.started_at)


def _close(claimed: Claimed, **values: Any) -> bool:
    mine = DBTaskResult.objects.filter(id=claimed.id, status="RUNNING", started_at=claimed.started_at)
    return bool(mine.update(**values))
