"""Every accepted event reaches the lake exactly once, wherever the drainer was interrupted."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pyarrow as pa
import pytest
from django.db import connection, transaction
from tests.stores import every_database
from tests.stream.sent import BROWSER, NOW, event

from regulars.base import clock
from regulars.customers.models import Customer, Identity
from regulars.customers.refresh import open_lake
from regulars.lake import Lake
from regulars.lake.events import resolved
from regulars.platform import events as platform_events
from regulars.platform.workspace import Workspace
from regulars.stream import drained_rows, drainer, inbox, inbox_rows, visitors
from regulars.stream.models import Drain, Entry
from regulars.stream.visitors import Named

pytestmark = every_database
NOBODY = pa.table({"source": pa.array([], pa.int64()), "target": pa.array([], pa.int64())})


class Killed(BaseException):
    """The process ends here."""


def names(workspace: Workspace) -> list[str]:
    def read(now: Any) -> list[str]:
        return sorted(now.table("events").to_pyarrow()["name"].to_pylist())

    return open_lake(workspace).read(read)


def customers(expression: Any) -> dict[str, int | None]:
    """Event -> whose it is."""
    rows = expression.to_pyarrow()
    return dict(zip(rows["name"].to_pylist(), rows["customer_id"].to_pylist(), strict=True))


def send(*names: str, **more: Any) -> None:
    answers = inbox.accept(BROWSER, [event(f"id of {name}", name, **more) for name in names])
    assert {answer.outcome for answer in answers} == {"accepted"}


def test_what_was_accepted_is_in_the_lake_once(workspace: Workspace) -> None:
    send("a", "b")
    assert drainer.drain_all(workspace) == 2
    assert drainer.drain_all(workspace) == 0
    send("c")
    platform_events.record("standing changed", customer_id=7, properties={"to": "lapsed"})
    assert drainer.drain_all(workspace) == 2
    assert names(workspace) == ["a", "b", "c", "standing changed"]
    assert open_lake(workspace).check() == []


def test_own_events_without_end_make_nobody_forget_how_far_the_inbox_is(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    send("a")
    drainer.drain_all(workspace)
    monkeypatch.setattr(drainer, "KEPT", 1)
    for number in range(4):
        platform_events.record("standing changed", customer_id=7, properties={"to": str(number)})
        drainer.drain_all(workspace)
    assert Drain.objects.count() < 5
    assert drainer.drain_all(workspace) == 0
    assert names(workspace).count("a") == 1


def test_few_events_wait_for_more_but_not_for_long(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOW + timedelta(seconds=1))
    send("a")
    assert not drainer.drain()
    assert not Drain.objects.exists()
    monkeypatch.setattr(clock, "now", lambda: NOW + drainer.WAIT)
    drainer.drain()
    assert names(workspace) == ["a"]


def test_a_clock_that_was_put_back_holds_nothing_up(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    send("a")
    monkeypatch.setattr(clock, "now", lambda: NOW - timedelta(hours=5))
    drainer.drain()
    assert names(workspace) == ["a"]


@pytest.mark.parametrize("after_the_lake", [False, True])
def test_a_drainer_that_dies_is_followed_by_one_that_does_it_once(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch, after_the_lake: bool
) -> None:
    send("a", "b")
    append = Lake.append_events

    def dies(self: Lake, *given: Any, **more: Any) -> Any:
        if after_the_lake:
            append(self, *given, **more)
        raise Killed

    with monkeypatch.context() as patched:
        patched.setattr(Lake, "append_events", dies)
        with pytest.raises(Killed):
            drainer.drain_all(workspace)
    send("c")
    drainer.drain_all(workspace)
    assert names(workspace) == ["a", "b", "c"]


def test_without_the_token_the_interrupted_step_is_there_twice(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The negative control."""
    send("a")
    append, count = Lake.append_events, iter(range(9))

    def dies(self: Lake, rows: Any, *, token: str, old: Any = None) -> Any:
        append(self, rows, token=f"{token}{next(count)}", old=old)
        raise Killed

    with monkeypatch.context() as patched:
        patched.setattr(Lake, "append_events", dies)
        for _ in range(2):
            with pytest.raises(Killed):
                drainer.drain_all(workspace)
    assert names(workspace) == ["a", "a"]


@pytest.fixture
def under_way(workspace: Workspace) -> Iterator[threading.Event]:
    """Somebody has an id of the inbox and hasn't committed yet; set it to let them."""
    go_on, begun = threading.Event(), threading.Event()

    def write() -> None:
        try:
            with transaction.atomic():
                inbox_rows.add(inbox._rows(BROWSER, [event("early", "early")]))  # type: ignore[arg-type]
                begun.set()
                go_on.wait(20)
        finally:
            connection.close()

    thread = threading.Thread(target=write)
    thread.start()
    assert begun.wait(10)
    yield go_on
    go_on.set()
    thread.join()


def test_what_is_written_slowly_is_waited_for(workspace: Workspace, under_way: threading.Event, database: str) -> None:
    if database == "sqlite":
        pytest.skip("SQLite has one writer at a time")
    send("late")
    assert drainer.drain_all(workspace) == 0, "an earlier id may still turn up"
    under_way.set()
    while Entry.objects.count() < 2:
        pass
    assert drainer.drain_all(workspace) == 2


def test_without_the_barrier_what_is_written_slowly_is_lost(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch, under_way: threading.Event, database: str
) -> None:
    """The negative control."""
    if database == "sqlite":
        pytest.skip("SQLite has one writer at a time")
    monkeypatch.setattr(drainer, "BARRIER", 1)
    send("late")
    assert drainer.drain_all(workspace) == 1
    under_way.set()
    while Entry.objects.count() < 2:
        pass
    assert drainer.drain_all(workspace) == 0
    assert names(workspace) == ["late"]


def test_a_replay_from_before_the_inbox_remembers_is_known_by_the_lake(workspace: Workspace) -> None:
    old = NOW - timedelta(days=9)
    send("a", occurred_at=old)
    drainer.drain_all(workspace)
    Entry.objects.all().delete()  # as after `keep_ids_days`
    send("a", "b", occurred_at=old)
    drainer.drain_all(workspace)
    assert names(workspace) == ["a", "b"]


def test_visits_join_the_customer_who_was_there_the_latest_before(workspace: Workspace) -> None:
    def at(hour: int) -> datetime:
        return NOW - timedelta(hours=12 - hour)

    for number in (1, 2):
        Customer.objects.create(id=number, import_id=0)
    for hour in (1, 3, 5):
        send(f"at {hour}", occurred_at=at(hour))
    send("elsewhere", anonymous_id="a2")
    with transaction.atomic():
        visitors.identified([Named("shop", "a1", 1, at(2)), Named("shop", "a1", 1, at(3))])
        visitors.identified([Named("shop", "a1", 2, at(4))])
    drainer.drain_all(workspace)

    def read(now: Any) -> dict[str, int | None]:
        return customers(resolved(now, visitors.visits(), NOBODY))

    assert open_lake(workspace).read(read) == {"at 1": 1, "at 3": 1, "at 5": 2, "elsewhere": None}


def test_events_of_a_known_customer_carry_the_number_and_of_an_unknown_one_join_later(workspace: Workspace) -> None:
    Customer.objects.create(id=5, import_id=0)
    Identity.objects.create(shop="shop", kind="ref", key="u5", customer_id=5)
    send("known", user_id="u5")
    send("unknown", user_id="u6")
    drainer.drain_all(workspace)
    Customer.objects.create(id=6, import_id=0)
    Identity.objects.create(shop="shop", kind="ref", key="u6", customer_id=6)
    visitors.catch_up()

    def read(now: Any) -> list[dict[str, int | None]]:
        return [customers(now.table("events")), customers(resolved(now, visitors.visits(), NOBODY))]

    assert open_lake(workspace).read(read) == [{"known": 5, "unknown": None}, {"known": 5, "unknown": 6}]


def test_days_are_those_of_the_firm(database: str) -> None:
    moments = [datetime(2026, 3, 28, 22, 30, tzinfo=UTC), datetime(2026, 3, 29, 21, 30, tzinfo=UTC)]
    given = pa.array(moments, pa.timestamp("us", tz="UTC"))
    assert drained_rows.days(given, "Europe/Helsinki").to_pylist() == [date(2026, 3, 29), date(2026, 3, 30)]
    assert drained_rows.days(given, "Asia/Kathmandu").to_pylist() == [date(2026, 3, 29), date(2026, 3, 30)]
    assert drained_rows.days(given, "America/New_York").to_pylist() == [date(2026, 3, 28), date(2026, 3, 29)]
