"""Hands events to reactions: at least once each, and, through the mark in the same transaction, effectively once.

A new event goes to every reaction of its name; what fails is put down to be tried again, so that neither the other
reactions nor later events wait for it. Several dispatchers may run: the mark is unique, and whoever comes second finds
it (on PostgreSQL after waiting for the first one's commit) and does nothing. Work outside the database (mail, files)
doesn't belong into a reaction: it enqueues a job, which is part of the same transaction.
"""

from __future__ import annotations

import logging
import random
from collections.abc import Collection
from datetime import datetime, timedelta

from django.db import IntegrityError, transaction
from django.db.models import QuerySet

from regulars.base import clock
from regulars.platform.audit import SYSTEM, acting
from regulars.platform.jobs.rules import wait_seconds
from regulars.platform.logs import redacted
from regulars.platform.models import Event, ReactionRun
from regulars.platform.registry import Reaction, reactions

log = logging.getLogger(__name__)

BATCH = 500
TRIES = 10
"""After so many failures (about ten hours) a reaction to an event is given up, and shown."""
FIRST_WAIT_SECONDS = 5.0
LONGEST_WAIT_SECONDS = 3 * 3600.0
_LONGEST_ERROR = 500


def dispatch() -> bool:
    """Do one batch of new events and of reactions that are due again; whether there may be more at once."""
    return bool(_new_events() + _due_again())


def _new_events() -> int:
    """React to the oldest events that nobody reacted to; how many there were."""
    events = list(Event.objects.filter(reacted_at__isnull=True).order_by("id")[:BATCH])
    names = {event.name for event in events}
    by_event: dict[str, list[Reaction]] = {}
    for reaction in reactions:
        if reaction.event in names and (reaction.wanted is None or reaction.wanted()):
            by_event.setdefault(reaction.event, []).append(reaction)
    handed = []
    for event in events:
        for reaction in by_event.get(event.name, []):
            _first_try(event, reaction)
        handed.append(event.pk)
        if event.name in by_event:
            _mark(handed)  # at once, so that a crash repeats little; what is done already is known by its mark
            handed = []
    _mark(handed)
    return len(events)


def _mark(ids: Collection[int]) -> None:
    if ids:
        Event.objects.filter(pk__in=ids, reacted_at__isnull=True).update(reacted_at=clock.now())


def _first_try(event: Event, reaction: Reaction) -> None:
    if ReactionRun.objects.filter(event=event, reaction=reaction.name).exists():
        return  # done, or being tried again, before a crash
    try:
        with transaction.atomic():
            try:
                with transaction.atomic():
                    ReactionRun.objects.create(event=event, reaction=reaction.name, done_at=clock.now())
            except IntegrityError:
                return  # another dispatcher's
            _handle(reaction, event)
    except Exception as error:
        _put_down(event, reaction, error)


def _put_down(event: Event, reaction: Reaction, error: Exception) -> None:
    _log(reaction, event, 1)
    run = ReactionRun(event=event, reaction=reaction.name, failures=1, error=_said(error), next_try_at=_next_try(1))
    ReactionRun.objects.bulk_create([run], ignore_conflicts=True)


def _due_again() -> int:
    """Try again what failed and is due; how many there were."""
    due = ReactionRun.objects.filter(next_try_at__lte=clock.now()).order_by("next_try_at").select_related("event")
    runs = list(due[:BATCH])
    for run in runs:
        reaction = reactions.get(run.reaction)
        if reaction is None:  # of another release: later, without counting it as a failure
            _still(run).update(next_try_at=clock.now() + timedelta(seconds=LONGEST_WAIT_SECONDS))
            continue
        _again(run, reaction)
    return len(runs)


def _again(run: ReactionRun, reaction: Reaction) -> None:
    try:
        with transaction.atomic():
            if not _still(run).update(done_at=clock.now(), next_try_at=None, error=""):
                return  # another dispatcher's
            _handle(reaction, run.event)
    except Exception as error:
        failures = run.failures + 1
        _log(reaction, run.event, failures)
        _still(run).update(failures=failures, error=_said(error), next_try_at=_next_try(failures))


def _handle(reaction: Reaction, event: Event) -> None:
    with acting(SYSTEM):
        reaction.handle(event)


def _still(run: ReactionRun) -> QuerySet[ReactionRun]:
    """The row, as long as it is as it was read."""
    as_read = ReactionRun.objects.filter(pk=run.pk, failures=run.failures, next_try_at=run.next_try_at)
    return as_read.filter(done_at__isnull=True)


def _next_try(failures: int) -> datetime | None:
    if failures >= TRIES:
        return None
    chance = random.random()  # noqa: S311 - spreads load, hides nothing
    return clock.now() + timedelta(seconds=wait_seconds(failures, FIRST_WAIT_SECONDS, LONGEST_WAIT_SECONDS, chance))


def _said(error: Exception) -> str:
    return redacted(f"{type(error).__name__}: {error}")[:_LONGEST_ERROR]


def _log(reaction: Reaction, event: Event, failures: int) -> None:
    log.exception("reaction failed", extra={"reaction": reaction.name, "event": event.pk, "failures": failures})
