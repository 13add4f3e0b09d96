"""What stands around every resource: keys, scopes, rates, repeats, and errors of one shape."""

from __future__ import annotations

import threading
from datetime import timedelta
from typing import Any

import pytest
from django.db import OperationalError, connection
from django.http import HttpResponse
from django.test import Client
from tests.api.calling import ask, key, told
from tests.api.conftest import Set
from tests.stores import every_database

from regulars.api import frame, repeats
from regulars.api.models import StoredAnswer
from regulars.api.urls import urlpatterns
from regulars.base import clock
from regulars.customers import actions_upsert
from regulars.customers.models import Consent, Customer

NEEDED = {
    "list_customers": {"read"},
    "get_customer": {"read"},
    "get_customer_by_number": {"read"},
    "put_customer": {"write"},
    "list_organisations": {"read"},
    "get_organisation": {"read"},
    "put_organisation": {"write"},
    "put_member": {"write"},
    "get_consent": {"read"},
    "say_consent": {"write"},
    "list_orders": {"read"},
    "get_order": {"read"},
    "put_order": {"write"},
    "list_products": {"read"},
    "get_product": {"read"},
    "put_product": {"write"},
}
"""Operation -> the scopes of which one is enough. One that isn't listed fails."""
PLACES = {"external_id": "c1", "number": "1", "member_id": "c1", "role": "buys", "product_id": "p1"}
BODIES: dict[str, Any] = {"say_consent": {"purpose": "marketing", "channel": "email", "given": True, "source": "x"}}


def operations() -> list[tuple[str, str, str]]:
    """Name, method and path of every operation."""
    from regulars.api.openapi import description
    from regulars.api.urls import api

    return [
        (one["operationId"].rpartition("api_")[2], method.upper(), path.removeprefix("/api/v1"))
        for path, methods in description(api)["paths"].items()
        for method, one in methods.items()
        if path != "/api/v1/events"
    ]


@pytest.mark.parametrize("scope", ["ingest", "read", "contact", "write", "till"])
def test_each_operation_asks_for_its_scope(scope: str) -> None:
    text = key(scope)
    listed = {name for name, _, _ in operations()}
    assert listed == set(NEEDED)
    for name, method, path in operations():
        answer = ask(method, path.format(**PLACES), text, BODIES.get(name, {}) if method != "GET" else None)
        assert (answer.status_code == 403) is (scope not in NEEDED[name]), (name, answer.content)


def test_without_a_key_nothing_is_answered_but_what_describes_the_interface() -> None:
    for _, method, path in operations():
        answer = ask(method, path.format(**PLACES), "wrong")
        assert (answer.status_code, told(answer)["code"]) == (401, "wrong_key")
        assert answer["WWW-Authenticate"]
    assert ask("GET", "/openapi.json", "wrong").status_code == 200
    assert ask("GET", "/docs", "wrong").status_code == 200
    assert {pattern.name for pattern in urlpatterns} >= {"openapi", "api docs", "unknown"}


@pytest.mark.parametrize(
    ("method", "path", "content", "status", "code"),
    [
        ("GET", "/nothing", None, 404, "not_found"),
        ("GET", "/customers/nobody", None, 404, "not_found"),
        ("DELETE", "/customers", None, 405, "wrong_method"),
        ("PUT", "/customers/c1", b"{", 400, "invalid_json"),
        ("PUT", "/customers/c1", b"", 422, "wrong_fields"),
        ("PUT", "/customers/c1", b'{"name": NaN}', 400, "invalid_json"),
        ("PUT", "/customers/c1", b"[]", 422, "wrong_fields"),
        ("PUT", "/customers/c1", b'{"name": "\\u0000"}', 422, "wrong_fields"),
        ("PUT", "/customers/c1", b"[" * 100_000, 400, "invalid_json"),
        ("PUT", "/customers/%00", b"{}", 422, "wrong_fields"),
        ("PUT", "/customers/" + "x" * 201, b"{}", 422, "wrong_fields"),
        ("PUT", "/customers/c1", b'{"name": "' + b"x" * 1_100_000 + b'"}', 413, "too_large"),
        ("GET", "/customers/by-number/0", None, 422, "wrong_fields"),
        ("GET", "/customers/by-number/9007199254740993", None, 404, "not_found"),
    ],
)
def test_every_error_has_one_shape(method: str, path: str, content: Any, status: int, code: str) -> None:
    answer = ask(method, path, key("read", "write"), content)
    found = told(answer)
    assert (answer.status_code, found["status"], found["code"]) == (status, status, code)
    assert answer["Content-Type"] == "application/problem+json"
    assert {"type", "title", "status", "detail", "code"} <= set(found)


def test_other_kinds_of_content_are_refused() -> None:
    headers = {"host": "127.0.0.1", "authorization": f"Bearer {key('write')}"}
    answer = Client().put("/api/v1/customers/c1", "{}", content_type="text/plain", headers=headers)
    assert (answer.status_code, told(answer)["code"]) == (415, "wrong_type")


def test_a_store_that_is_away_is_told_plainly(monkeypatch: pytest.MonkeyPatch) -> None:
    def away(*_: object) -> None:
        raise OperationalError("secret place")

    text = key("read")
    monkeypatch.setattr(actions_upsert, "find", away)
    answer = ask("GET", "/customers/c1", text)
    assert (answer.status_code, told(answer)["code"]) == (503, "unavailable")
    assert answer["Retry-After"]
    assert b"secret" not in answer.content


def test_who_asks_too_often_is_told_when_to_go_on(put_settings: Set) -> None:
    put_settings("api", requests_per_second=1, requests_at_once=3)
    text = key("read")
    codes = [ask("GET", "/customers", text).status_code for _ in range(5)]
    assert codes[:3] == [200] * 3
    assert 429 in codes
    answer = ask("GET", "/customers", text)
    assert (answer.status_code, answer["Retry-After"]) == (429, "1")
    assert ask("GET", "/customers", key("read")).status_code == 200


SAID = {"purpose": "marketing", "channel": "email", "given": True, "source": "checkout", "at": "2026-01-01T00:00:00Z"}


def say(text: str, repeat: str | None, content: Any = SAID) -> HttpResponse:
    """A request that does something each time: a statement of its own moment is always written down."""
    headers = {} if repeat is None else {"idempotency-key": repeat}
    return ask("POST", "/customers/c1/consent", text, content, **headers)


@pytest.fixture
def writer() -> str:
    text = key("write")
    ask("PUT", "/customers/c1", text, {"name": "Mari"})
    return text


def twice(text: str, repeat: str | None) -> tuple[HttpResponse, HttpResponse]:
    """A consent, and the same request again when it was taken back meanwhile: done again, it would count."""
    now = {name: value for name, value in SAID.items() if name != "at"}
    first = say(text, repeat, now)
    assert say(text, None, {**now, "given": False}).status_code == 200
    return first, say(text, repeat, now)


@every_database
def test_a_repeated_request_is_answered_the_same_and_done_once(writer: str) -> None:
    first, again = twice(writer, "k1")
    assert first.status_code == again.status_code == 200
    assert first.content == again.content
    assert again["Idempotency-Replayed"] == "true"
    assert "Idempotency-Replayed" not in first
    assert list(Consent.objects.order_by("pk").values_list("given", flat=True)) == [True, False]


def test_without_its_key_it_is_done_twice(writer: str) -> None:
    """Negative control."""
    twice(writer, None)
    assert list(Consent.objects.order_by("pk").values_list("given", flat=True)) == [True, False, True]


def test_the_same_key_with_another_request_is_refused(writer: str) -> None:
    say(writer, "k1")
    answer = say(writer, "k1", {**SAID, "given": False})
    assert (answer.status_code, told(answer)["code"]) == (409, "other_request")
    elsewhere = ask("PUT", "/customers/c1", writer, SAID, **{"idempotency-key": "k1"})
    assert told(elsewhere)["code"] == "other_request"
    assert say(key("write"), "k1", {**SAID, "given": False}).status_code == 200
    assert Consent.objects.count() == 2


def test_after_a_day_a_key_is_new_again_and_old_answers_go(writer: str) -> None:
    say(writer, "k1")
    with clock.fixed(clock.now() + repeats.KEPT):
        assert "Idempotency-Replayed" not in say(writer, "k1")
    with clock.fixed(clock.now() + 3 * repeats.KEPT):
        assert repeats.prune() == 1
    assert not StoredAnswer.objects.exists()


def test_a_refused_request_is_not_remembered_and_may_be_mended(writer: str) -> None:
    assert say(writer, "k1", {**SAID, "channel": "pigeon"}).status_code == 422
    assert say(writer, "k1").status_code == 200


def test_one_that_died_half_way_is_done_again(writer: str) -> None:
    say(writer, "k1")
    StoredAnswer.objects.update(status=None)
    waits = say(writer, "k1")
    assert (waits.status_code, told(waits)["code"], waits["Retry-After"]) == (409, "in_progress", "1")
    with clock.fixed(clock.now() + repeats.ABANDONED + timedelta(seconds=1)):
        assert say(writer, "k1").status_code == 200


def test_a_fault_lets_go_of_its_claim(writer: str, monkeypatch: pytest.MonkeyPatch) -> None:
    from regulars.customers import actions_consent

    def broken(*_: object, **__: object) -> None:
        raise OperationalError

    with monkeypatch.context() as patched:
        patched.setattr(actions_consent, "say", broken)
        assert say(writer, "k1").status_code == 503
    assert say(writer, "k1").status_code == 200


@every_database
def test_of_many_at_once_one_is_done(writer: str) -> None:
    answers: list[HttpResponse] = []

    def race() -> None:
        try:
            answers.append(say(writer, "k1"))
        finally:
            connection.close()

    threads = [threading.Thread(target=race) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert Consent.objects.count() == 1
    assert {answer.status_code for answer in answers} <= {200, 409}


@pytest.mark.parametrize("repeat", ["", "x" * 201, "a b", "é"])
def test_what_cannot_be_an_idempotency_key_is_refused(writer: str, repeat: str) -> None:
    assert say(writer, repeat).status_code == 400


def test_the_page_shows_every_operation_without_foreign_help() -> None:
    answer = ask("GET", "/docs", "none")
    text = answer.content.decode()
    for _, _, path in operations():
        assert path in text
    assert "http://" not in text
    assert "https://" not in text
    assert "<script" not in text
    assert "default-src 'none'" in answer["Content-Security-Policy"]
    assert "unsafe" not in answer["Content-Security-Policy"]


def test_the_frame_stands_around_every_route_of_ninja() -> None:
    """Negative control: a bare route would answer without a key."""
    from django.test import RequestFactory

    bare = frame.Api(title="x", version="x")

    @bare.get("/open")
    def opened(request: Any) -> dict[str, int]:
        return {"customers": Customer.objects.count()}

    (view,) = [pattern.callback for pattern in bare.urls[0] if str(pattern.pattern) == "open"]
    assert view(RequestFactory().get("/open")).status_code == 200
    assert frame.framed(view)(RequestFactory().get("/open")).status_code == 401
