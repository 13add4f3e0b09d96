"""Finished jobs, dead workers and done reactions don't pile up: many rows would make the queue slow."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.db.models import QuerySet

from regulars.base import clock
from regulars.platform.jobs.definition import job
from regulars.platform.models import ReactionRun, Worker

KEEP_DONE = timedelta(hours=24)
KEEP_DEAD = timedelta(days=30)
KEEP_WORKERS = timedelta(hours=1)
_CHUNK = 5_000


@job(name="prune jobs", retries=1)
def prune() -> int:
    """Remove what is no longer needed, in chunks that keep nobody waiting; returns the number of rows."""
    from django_tasks_db.models import DBTaskResult

    now = clock.now()
    return sum(
        _remove(rows)
        for rows in (
            DBTaskResult.objects.successful().filter(finished_at__lt=now - KEEP_DONE),
            DBTaskResult.objects.failed().filter(finished_at__lt=now - KEEP_DEAD),
            Worker.objects.filter(beat_at__lt=now - KEEP_WORKERS),
            # The event itself says that it was reacted to; the marks are needed only while that is going on.
            ReactionRun.objects.filter(done_at__lt=now - KEEP_DONE, event__reacted_at__isnull=False),
        )
    )


def _remove(rows: QuerySet[Any]) -> int:
    removed = 0
    while True:
        ids = list(rows.order_by("pk").values_list("pk", flat=True)[:_CHUNK])
        if not ids:
            return removed
        removed += rows.model._default_manager.filter(pk__in=ids).delete()[0]
