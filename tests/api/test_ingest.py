"""Segment's protocol at the edge: keys, packings, sizes, origins, rates, and answers as its clients expect them."""

from __future__ import annotations

import gzip
import json
import zlib
from typing import Any

import pytest
from django.db import OperationalError, connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from tests.api.calling import basic, key, post, told
from tests.api.conftest import Set
from tests.stores import every_database

from regulars.base.errors import Unavailable
from regulars.staff import callers, keys
from regulars.stream import inbox, segment
from regulars.stream.models import Entry

TRACK = {"userId": "u1", "event": "Product Viewed", "messageId": "m1", "properties": {"product_id": "p1"}}
BATCH = {"batch": [{"type": "track", **TRACK}, {"type": "track", "event": "Lost"}]}


def kept() -> list[str]:
    return list(Entry.objects.order_by("id").values_list("name", flat=True))


@every_database
def test_what_is_accepted_is_kept_and_answered_as_the_protocol_wants() -> None:
    public = key("ingest")
    answer = post("/v1/track", TRACK, public)
    assert (answer.status_code, told(answer), answer["Content-Type"]) == (200, {"success": True}, "application/json")
    assert told(post("/v1/batch", BATCH, public)) == {"success": True}
    assert kept() == ["Product Viewed"]


@pytest.mark.parametrize(
    ("path", "content", "name"),
    [
        ("/v1/t", TRACK, "Product Viewed"),
        ("/v1/i", {"userId": "u"}, "identify"),
        ("/v1/p", {"anonymousId": "a"}, "page"),
        ("/v1/s", {"anonymousId": "a"}, "screen"),
        ("/v1/g", {"userId": "u", "groupId": "g"}, "group"),
        ("/v1/a", {"userId": "u", "previousId": "a"}, "alias"),
        ("/v1/b", BATCH, "Product Viewed"),
        ("/v1/import", BATCH, "Product Viewed"),
        ("/v1/identify", {"userId": "u"}, "identify"),
        ("/v1/page", {"anonymousId": "a"}, "page"),
        ("/v1/screen", {"anonymousId": "a"}, "screen"),
        ("/v1/group", {"userId": "u", "groupId": "g"}, "group"),
        ("/v1/alias", {"userId": "u", "previousId": "a"}, "alias"),
    ],
)
def test_every_call_and_its_short_name(path: str, content: Any, name: str) -> None:
    assert post(path, content, key("ingest")).status_code == 200
    assert kept() == [name]


def test_each_item_gets_its_result_where_asked() -> None:
    public = key("ingest")
    found = told(post("/v1/batch", BATCH, public, **{"regulars-detail": "1"}))["results"]
    assert [(one["outcome"], one["messageId"], one.get("code")) for one in found] == [
        ("accepted", "m1", None),
        ("refused", None, "no_user"),
    ]
    again = told(post("/api/v1/events", BATCH, public))["results"][0]
    assert again == {"outcome": "duplicate", "messageId": "m1"}
    other = {"batch": [{"type": "track", **TRACK, "properties": {"product_id": "p2"}}]}
    assert told(post("/api/v1/events", other, public))["results"][0]["outcome"] == "conflict"


def test_a_browser_brings_its_key_in_the_body_as_plain_text() -> None:
    page = {"anonymousId": "a", "writeKey": key("ingest"), "type": "page"}
    plain = {"content-type": "text/plain;charset=UTF-8", "origin": "https://shop.example"}
    answer = post("/v1/p", page, **plain)
    assert (answer.status_code, answer["Access-Control-Allow-Origin"]) == (200, "*")
    assert post("/v1/b", {"batch": [page]}, **plain).status_code == 200
    assert set(Entry.objects.values_list("channel", flat=True)) == {"browser"}


def test_the_key_may_stand_in_either_header() -> None:
    public = key("ingest")
    assert post("/v1/track", TRACK, authorization=f"Bearer {public}").status_code == 200
    assert post("/v1/track", TRACK, authorization=basic(public)).status_code == 200


def test_a_public_key_is_not_trusted_and_a_secret_one_is() -> None:
    post("/v1/track", TRACK, key("ingest"))
    post("/v1/track", {**TRACK, "messageId": "m2"}, key("write", shop="south"))
    assert list(Entry.objects.order_by("id").values_list("trusted", "shop")) == [(False, "shop"), (True, "south")]


@pytest.mark.parametrize(
    "authorization",
    ["", "Basic", "Basic !!", "Basic " + "A" * 12, "Bearer x", "Digest x", basic("x"), basic("é"), "Basic \ufffd"],
)
def test_without_a_key_nobody_comes_in(authorization: str) -> None:
    headers = {"authorization": authorization} if authorization else {}
    answer = post("/v1/track", TRACK, **headers)
    assert (answer.status_code, told(answer)["code"]) == (401, "wrong_key")
    assert answer["WWW-Authenticate"].startswith("Basic")
    assert answer["Content-Type"] == "application/problem+json"
    assert told(answer)["message"] == told(answer)["detail"]
    assert kept() == []


def test_a_page_asks_no_visitor_for_a_password() -> None:
    answer = post("/v1/track", TRACK, origin="https://shop.example")
    assert answer.status_code == 401
    assert "WWW-Authenticate" not in answer


def test_keys_for_something_else_may_not_send() -> None:
    assert post("/v1/track", TRACK, key("read", "contact", "till")).status_code == 403


def test_a_rotated_key_works_with_both_secrets_and_a_revoked_one_with_none() -> None:
    from datetime import timedelta

    made, old = keys.make("Shop", ["ingest"])
    new = keys.rotate(made.pk, grace=timedelta(days=1))
    assert [post("/v1/track", TRACK, text).status_code for text in (old, new)] == [200, 200]
    keys.revoke(made.pk)
    callers.forget_known()
    assert [post("/v1/track", TRACK, text).status_code for text in (old, new)] == [401, 401]


def test_gzip_is_unpacked() -> None:
    packed = gzip.compress(json.dumps(BATCH).encode())
    assert post("/v1/batch", packed, key("ingest"), **{"content-encoding": "gzip"}).status_code == 200
    assert kept() == ["Product Viewed"]


@pytest.mark.parametrize(
    ("content", "encoding", "status", "code"),
    [
        (b"not gzip", "gzip", 400, "broken_gzip"),
        (gzip.compress(b"{}" * 500)[:-9], "gzip", 400, "broken_gzip"),
        (zlib.compress(b"{}"), "deflate", 415, "wrong_encoding"),
        (b"{}", "br", 415, "wrong_encoding"),
        (b"{", "", 400, "invalid_json"),
        (b"", "", 400, "invalid_json"),
        (b"[]", "", 400, "not_an_object"),
        (b'{"batch": 1}', "", 400, "no_batch"),
    ],
)
def test_what_cannot_be_read_is_told(content: bytes, encoding: str, status: int, code: str) -> None:
    headers = {"content-encoding": encoding} if encoding else {}
    answer = post("/v1/batch", content, key("ingest"), **headers)
    assert (answer.status_code, told(answer)["code"]) == (status, code)


def test_a_gzip_bomb_is_not_unpacked() -> None:
    bomb = gzip.compress(b" " * 300_000_000, 9)
    assert len(bomb) < 500 * 1024
    from tracemalloc import get_traced_memory, start, stop

    public = key("ingest")
    start()
    answer = post("/v1/batch", bomb, public, **{"content-encoding": "gzip"})
    most = get_traced_memory()[1]
    stop()
    assert (answer.status_code, told(answer)["code"]) == (413, "too_large")
    assert most < 20_000_000


def test_sizes_are_those_of_the_settings(put_settings: Set) -> None:
    public = key("ingest")
    event = {**TRACK, "properties": {"x": "y" * 40_000}}
    assert post("/v1/track", event, public).status_code == 413
    assert post("/v1/batch", {"batch": [{}], "x": "y" * 600_000}, public).status_code == 413
    put_settings("stream", event_limit_kb=64, batch_limit_kb=5_000)
    assert post("/v1/track", event, public).status_code == 200
    assert post("/v1/batch", {"batch": [], "x": "y" * 4_000_000}, public).status_code == 200


def test_a_browser_is_told_what_it_may_send() -> None:
    asked = {"origin": "https://shop.example", "access-control-request-method": "POST"}
    answer = Client().options("/v1/t", headers={"host": "127.0.0.1", **asked})
    assert answer.status_code == 204
    assert answer["Access-Control-Allow-Origin"] == "*"
    assert "Authorization" in answer["Access-Control-Allow-Headers"]
    assert "Access-Control-Allow-Credentials" not in answer


def test_other_websites_are_refused_where_the_firm_names_its_own(put_settings: Set) -> None:
    put_settings("stream", origins="https://shop.example https://www.shop.example")
    public = key("ingest")
    ours = post("/v1/track", TRACK, public, origin="https://www.shop.example")
    assert (ours.status_code, ours["Access-Control-Allow-Origin"]) == (200, "https://www.shop.example")
    for other in ("https://evil.example", "null", "https://shop.example.evil.example"):
        answer = post("/v1/track", TRACK, public, origin=other)
        assert (answer.status_code, told(answer)["code"]) == (403, "wrong_origin")
        assert "Access-Control-Allow-Origin" not in answer
        assert "Origin" in answer["Vary"]
        asked = Client().options("/v1/t", headers={"host": "127.0.0.1", "origin": other})
        assert "Access-Control-Allow-Methods" not in asked
    assert post("/v1/track", TRACK, public).status_code == 200


@pytest.mark.parametrize("method", ["get", "put", "delete", "patch", "head"])
def test_only_posts_are_taken(method: str) -> None:
    answer = getattr(Client(), method)("/v1/track", headers={"host": "127.0.0.1"})
    assert (answer.status_code, answer["Allow"]) == (405, "OPTIONS, POST")


def test_a_call_that_does_not_exist_is_told() -> None:
    answer = post("/v1/tracks", TRACK, key("ingest"))
    assert (answer.status_code, told(answer)["code"]) == (404, "not_found")


def test_whoever_sends_too_much_is_told_when_to_go_on(put_settings: Set) -> None:
    put_settings("api", events_per_second=5)
    public, other = key("ingest"), key("ingest")
    big = {"batch": [{"type": "track", **TRACK, "messageId": str(n)} for n in range(25)]}
    assert post("/v1/batch", big, public).status_code == 200
    answer = post("/v1/batch", big, public)
    assert (answer.status_code, told(answer)["code"]) == (429, "too_many")
    assert int(answer["Retry-After"]) == int(answer["X-RateLimit-Reset"]) == 5
    assert post("/v1/track", TRACK, other).status_code == 200
    put_settings("api", events_per_second=0)
    assert post("/v1/batch", big, public).status_code == 200


def test_what_is_refused_costs_more(put_settings: Set) -> None:
    put_settings("api", events_per_second=5)
    public = key("ingest")
    bad = {"batch": [{"type": "track", "n": n} for n in range(5)]}
    assert post("/v1/batch", bad, public).status_code == 200
    answer = post("/v1/track", TRACK, public)
    assert answer.status_code == 429
    assert 5 < int(answer["Retry-After"]) < 15


@pytest.mark.parametrize("error", [Unavailable("Away."), OperationalError("disk I/O error at /secret/place")])
def test_a_store_that_is_away_is_told_plainly(monkeypatch: pytest.MonkeyPatch, error: Exception) -> None:
    def away(*_: object) -> None:
        raise error

    public = key("ingest")
    monkeypatch.setattr(inbox, "accept", away)
    answer = post("/v1/track", TRACK, public)
    assert (answer.status_code, told(answer)["code"]) == (503, "unavailable")
    assert int(answer["Retry-After"]) >= 1
    assert "secret" not in answer.content.decode()


def test_keys_that_cannot_be_looked_up_are_not_wrong(monkeypatch: pytest.MonkeyPatch) -> None:
    def away(_: str) -> None:
        raise OperationalError

    public = key("ingest")
    monkeypatch.setattr(keys, "look_up", away)
    assert post("/v1/track", TRACK, public).status_code == 503


def test_a_request_asks_nothing_of_the_store_but_to_keep_it() -> None:
    public = key("ingest")
    post("/v1/track", TRACK, public)
    with CaptureQueriesContext(connection) as asked:
        post("/v1/track", {**TRACK, "messageId": "m2"}, public)
    tables = {
        word for one in asked for word in one["sql"].replace('"', " ").split() if word.startswith(("staff_", "django_"))
    }
    assert tables == set()


def test_the_largest_batch_is_no_larger_than_said() -> None:
    many = {"batch": [{}] * (segment.Limits().batch_events + 1)}
    assert post("/v1/batch", many, key("ingest")).status_code == 413
