"""Outgoing webhooks: each event is told once to whom it is wanted by, signed, and tried for three days."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from standardwebhooks.webhooks import Webhook, WebhookVerificationError
from tests.platform.egress.servers import Answer, Local, local, plain
from tests.stores import every_database

from regulars.base import clock
from regulars.base.errors import BadInput, Conflict, NotAllowed
from regulars.platform import events
from regulars.platform.egress import Egress
from regulars.platform.models import AuditEntry, Event, ReactionRun
from regulars.platform.reactions.dispatcher import dispatch
from regulars.platform.registry import personal_data
from regulars.platform.workspace import Workspace
from regulars.stream import webhook_sender, webhooks
from regulars.stream.hook_privacy import KEEP_OUTGOING
from regulars.stream.models import Endpoint, Outgoing
from regulars.stream.webhook_sender import Result, send, wait
from regulars.stream.webhook_types import OF_EVENT, TYPES, body

State = Outgoing.State
NOW = datetime.now(UTC)


def called(answer: Answer, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[Local, Endpoint, str]]:
    """A server that answers so, and its row and secret; told of everything."""
    with local(answer) as server:
        client = Egress(ports=(server.port,), allowed=("127.0.0.0/8",), redirects=0, timeout_seconds=1.0)
        monkeypatch.setattr(webhook_sender, "outside", lambda: client)
        monkeypatch.setattr(webhooks, "SCHEMES", ("http://",))
        yield server, *webhooks.add(server.url("/told"), TYPES)


@pytest.fixture
def taking(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[Local, Endpoint, str]]:
    yield from called(plain(204, b""), monkeypatch)


def happened(name: str = "standing changed", customer: int | None = 7, **properties: Any) -> Event:
    events.record(name, customer_id=customer, properties=properties)
    while dispatch():
        pass
    return Event.objects.latest("pk")


def sent() -> Outgoing:
    while send():
        pass
    return Outgoing.objects.latest("pk")


@every_database
def test_what_happened_is_told_once_and_signed(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    for server, _row, secret in called(plain(200), monkeypatch):
        event = happened(standing_before="regular", standing="slipping", rung_before="gold", rung="gold", run=3)
        webhooks.put_down(event)  # as after a crash between
        message = sent()
        (seen,) = server.seen
        told = Webhook(secret).verify(seen.body, seen.headers)
        assert told["type"] == "standing.changed"
        assert told["data"] == {
            "customer": "7",
            "before": {"standing": "regular", "rung": "gold"},
            "now": {"standing": "slipping", "rung": "gold"},
        }
        assert seen.headers["webhook-id"] == message.message_id
        assert (message.state, message.status, message.tries) == (State.DONE, 200, 1)
        assert message.duration_ms is not None
        with pytest.raises(WebhookVerificationError):
            Webhook(secret).verify(seen.body.replace(b'"7"', b'"8"'), seen.headers)


def test_a_secret_is_shown_once_and_the_one_before_is_good_for_a_day(taking: tuple[Local, Endpoint, str]) -> None:
    server, row, old = taking
    assert old not in Endpoint.objects.get().secret
    new = webhooks.rotate(row.pk)
    webhooks.test(row.pk)
    sent()
    for secret in (old, new):
        assert Webhook(secret).verify(server.seen[0].body, server.seen[0].headers)["type"] == "webhook.test"
    with clock.fixed(clock.now() + timedelta(days=1, minutes=1)):
        webhooks.test(row.pk)
        sent()
    assert len(server.seen[1].headers["webhook-signature"].split()) == 1


def test_only_what_is_wanted_and_is_no_history_is_told(taking: tuple[Local, Endpoint, str]) -> None:
    _server, row, _ = taking
    webhooks.change(row.pk, ["order.placed"])
    happened("standing changed", standing="new")
    happened("order placed", shop="shop", number="12", total="5.00", email="never@kohvik.example")
    events.record("order placed", customer_id=7, occurred_at=NOW - timedelta(days=3), properties={"number": "old"})
    dispatch()
    (message,) = Outgoing.objects.all()
    assert json.loads(message.body)["data"] == {"customer": "7", "shop": "shop", "number": "12", "total": "5.00"}


@pytest.mark.usefixtures("workspace")
def test_where_nobody_is_told_events_pass_by_without_a_mark() -> None:
    happened()
    assert Event.objects.filter(reacted_at=None).count() == ReactionRun.objects.count() == 0


def test_each_type_says_nothing_of_a_person_but_the_customers_id() -> None:
    said = {
        **dict.fromkeys(("name", "email", "phone", "note", "address", "birth_date"), "PERSONAL"),
        "from": 1,
        "to": 2,
        "fields": ["name"],
        "standing": "new",
        "number": "12",
    }
    for kind in TYPES.values():
        assert "PERSONAL" not in body(kind.name, NOW, 7, kind.tell(said))
    assert json.loads(body("x", NOW, 2**62, {}))["data"]["customer"] == str(2**62)
    assert len(OF_EVENT) == len(TYPES) - 1


def test_what_fails_is_tried_for_three_days_and_then_shown(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    for server, row, _ in called(plain(500, retry_after="30"), monkeypatch):
        at = began = clock.now()
        with clock.fixed(at):
            happened()
        for _ in range(60):
            with clock.fixed(at):
                message = sent()
            if message.state == State.FAILED:
                break
            assert message.next_at is not None
            assert message.next_at >= at + timedelta(seconds=30)
            at = max(message.next_at, Endpoint.objects.get().next_at or at)
        assert message.state == State.FAILED
        assert timedelta(days=2, hours=18) < at - began <= timedelta(days=3)
        assert 15 < message.tries == len(server.seen) < 40
        row.refresh_from_db()
        assert (row.state, row.failing_since is not None, row.failures) == ("active", True, message.tries)
        assert {one.headers["webhook-id"] for one in server.seen} == {message.message_id}


@pytest.mark.parametrize("seconds", ["9" * 5_000, "0" * 5_000, "99999999"])
def test_who_asks_for_a_wait_without_end_is_called_again_within_hours(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch, seconds: str
) -> None:
    for _server, _row, _ in called(plain(503, retry_after=seconds), monkeypatch):
        happened()
        message = sent()
        assert (message.state, message.tries, message.status) == (State.WAITING, 1, 503)
        assert message.next_at is not None
        assert timedelta(hours=3) < message.next_at - NOW < timedelta(hours=5)


@pytest.mark.parametrize("status", [302, 400, 404, 503])
def test_only_a_success_is_one(workspace: Workspace, monkeypatch: pytest.MonkeyPatch, status: int) -> None:
    for server, _row, _ in called(plain(status, location="/elsewhere"), monkeypatch):
        happened()
        message = sent()
        assert (message.state, message.tries, len(server.seen)) == (State.WAITING, 1, 1)


def test_who_is_gone_is_called_no_more(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    for server, row, _ in called(plain(410), monkeypatch):
        happened()
        sent()
        happened()
        sent()
        row.refresh_from_db()
        assert (row.state, row.why, len(server.seen)) == ("disabled", "gone", 1)
        assert Outgoing.objects.get().state == State.STOPPED
        assert AuditEntry.objects.filter(action="webhook.disabled").exists()
        with pytest.raises(Conflict):
            webhooks.test(row.pk)


def test_who_does_not_answer_in_time_is_tried_again(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    def silent(_handler: object) -> None:
        import time

        time.sleep(1.5)

    for _server, _row, _ in called(silent, monkeypatch):
        happened()
        message = sent()
        assert (message.state, message.status, message.tries) == (State.WAITING, None, 1)
        assert "didn't answer" in message.error


def test_a_sender_that_dies_leaves_its_message_to_the_next(
    taking: tuple[Local, Endpoint, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    server, _row, _ = taking

    def die(*_: object) -> Result:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        happened()
        patch.setattr(webhook_sender, "_note", die)
        with pytest.raises(KeyboardInterrupt):
            send()
    assert not send()  # the one who died has claimed it for a minute
    with clock.fixed(clock.now() + timedelta(minutes=2)):
        message = sent()
    assert (message.state, message.tries) == (State.DONE, 2)
    assert len({one.headers["webhook-id"] for one in server.seen}) == 1


def test_a_message_is_sent_once_more_under_its_id(taking: tuple[Local, Endpoint, str]) -> None:
    server, _row, _ = taking
    happened()
    message = sent()
    webhooks.redeliver(message.pk)
    assert sent().state == State.DONE
    assert [one.headers["webhook-id"] for one in server.seen] == [message.message_id] * 2


def test_one_address_that_fails_does_not_hold_up_another(
    taking: tuple[Local, Endpoint, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    server, _row, _ = taking
    with local(plain(500)) as bad:
        both = Egress(ports=(server.port, bad.port), allowed=("127.0.0.0/8",), redirects=0, timeout_seconds=1.0)
        monkeypatch.setattr(webhook_sender, "outside", lambda: both)
        webhooks.add(bad.url(), TYPES)
        for _ in range(5):
            happened()
        sent()
        assert len(server.seen) == 5
        assert len(bad.seen) == 5  # at the same time
        happened()
        sent()
        assert (len(server.seen), len(bad.seen)) == (6, 5)


@pytest.mark.usefixtures("workspace")
def test_addresses_inside_are_never_called() -> None:
    for url in ("http://shop.example/x", "ftp://shop.example/", "", "https://" + "x" * 2000 + ".example"):
        with pytest.raises(BadInput):
            webhooks.add(url, ["order.placed"])
    for url in (
        "https://localhost/x",
        "https://shop.internal/",
        "https://a:b@shop.example/",
        "https://shop.example:22/",
    ):
        with pytest.raises(NotAllowed):
            webhooks.add(url, ["order.placed"])
    row, _ = webhooks.add("https://127.0.0.1/x", ["order.placed"])
    webhooks.test(row.pk)
    assert "private" in sent().error
    with pytest.raises(BadInput):
        webhooks.add("https://shop.example/", ["no.such"])


def test_a_forgotten_customer_is_told_of_by_their_number_alone(taking: tuple[Local, Endpoint, str]) -> None:
    happened(standing="new")
    personal_data["outgoing webhooks"].erase([7])
    (message,) = Outgoing.objects.all()
    assert json.loads(message.body)["data"] == {"customer": "7"}
    assert (message.type, message.customer_id) == ("customer.forgotten", None)
    with clock.fixed(clock.now() + KEEP_OUTGOING + timedelta(days=1)):
        expire = personal_data["outgoing webhooks"].expire
        assert expire is not None
        assert expire(clock.now() - KEEP_OUTGOING) == 1


def test_waits_grow_to_four_hours() -> None:
    assert [wait(tries, 0.5).total_seconds() for tries in (1, 2, 3, 4)] == [5, 15, 45, 135]
    assert wait(50, 0.5) == timedelta(hours=4)
    assert wait(50, 0.0) < wait(50, 1.0) <= timedelta(hours=4.8)
