"""Every event reaches every reaction with one effect, whatever is killed; failures wait and hold nobody up."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from tests.platform.threads import at_once
from tests.stores import every_database

from regulars.base import clock
from regulars.platform import audit, events
from regulars.platform.models import AuditEntry, Event, ReactionRun
from regulars.platform.reactions import actions, dispatcher, queries
from regulars.platform.registry import Reaction, Registry
from regulars.platform.workspace import Workspace

pytestmark = every_database


class Killed(BaseException):
    """As by kill -9: nothing afterwards is done, open transactions are lost."""


@pytest.fixture
def react(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Registers reactions of this test only."""
    only: Registry[Reaction] = Registry("reaction")
    monkeypatch.setattr(dispatcher, "reactions", only)

    def add(name: str, handle: Callable[[Event], None], event: str = "survey answered") -> None:
        only.add(Reaction(name, event, "tests", handle))

    return add


def note(event: Event) -> None:
    """The effect: one entry for each time that it was had."""
    audit.note("effect", customer_id=event.customer_id)


def effects() -> int:
    return AuditEntry.objects.filter(action="effect").count()


def later(seconds: float = 24 * 3600.0) -> datetime:
    return datetime.now(UTC) + timedelta(seconds=seconds)


def test_each_event_reaches_the_reactions_of_its_name_once(workspace: Workspace, react: Callable[..., None]) -> None:
    react("one", note)
    react("two", note)
    react("other", note, event="points spent")
    for customer in (1, 2, 3):
        events.record("survey answered", customer_id=customer)
    events.record("nobody listens")
    assert dispatcher.dispatch()
    assert effects() == 6
    assert not dispatcher.dispatch()
    assert effects() == 6
    assert not Event.objects.filter(reacted_at__isnull=True).exists()


def test_a_failing_reaction_is_tried_again_and_holds_nobody_up(
    workspace: Workspace, react: Callable[..., None]
) -> None:
    broken = True

    def fails(event: Event) -> None:
        note(event)
        if broken:
            raise ValueError("for mari@example.com")

    react("fails", fails)
    react("works", note)
    events.record("survey answered", customer_id=1)
    events.record("survey answered", customer_id=2)
    dispatcher.dispatch()
    assert effects() == 2  # what the failing one had done is rolled back
    assert not dispatcher.dispatch()
    waiting = queries.tried_again()
    assert [run.error for run in waiting] == ["ValueError: for [e-mail]"] * 2
    with clock.fixed(later()):
        dispatcher.dispatch()
    assert effects() == 2
    broken = False
    with clock.fixed(later(3 * 24 * 3600)):
        dispatcher.dispatch()
        dispatcher.dispatch()
    assert effects() == 4
    assert queries.tried_again() == []


def test_what_fails_too_often_is_given_up_and_can_be_taken_back(
    workspace: Workspace, react: Callable[..., None]
) -> None:
    tries = 0

    def fails(event: Event) -> None:
        nonlocal tries
        tries += 1
        if tries <= dispatcher.TRIES:
            raise ValueError
        note(event)

    react("fails", fails)
    events.record("survey answered")
    for day in range(1, 30):
        with clock.fixed(later(day * 24 * 3600.0)):
            dispatcher.dispatch()
    assert tries == dispatcher.TRIES
    (run,) = queries.given_up()
    assert run.event.name == "survey answered"
    assert actions.restart(run.pk)
    assert not actions.restart(run.pk)
    with clock.fixed(later()):
        dispatcher.dispatch()
    assert effects() == 1
    assert queries.given_up() == []


def test_killed_within_a_reaction(workspace: Workspace, react: Callable[..., None]) -> None:
    kills = iter([True, False])

    def killed_once(event: Event) -> None:
        note(event)
        if next(kills):
            raise Killed

    react("killed", killed_once)
    events.record("survey answered")
    with pytest.raises(Killed):
        dispatcher.dispatch()
    assert effects() == 0
    dispatcher.dispatch()
    assert effects() == 1


def _killed_before_the_event_is_marked(monkeypatch: pytest.MonkeyPatch) -> None:
    def killed(_ids: object) -> None:
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(dispatcher, "_mark", killed)
        with pytest.raises(Killed):
            dispatcher.dispatch()


def test_killed_between_a_reaction_and_the_next(
    workspace: Workspace, react: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    react("done before", note)
    events.record("survey answered")
    _killed_before_the_event_is_marked(monkeypatch)
    assert effects() == 1
    dispatcher.dispatch()
    assert effects() == 1


def test_without_the_mark_the_effect_doubles(
    workspace: Workspace, react: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Negative control."""
    monkeypatch.setattr(dispatcher, "_first_try", lambda event, reaction: reaction.handle(event))
    react("done before", note)
    events.record("survey answered")
    _killed_before_the_event_is_marked(monkeypatch)
    dispatcher.dispatch()
    assert effects() == 2


def test_two_dispatchers_have_one_effect(
    workspace: Workspace, react: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    react("one", note)
    for customer in range(20):
        events.record("survey answered", customer_id=customer)
    both_have_read = threading.Barrier(2)
    plain = dispatcher._first_try

    def first_try(event: Event, reaction: Reaction) -> None:
        if event.customer_id == 0:
            both_have_read.wait(10)
        plain(event, reaction)

    monkeypatch.setattr(dispatcher, "_first_try", first_try)
    at_once(dispatcher.dispatch)
    assert effects() == 20
    assert ReactionRun.objects.count() == 20


def test_two_dispatchers_retry_once(workspace: Workspace, react: Callable[..., None]) -> None:
    broken = True

    def fails_at_first(event: Event) -> None:
        if broken:
            raise ValueError
        note(event)

    react("fails", fails_at_first)
    for customer in range(10):
        events.record("survey answered", customer_id=customer)
    dispatcher.dispatch()
    broken = False
    ReactionRun.objects.update(next_try_at=datetime(2020, 1, 1, tzinfo=UTC))
    at_once(dispatcher.dispatch)
    assert effects() == 10


def test_a_reaction_of_another_release_waits_without_a_failure(
    workspace: Workspace, react: Callable[..., None]
) -> None:
    events.record("survey answered")
    dispatcher.dispatch()
    run = ReactionRun.objects.create(
        event=Event.objects.get(), reaction="of tomorrow", failures=1, next_try_at=datetime(2020, 1, 1, tzinfo=UTC)
    )
    dispatcher.dispatch()
    run.refresh_from_db()
    assert run.failures == 1
    assert run.next_try_at is not None
    assert run.next_try_at > datetime.now(UTC)


def test_many_events_that_nobody_waits_for_are_passed_over_in_batches(
    workspace: Workspace, react: Callable[..., None]
) -> None:
    now = datetime.now(UTC)
    Event.objects.bulk_create(
        Event(message_id=str(n), name="page seen", occurred_at=now, recorded_at=now)
        for n in range(2 * dispatcher.BATCH + 1)
    )
    assert [dispatcher.dispatch() for _ in range(4)] == [True, True, True, False]
