"""`segment-analytics-python`, unmodified, over a real connection: only its host is another one."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from segment.analytics.client import Client
from segment.analytics.consumer import Consumer
from tests.api.calling import key
from tests.api.conftest import Set

from regulars.base.errors import Unavailable
from regulars.stream import inbox
from regulars.stream.models import Entry

Sends = Callable[..., Client]


@pytest.fixture
def failures() -> list[str]:
    """What the client reports as lost."""
    return []


@pytest.fixture
def client(address: str, failures: list[str]) -> Iterator[Sends]:
    """Gives clients of this server."""
    made: list[Client] = []

    def start(write_key: str, **options: Any) -> Client:
        lost = threading.Lock()

        def report(error: Exception, _items: object) -> None:
            with lost:
                failures.append(str(error))

        made.append(Client(write_key, host=address, on_error=report, upload_interval=0.01, **options))
        return made[-1]

    yield start
    for one in made:
        one.join()
    for thread in threading.enumerate():  # With several threads a client remembers, and so joins, the last one only.
        if isinstance(thread, Consumer):
            thread.pause()
            thread.join()


@pytest.mark.parametrize("gzip", [False, True])
def test_everything_it_can_send_arrives(client: Sends, failures: list[str], gzip: bool) -> None:
    sender = client(key("ingest"), gzip=gzip)
    sender.identify("u1", {"email": "mari@kohvik.example", "name": "Mari"})
    sender.track("u1", "Order Completed", {"order_id": "1", "total": 9.9}, message_id="m1")
    sender.track("u1", "Order Completed", {"order_id": "1", "total": 9.9}, message_id="m1")
    sender.page("u1", "Shop", "Toffee", {"url": "https://shop.example/toffee"})
    sender.screen(None, anonymous_id="a1", name="Basket")
    sender.group("u1", "g1", {"name": "Initech"})
    sender.alias("a1", "u1")
    sender.track("u1", "Viewed", timestamp=datetime(2024, 5, 1, tzinfo=UTC))
    sender.flush()
    assert failures == []
    kept = list(Entry.objects.order_by("id").values_list("kind", "name", "backfill"))
    assert kept == [
        ("identify", "identify", False),
        ("track", "Order Completed", False),
        ("page", "page", False),
        ("screen", "screen", False),
        ("group", "group", False),
        ("alias", "alias", False),
        ("track", "Viewed", True),
    ]
    assert Entry.objects.get(name="Viewed").occurred_at == datetime(2024, 5, 1, tzinfo=UTC)


def test_hundreds_at_once_arrive_once(client: Sends, failures: list[str]) -> None:
    sender = client(key("ingest"), upload_size=50, thread=2)
    for number in range(300):
        sender.track("u1", "Viewed", {"n": number})
    sender.flush()
    assert failures == []
    assert Entry.objects.count() == 300


def test_a_wrong_key_is_told_to_it(client: Sends, failures: list[str]) -> None:
    sender = client("wrong")
    sender.track("u1", "Viewed")
    sender.flush()
    assert failures == ["[Segment] wrong_key: This key isn't known, or was revoked. (401)"]


def test_it_waits_and_sends_again_when_told_so(
    client: Sends, failures: list[str], put_settings: Set, monkeypatch: pytest.MonkeyPatch
) -> None:
    put_settings("api", events_per_second=1)
    calls, accept = [], inbox.accept

    def away_once(*given: Any) -> Any:
        calls.append(given)
        if len(calls) == 1:
            raise Unavailable("Away.", retry_after_seconds=0)
        return accept(*given)

    monkeypatch.setattr(inbox, "accept", away_once)
    sender = client(key("ingest"))
    sender.track("u1", "Viewed")
    sender.flush()
    assert (len(calls), Entry.objects.count(), failures) == (2, 1, [])
