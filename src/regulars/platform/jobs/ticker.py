"""Enqueues what is due, exactly once, however many tickers there are."""

from __future__ import annotations

import logging

from django.db import transaction

from regulars.base import clock
from regulars.platform.jobs import rules
from regulars.platform.jobs.definition import schedules
from regulars.platform.models import Schedule

log = logging.getLogger(__name__)


def adopt(time_zone: str) -> None:
    """Write registered schedules down where they are missing; follow a new default that the firm hasn't replaced."""
    now = clock.now()
    for planned in schedules:
        next_at = rules.following(planned.cron, now, time_zone)
        row, made = Schedule.objects.get_or_create(
            name=planned.name,
            defaults={"cron": planned.cron, "registered_cron": planned.cron, "next_at": next_at},
        )
        if made or row.registered_cron == planned.cron:
            continue
        same = Schedule.objects.filter(name=planned.name, registered_cron=row.registered_cron)
        same.filter(cron=row.registered_cron).update(cron=planned.cron, next_at=next_at)
        same.update(registered_cron=planned.cron)


def tick(time_zone: str) -> list[str]:
    """Enqueue the jobs of schedules that are due; returns the schedules' names.

    Moving a schedule on and enqueuing its job are one transaction, and only who finds it as it was read moves it on.
    """
    now = clock.now()
    done = []
    for row in Schedule.objects.filter(paused=False, next_at__lte=now):
        planned = schedules.get(row.name)
        if planned is None:  # of another release
            continue
        with transaction.atomic():
            as_read = Schedule.objects.filter(name=row.name, next_at=row.next_at, cron=row.cron, paused=False)
            if as_read.update(next_at=rules.following(row.cron, now, time_zone), last_at=now):
                planned.job.enqueue(once=True)
                done.append(row.name)
                log.info("due", extra={"schedule": row.name})
    return done
