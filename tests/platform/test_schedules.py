"""Schedules come due exactly once, whoever ticks; the firm's own times are kept."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta

import pytest
from django.db import transaction
from django_tasks_db.models import DBTaskResult
from tests.platform.threads import at_once
from tests.stores import every_database

from regulars.base import clock
from regulars.base.errors import BadInput, NotFound
from regulars.platform.jobs import Job, Planned, actions, job, schedules, ticker
from regulars.platform.models import Schedule
from regulars.platform.registry import Registry
from regulars.platform.workspace import Workspace

pytestmark = every_database
NOON = datetime(2026, 5, 4, 12, tzinfo=UTC)


@job(name="tests: nightly")
def nightly() -> None:
    """What is scheduled."""


@pytest.fixture(autouse=True)
def planned(monkeypatch: pytest.MonkeyPatch) -> Registry[Planned]:
    """Only one schedule is registered: every night at two."""
    only: Registry[Planned] = Registry("schedule")
    only.add(Planned("nightly", "0 2 * * *", nightly))
    monkeypatch.setattr(ticker, "schedules", only)
    monkeypatch.setattr(actions, "schedules", only)
    return only


def enqueued() -> int:
    return DBTaskResult.objects.count()


def test_nothing_is_due_before_its_time_and_once_at_it(workspace: Workspace) -> None:
    with clock.fixed(NOON):
        ticker.adopt("UTC")
        assert ticker.tick("UTC") == []
    with clock.fixed(NOON + timedelta(hours=14)):
        assert ticker.tick("UTC") == ["nightly"]
        assert ticker.tick("UTC") == []
    assert enqueued() == 1


def test_times_that_passed_unseen_are_made_up_for_once(workspace: Workspace) -> None:
    with clock.fixed(NOON):
        ticker.adopt("UTC")
    with clock.fixed(NOON + timedelta(days=5)):
        ticker.adopt("UTC")  # a restart doesn't skip what is due
        assert ticker.tick("UTC") == ["nightly"]
        assert ticker.tick("UTC") == []
        assert Schedule.objects.get().next_at == NOON + timedelta(days=5, hours=14)


def _due() -> None:
    with clock.fixed(NOON):
        ticker.adopt("UTC")
    Schedule.objects.update(next_at=NOON)


def test_two_tickers_enqueue_once(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    _due()
    both_have_read = threading.Barrier(2)
    plain = ticker.schedules.get

    def get(name: str) -> Planned | None:
        both_have_read.wait(10)
        return plain(name)

    monkeypatch.setattr(ticker.schedules, "get", get)
    assert sorted(len(due) for due in at_once(lambda: ticker.tick("UTC"))) == [0, 1]
    assert enqueued() == 1


def test_without_the_condition_two_tickers_enqueue_twice(workspace: Workspace) -> None:
    """Negative control."""
    _due()
    both_have_read = threading.Barrier(2)

    def tick() -> None:
        row = Schedule.objects.get()
        both_have_read.wait(10)
        with transaction.atomic():
            if Schedule.objects.filter(name=row.name).update(next_at=NOON + timedelta(days=9)):
                nightly.enqueue()

    at_once(tick)
    assert enqueued() == 2


def test_a_killed_tick_leaves_the_schedule_due(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    _due()

    def fail(*_: object, **__: object) -> str:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(Job, "enqueue", fail)
        with pytest.raises(KeyboardInterrupt):
            ticker.tick("UTC")
    assert ticker.tick("UTC") == ["nightly"]
    assert enqueued() == 1


def test_a_paused_schedule_rests_and_isnt_due_at_once_afterwards(workspace: Workspace) -> None:
    with clock.fixed(NOON):
        ticker.adopt("UTC")
        actions.set_schedule("nightly", paused=True)
    with clock.fixed(NOON + timedelta(days=3)):
        assert ticker.tick("UTC") == []
        actions.set_schedule("nightly", paused=False)
        assert ticker.tick("UTC") == []
    assert enqueued() == 0


def test_the_firms_own_time_outlives_a_new_default(workspace: Workspace, planned: Registry[Planned]) -> None:
    with clock.fixed(NOON):
        ticker.adopt("UTC")
        actions.set_schedule("nightly", cron="30  4 * * *")
        planned._entries["nightly"] = Planned("nightly", "0 3 * * *", nightly)
        ticker.adopt("UTC")
        assert Schedule.objects.get().cron == "30 4 * * *"
        Schedule.objects.all().delete()
        ticker.adopt("UTC")
        planned._entries["nightly"] = Planned("nightly", "0 1 * * *", nightly)
        ticker.adopt("UTC")
    row = Schedule.objects.get()
    assert (row.cron, row.next_at) == ("0 1 * * *", NOON + timedelta(hours=13))


def test_a_schedule_of_another_release_is_left_alone(workspace: Workspace) -> None:
    Schedule.objects.create(name="of tomorrow", cron="* * * * *", registered_cron="* * * * *", next_at=NOON)
    assert ticker.tick("UTC") == []
    assert Schedule.objects.filter(name="of tomorrow").exists()


def test_a_schedule_can_be_run_now(workspace: Workspace) -> None:
    assert actions.run_now("nightly") == actions.run_now("nightly")
    assert enqueued() == 1
    with pytest.raises(NotFound):
        actions.run_now("none")
    with pytest.raises(NotFound):
        actions.set_schedule("none", paused=True)


def test_a_time_that_is_none_changes_nothing(workspace: Workspace) -> None:
    ticker.adopt("UTC")
    with pytest.raises(BadInput):
        actions.set_schedule("nightly", cron="whenever")
    assert Schedule.objects.get().cron == "0 2 * * *"


def test_pruning_is_scheduled(workspace: Workspace) -> None:
    assert "prune jobs" in schedules
