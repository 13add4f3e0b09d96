"""The verbs of jobs: put down, restart, drop; pause, set and run schedules. Each is one transaction."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import transaction

from regulars.base import clock
from regulars.base.errors import NotFound
from regulars.platform import audit, store
from regulars.platform.jobs import rules
from regulars.platform.jobs.definition import Job, schedules
from regulars.platform.models import Schedule


def enqueue(job: Job, arguments: Mapping[str, Any], *, after: datetime | None = None, once: bool = False) -> str:
    """See Job.enqueue."""
    if not store.is_server():
        raise RuntimeError("jobs are put down by the server only; this process does its work itself")
    from django_tasks_db.models import DBTaskResult

    from regulars.platform.jobs.task import perform

    if once:
        waiting = DBTaskResult.objects.filter(status="READY", args_kwargs__args__0=job.name)
        for row in waiting.only("id", "args_kwargs"):
            if row.args_kwargs["kwargs"] == dict(arguments):
                return str(row.id)
    return str(perform.using(queue_name=job.lane, run_after=after).enqueue(job.name, **arguments).id)


def restart(job_id: str) -> bool:
    """Let a dead job be tried anew, with all its tries; False when it isn't dead (any more)."""
    from django_tasks_db.models import DBTaskResult, get_date_max

    with transaction.atomic():
        changed = DBTaskResult.objects.filter(id=job_id, status="FAILED").update(
            status="READY", worker_ids=[], started_at=None, finished_at=None, run_after=get_date_max()
        )
        if changed:
            audit.note("job.restarted", object=f"job {job_id}")
    return bool(changed)


def drop(job_id: str) -> bool:
    """Remove a dead job; False when it isn't dead (any more)."""
    from django_tasks_db.models import DBTaskResult

    with transaction.atomic():
        dropped, _ = DBTaskResult.objects.filter(id=job_id, status="FAILED").delete()
        if dropped:
            audit.note("job.dropped", object=f"job {job_id}")
    return bool(dropped)


def set_schedule(name: str, *, cron: str | None = None, paused: bool | None = None) -> None:
    """Change when a schedule runs (five fields, in the firm's time zone), or whether it does.

    Raises NotFound, or BadInput for a `cron` that can't be read.
    """
    zone = store.opened().settings.firm.time_zone
    with transaction.atomic():
        row = Schedule.objects.filter(name=name).first()
        if row is None:
            raise NotFound(f"There is no schedule '{name}'.")
        row.cron = row.cron if cron is None else " ".join(cron.split())
        row.paused = row.paused if paused is None else paused
        # One that was paused for a week isn't due at once when it goes on.
        row.next_at = rules.following(row.cron, clock.now(), zone)
        row.save(update_fields=["cron", "paused", "next_at"])
        audit.note("schedule.changed", object=name, cron=row.cron, paused=row.paused)


def run_now(name: str) -> str:
    """Enqueue a schedule's job now, beside its times; returns the job's id. Raises NotFound."""
    planned = schedules.get(name)
    if planned is None:
        raise NotFound(f"There is no schedule '{name}'.")
    with transaction.atomic():
        audit.note("schedule.run", object=name)
        return planned.job.enqueue(once=True)
