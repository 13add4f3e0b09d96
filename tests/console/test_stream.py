"""Stream and webhooks on the screen: what came in, what was refused and mended, secrets shown once, who may."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from django.test import Client
from tests.members import browser, member
from tests.stores import every_database
from tests.stream.sent import NOW, SERVER, event

from regulars.base import clock
from regulars.platform.models import AuditEntry
from regulars.platform.workspace import Workspace
from regulars.stream import inbox, overview, webhooks
from regulars.stream.items import Refused
from regulars.stream.models import Conflict, Endpoint, Entry, Hook, Outgoing, SetAside

STREAM, REPLAY, HOOKS = "/console/settings/stream/", "/console/settings/stream/refused/", "/console/settings/webhooks/"
ORDER = {"type": "track", "event": "Order Completed", "userId": "C1", "properties": {"order_id": "7", "total": 5}}


@pytest.fixture
def owner(workspace: Workspace) -> Client:
    return browser(member("owner"))


def sent() -> SetAside:
    inbox.accept(SERVER, [event("m1"), event("m2")])
    inbox.accept(SERVER, [event("m1", name="Other")])
    inbox.accept(SERVER, [Refused(ORDER | {"event": "<script>"}, "no_event", "An event needs a name.", "m3")])
    return SetAside.objects.get()


@every_database
def test_the_page_shows_what_came_in(workspace: Workspace) -> None:
    with clock.fixed(NOW + timedelta(minutes=5)):
        sent()
        found = overview.overview()
        page = browser(member("owner")).get(STREAM).text
    assert (found.accepted, found.channels, found.refused, found.conflicting) == (2, {"segment": 2}, 1, 1)
    assert (found.undrained, found.behind) == (2, timedelta(minutes=5))
    assert "1 event was refused" in page
    assert "the oldest for 5 minutes" in page
    assert "1 message contradicts an earlier one" in page
    assert "An event needs a name." in page
    assert "<script>" not in page.split("</head>")[1].split("<main")[1]


def test_where_nothing_came_in_the_page_says_how_it_may(workspace: Workspace) -> None:
    page = browser(member("owner")).get(STREAM).text
    assert "Nothing came in yet" in page
    assert f'href="{HOOKS}"' in page.split("Nothing came in yet")[1]
    assert 'href="/staff/keys/"' in page.split("Nothing came in yet")[1]
    sent()
    assert "Nothing came in yet" not in browser(member("viewer")).get(STREAM).text


@pytest.mark.parametrize(
    ("age", "said", "late"),
    [
        (timedelta(seconds=40), "the oldest for 40 seconds", False),
        (timedelta(minutes=9), "the oldest for 9 minutes", False),
        (timedelta(hours=5), "the oldest for 5 hours", True),
        (timedelta(days=3), "the oldest for 3 days", True),
    ],
)
def test_it_says_when_nobody_takes_it_on(workspace: Workspace, age: timedelta, said: str, late: bool) -> None:
    sent()
    with clock.fixed(NOW + age):
        page = browser(member("owner")).get(STREAM).text
    assert said in page
    assert ("Start the server or a worker" in page) == late


def test_yesterday_is_not_the_last_day(workspace: Workspace) -> None:
    inbox.accept(SERVER, [event(f"m{n}") for n in range(20)])
    Entry.objects.filter(pk__lte=Entry.objects.order_by("pk")[7].pk).update(received_at=NOW - timedelta(days=2))
    with clock.fixed(NOW):
        assert overview.overview().accepted == 12
    with clock.fixed(NOW + timedelta(days=3)):
        assert overview.overview().accepted == 0


def test_a_refused_event_is_mended_looked_at_and_replayed(owner: Client) -> None:
    row = sent()
    place = f"{REPLAY}{row.pk}/"
    assert "&lt;script&gt;" in owner.get(place).text
    wrong = owner.post(place, {"text": '{"type": "track"'})
    assert wrong.status_code == 400
    assert "JSON" in wrong.text
    answer = owner.post(place, {"text": json.dumps(ORDER)})
    assert answer["Location"] == f"{REPLAY}?number={row.pk}"
    page = owner.get(answer["Location"]).text
    assert "1 can be used now" in page
    assert "Order Completed" in page
    owner.post(REPLAY, {"number": row.pk, "verb": "replay"})
    row.refresh_from_db()
    assert (row.state, row.by_staff_id is not None) == ("replayed", True)
    assert Entry.objects.filter(name="Order Completed").exists()
    assert owner.get(place).status_code == 200


def test_dismissed_and_seen_they_wait_no_more(owner: Client) -> None:
    row = sent()
    owner.post(REPLAY, {"number": row.pk, "verb": "dismiss"})
    owner.post(STREAM, {"seen": Conflict.objects.get().pk})
    page = owner.get(STREAM).text
    assert "Nothing waits." in page
    assert "contradicts" not in page
    assert set(AuditEntry.objects.values_list("action", flat=True)) >= {"event.dismissed", "event.conflict_seen"}


def test_who_may_not_mend_sees_no_contents(workspace: Workspace) -> None:
    row = sent()
    client = browser(member("viewer"))
    page = client.get(STREAM).text
    assert "An event needs a name." in page
    assert "contradicts" not in page
    assert client.get(f"{REPLAY}{row.pk}/").status_code == client.get(REPLAY).status_code == 403
    assert client.get(HOOKS).status_code == client.post(STREAM, {"seen": 1}).status_code == 403


def test_home_says_that_something_waits(owner: Client) -> None:
    from regulars.console import todo
    from regulars.console.phrases import figures

    f = figures("EUR", "en")
    assert todo._refused(f) is None
    sent()
    found = todo._refused(f)
    assert found is not None
    assert (found.text, found.link) == ("1 event that came in was refused", STREAM)


def test_a_shop_is_added_with_a_secret_that_is_shown_once(owner: Client) -> None:
    page = owner.post(HOOKS, {"verb": "add shop", "channel": "woocommerce", "shop": "shop", "secret": ""}).text
    assert "http://testserver/hooks/woocommerce/shop" in page
    secret = page.split("readonly", 1)[1].split(">", 1)[1].split("<", 1)[0]
    assert len(secret) >= 32
    assert secret not in owner.get(HOOKS).text
    assert "http://testserver/hooks/woocommerce/shop" in owner.get(HOOKS).text
    hook = Hook.objects.get()
    assert secret not in owner.post(HOOKS, {"verb": "rotate shop", "thing": hook.pk, "secret": ""}).text
    owner.post(HOOKS, {"verb": "remove shop", "thing": hook.pk})
    assert not Hook.objects.exists()


def test_an_address_is_added_tested_and_switched_off(owner: Client) -> None:
    made = {"verb": "add", "url": "https://shop.example/told", "wanted": ["order.placed", "standing.changed"]}
    assert "whsec_" in owner.post(HOOKS, made).text
    row = Endpoint.objects.get()
    assert row.wanted == ["order.placed", "standing.changed"]
    owner.post(HOOKS, {"verb": "test", "thing": row.pk})
    page = owner.get(HOOKS).text
    assert "whsec_" not in page
    assert "webhook.test" in page
    owner.post(HOOKS, {"verb": "change", "thing": row.pk, "wanted": ["order.placed"]})
    owner.post(HOOKS, {"verb": "redeliver", "thing": Outgoing.objects.get().pk})
    owner.post(HOOKS, {"verb": "off", "thing": row.pk})
    row.refresh_from_db()
    assert (row.wanted, row.state, row.why) == (["order.placed"], "disabled", "staff")
    for verb in ("on", "rotate", "remove"):
        assert owner.post(HOOKS, {"verb": verb, "thing": row.pk}).status_code in (200, 302)
    assert not Endpoint.objects.exists()
    assert owner.post(HOOKS, {"verb": "no such"}).status_code == 400


def test_every_type_has_words() -> None:
    from regulars.console.stream.webhooks import STATES, WORDS

    assert set(WORDS) == set(webhooks.TYPES)
    assert set(STATES) == set(Outgoing.State.values)
