"""Reads for screens: which jobs wait, run and are dead, when schedules are due, which workers there are."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from regulars.platform.jobs import workers
from regulars.platform.models import Schedule, Worker


@dataclass(frozen=True)
class JobState:
    """One job as a screen shows it. status : waiting | running | done | dead; times are UTC, None where not known."""

    id: str
    name: str
    status: str
    tries: int
    enqueued_at: datetime
    due_at: datetime | None
    started_at: datetime | None
    finished_at: datetime | None
    error: str
    trace: str


_STATUS = {"READY": "waiting", "RUNNING": "running", "SUCCESSFUL": "done", "FAILED": "dead"}


def dead(limit: int = 200) -> list[JobState]:
    """Jobs that failed for the last time, the latest first; `actions.restart` takes them back."""
    return _jobs("FAILED", "-finished_at", limit)


def waiting(limit: int = 200) -> list[JobState]:
    """Jobs that nobody has taken yet, the oldest first; `error` says what went wrong at an earlier try."""
    return _jobs("READY", "enqueued_at", limit)


def running(limit: int = 200) -> list[JobState]:
    """Jobs that a worker has."""
    return _jobs("RUNNING", "started_at", limit)


def recent(limit: int = 50) -> list[JobState]:
    """Jobs that were done, the latest first; a day's worth is kept."""
    return _jobs("SUCCESSFUL", "-finished_at", limit)


def counts() -> dict[str, int]:
    """Number of jobs by status: `{waiting, running, done, dead}`."""
    from django.db.models import Count
    from django_tasks_db.models import DBTaskResult

    found = dict(DBTaskResult.objects.order_by().values_list("status").annotate(Count("id")))
    return {ours: int(found.get(theirs, 0)) for theirs, ours in _STATUS.items()}


def schedules() -> list[Schedule]:
    """All schedules, by name."""
    return list(Schedule.objects.order_by("name"))


def running_workers() -> list[Worker]:
    """Workers that are alive, the oldest first."""
    return list(Worker.objects.filter(name__in=workers.alive()).order_by("started_at"))


def _jobs(status: str, order: str, limit: int) -> list[JobState]:
    from django_tasks_db.models import DBTaskResult, get_date_max

    at_once = get_date_max()
    return [
        JobState(
            id=str(row.id),
            name=str(row.args_kwargs["args"][0]),
            status=_STATUS[row.status],
            tries=len(row.worker_ids),
            enqueued_at=row.enqueued_at,
            due_at=None if row.run_after == at_once else row.run_after,
            started_at=row.started_at,
            finished_at=row.finished_at,
            error=_short(row.exception_class_path, row.traceback),
            trace=row.traceback,
        )
        for row in DBTaskResult.objects.filter(status=status).order_by(order)[:limit]
    ]


def _short(path: str, trace: str) -> str:
    """The last line that a traceback begins its error with: "ValueError: no luck"."""
    name = path.rpartition(".")[2]
    lines = [line for line in trace.splitlines() if line.startswith((path, name))]
    return (name + lines[-1].partition(name)[2]) if lines else name
