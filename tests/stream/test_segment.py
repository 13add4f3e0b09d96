"""Segment's protocol, by requests as its clients' public documentation and sources show them."""

from __future__ import annotations

import contextlib
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from regulars.stream import plain, segment
from regulars.stream.items import Item, Refused
from regulars.stream.segment import Limits, Unreadable, parse

NOW = datetime(2026, 3, 28, 9, 30, 0, tzinfo=UTC)


def one(call: str, **message: Any) -> Item | Refused:
    (found,) = parse(call, json.dumps(message).encode(), NOW)
    return found


def taken(call: str, **message: Any) -> Item:
    found = one(call, **message)
    assert isinstance(found, Item), found
    return found


def refused(call: str, **message: Any) -> Refused:
    found = one(call, **message)
    assert isinstance(found, Refused), found
    return found


NODE = {  # @segment/analytics-node: POST /v1/batch, Basic auth, each event with its own id and stamp
    "batch": [
        {
            "messageId": "node-next-1711617000000-1b9c",
            "type": "track",
            "event": "Order Completed",
            "userId": "019mr8mf4r",
            "properties": {"order_id": "50314b8e9bcf", "total": 27.5, "currency": "USD"},
            "context": {"library": {"name": "@segment/analytics-node", "version": "2.1.2"}},
            "integrations": {},
            "timestamp": "2026-03-28T09:29:58.000Z",
            "_metadata": {"nodeVersion": "20.11.0", "jsRuntime": "node"},
        },
        {
            "messageId": "node-next-1711617000001-7f2a",
            "type": "alias",
            "userId": "019mr8mf4r",
            "previousId": "39239-239239-239239-23923",
            "context": {},
            "timestamp": "2026-03-28T09:29:58.001Z",
        },
    ],
    "sentAt": "2026-03-28T09:30:00.000Z",
}
BROWSER = {  # analytics.js 2: POST /v1/p as text/plain, the key in the body
    "timestamp": "2026-03-28T09:29:59.900Z",
    "integrations": {"Segment.io": True},
    "type": "page",
    "properties": {
        "path": "/toffee",
        "referrer": "",
        "search": "?q=1",
        "title": "Toffee",
        "url": "https://x.example/t",
    },
    "name": None,
    "category": None,
    "context": {
        "page": {"path": "/toffee", "title": "Toffee"},
        "userAgent": "Mozilla/5.0 (X11; Linux x86_64; rv:124.0) Gecko/20100101 Firefox/124.0",
        "userAgentData": {"mobile": False},
        "locale": "fi-FI",
        "timezone": "Europe/Helsinki",
        "library": {"name": "analytics.js", "version": "next-1.70.0"},
    },
    "messageId": "ajs-next-1711617000000-4a7f",
    "userId": None,
    "anonymousId": "1d1f7a4e-9b51-4c8b-b7c3-1b2b6c9e5b11",
    "writeKey": "regulars_0123456789ab_key",
    "sentAt": "2026-03-28T09:29:59.950Z",
    "_metadata": {"bundled": ["Segment.io"], "unbundled": [], "bundledIds": []},
}


def test_the_node_clients_batch() -> None:
    order, alias = parse("batch", json.dumps(NODE).encode(), NOW)
    assert isinstance(order, Item)
    assert (order.message_id, order.kind, order.name) == ("node-next-1711617000000-1b9c", "track", "Order Completed")
    assert (order.user_id, order.anonymous_id) == ("019mr8mf4r", None)
    assert order.body["properties"] == {"order_id": "50314b8e9bcf", "total": 27.5, "currency": "USD"}
    assert order.body["context"] == {"library": {"name": "@segment/analytics-node", "version": "2.1.2"}}
    assert order.occurred_at == NOW - timedelta(seconds=2)
    assert isinstance(alias, Item)
    assert (alias.user_id, alias.previous_id) == ("019mr8mf4r", "39239-239239-239239-23923")


def test_the_browser_clients_page() -> None:
    payload = json.dumps(BROWSER).encode()
    assert segment.opened("page", payload).write_key == "regulars_0123456789ab_key"
    (page,) = parse("page", payload, NOW)
    assert isinstance(page, Item)
    assert (page.kind, page.name, page.bot, page.user_id) == ("page", "page", False, None)
    assert page.anonymous_id == BROWSER["anonymousId"]
    assert set(page.body["context"]) == {"page", "locale", "timezone", "library"}
    assert "Firefox" not in str(page.body)


def test_the_browser_clients_batch_has_its_key_outside_or_within() -> None:
    for batch in ({"writeKey": "k", "batch": [BROWSER]}, {"batch": [{**BROWSER, "writeKey": "k"}]}):
        assert segment.opened("batch", json.dumps(batch).encode()).write_key == "k"
    assert segment.opened("batch", b'{"batch": []}').write_key is None


def test_a_batchs_context_is_that_of_its_messages() -> None:
    message = {"type": "track", "userId": "u", "event": "e", "context": {"locale": "fi"}}
    batch = {"batch": [message], "context": {"locale": "en", "timezone": "UTC", "ip": "203.0.113.9"}}
    (item,) = parse("batch", json.dumps(batch).encode(), NOW)
    assert isinstance(item, Item)
    assert item.body["context"] == {"locale": "fi", "timezone": "UTC"}


def test_traits_of_identify_and_group() -> None:
    person = taken("identify", userId=97980, traits={"email": "peter@example.com"})
    assert (person.user_id, person.body["traits"]) == ("97980", {"email": "peter@example.com"})
    firm = taken("group", userId="u", groupId="0e8c78ea9d97a7b8185e8632", traits={"name": "Initech"})
    assert (firm.group_id, firm.body["traits"]) == ("0e8c78ea9d97a7b8185e8632", {"name": "Initech"})
    assert taken("screen", userId="u", name="Basket").body["name"] == "Basket"


@pytest.mark.parametrize(
    ("call", "message", "code"),
    [
        ("track", {"userId": "u"}, "no_event"),
        ("track", {"userId": "u", "event": " "}, "no_event"),
        ("track", {"userId": "u", "event": 7}, "no_event"),
        ("track", {"userId": "u", "event": "x" * 201}, "no_event"),
        ("track", {"event": "e"}, "no_user"),
        ("track", {"event": "e", "userId": "", "anonymousId": None}, "no_user"),
        ("track", {"event": "e", "userId": "undefined"}, "no_user"),
        ("track", {"event": "e", "userId": ["u"]}, "wrong_id"),
        ("track", {"event": "e", "userId": True}, "wrong_id"),
        ("track", {"event": "e", "userId": "x" * 201}, "wrong_id"),
        ("track", {"event": "e", "userId": "u", "messageId": {}}, "wrong_id"),
        ("track", {"event": "e", "userId": "u", "properties": [1]}, "wrong_type"),
        ("identify", {"userId": "u", "traits": "x"}, "wrong_type"),
        ("page", {"userId": "u", "context": 1}, "wrong_type"),
        ("alias", {"userId": "u"}, "no_previous"),
        ("alias", {"previousId": "u"}, "no_previous"),
        ("group", {"userId": "u"}, "no_group"),
        ("track", {"event": "e", "userId": "u", "timestamp": "yesterday"}, "wrong_timestamp"),
        ("track", {"event": "e", "userId": "u", "timestamp": 1711617000}, "wrong_timestamp"),
        ("track", {"event": "e", "userId": "u", "timestamp": "2031-01-01T00:00:00Z"}, "wrong_timestamp"),
        ("track", {"event": "e", "userId": "u", "timestamp": "1970-01-01T00:00:00Z"}, "wrong_timestamp"),
        ("track", {"event": "e", "userId": "u", "properties": {"a": "x\x00y"}}, "not_storable"),
        ("track", {"event": "e", "userId": "u", "properties": {"x\x00": 1}}, "not_storable"),
        ("track", {"event": "e", "userId": "u", "properties": {"a": "\ud800"}}, "not_storable"),
        ("track", {"event": "e", "userId": "u\ud800"}, "not_storable"),
        ("track", {"event": "e", "userId": "u", "properties": {"a": float("nan")}}, "not_storable"),
        ("track", {"event": "e", "userId": "u", "properties": {"a": 2**63}}, "not_storable"),
        ("track", {"event": "e", "userId": 2**70}, "not_storable"),
    ],
)
def test_what_cannot_be_used_is_refused_with_its_reason(call: str, message: dict[str, Any], code: str) -> None:
    found = refused(call, **message)
    assert found.code == code
    assert found.reason.endswith(".")
    plain.check(found.raw)


def nested(levels: int) -> dict[str, Any]:
    value: Any = 1
    for _ in range(levels):
        value = {"a": [value]}
    return {"userId": "u", "event": "e", "properties": value}


def test_nesting_has_a_bottom() -> None:
    assert isinstance(one("track", **nested(9)), Item)
    assert refused("track", **nested(10)).code == "not_storable"
    flat = {"userId": "u", "event": "e", "properties": {"products": [{"sku": str(n)} for n in range(50)]}}
    assert isinstance(one("track", **flat), Item)
    with pytest.raises(Unreadable, match="nested too deeply"):
        parse("batch", b'{"batch": [' + b"[" * 20_000 + b"]" * 20_000 + b"]}", NOW)


@pytest.mark.parametrize("levels", range(880, 1000, 7))
def test_nesting_near_pythons_own_bottom_is_refused_too(levels: int) -> None:
    payload = b'{"batch": [{"type": "track", "userId": "u", "event": "e", "properties": ' + b'{"a":' * levels
    payload += b"1" + b"}" * levels + b"}]}"
    try:
        (found,) = parse("batch", payload, NOW)
    except Unreadable:
        return
    assert isinstance(found, Refused)


def test_one_bad_message_does_not_take_the_others_with_it() -> None:
    good = {"type": "track", "userId": "u", "event": "e"}
    for bad in ('{"type":"track","userId":"u","event":"\\ud800"}', '{"type":"track","a":NaN}', "7", "null", "[]", "{}"):
        payload = f'{{"batch": [{json.dumps(good)}, {bad}, {json.dumps(good)}]}}'.encode()
        first, second, third = parse("batch", payload, NOW)
        assert isinstance(first, Item)
        assert isinstance(second, Refused)
        assert isinstance(third, Item)
        assert first == third
    latin = json.dumps(good).encode() + b', {"type": "track", "userId": "u", "event": "caf\xe9"}'
    assert [type(found) for found in parse("batch", b'{"batch": [' + latin + b"]}", NOW)] == [Item, Refused]


ENDLESS = ("1e999", "-1e999", "7" * 5_000, "7" * 5_000 + ".5")


@pytest.mark.parametrize("number", ENDLESS)
@pytest.mark.parametrize(
    "place", ['"properties": {"v": %s}', '"timestamp": %s', '"userId": "u", "v": %s, "w": "\\u0000"']
)
def test_one_number_out_of_range_is_refused_alone_and_as_such(number: str, place: str) -> None:
    bad = '{"type": "track", "messageId": "m", "writeKey": "k", "event": "e", ' + place % number + "}"
    good = '{"type": "track", "userId": "u", "event": "e"}'
    for more in ("", ', {"type": "track", "userId": "u", "event": "\\ud800"}'):
        first, second, *_ = parse("batch", f'{{"batch": [{good}, {bad}{more}]}}'.encode(), NOW)
        assert isinstance(first, Item)
        assert isinstance(second, Refused)
        assert second.code == "not_storable"
        assert second.message_id in ("m", None)
        assert "writeKey" not in second.raw
        plain.check(second.raw)
    (alone,) = parse("track", bad.encode(), NOW)
    assert isinstance(alone, Refused)
    assert alone.code == "not_storable"


def test_what_is_refused_for_another_reason_is_kept_whatever_its_numbers_are() -> None:
    for number in ENDLESS[:2]:
        (found,) = parse("batch", f'{{"batch": [{{"type": "track", "event": "e", "v": {number}}}]}}'.encode(), NOW)
        assert isinstance(found, Refused)
        assert (found.code, found.raw["v"]) == ("no_user", None)


@pytest.mark.parametrize(
    ("call", "payload", "code"),
    [
        ("track", b"", "invalid_json"),
        ("track", b"{", "invalid_json"),
        ("track", b"\xff\xfe", "invalid_json"),
        ("track", b"[]", "not_an_object"),
        ("track", b"7", "not_an_object"),
        ("batch", b"[]", "not_an_object"),
        ("batch", b"{}", "no_batch"),
        ("batch", b'{"batch": {}}', "no_batch"),
        ("batch", b'{"batch": null}', "no_batch"),
    ],
)
def test_of_some_requests_nothing_can_be_taken(call: str, payload: bytes, code: str) -> None:
    with pytest.raises(Unreadable) as told:
        parse(call, payload, NOW)
    assert told.value.code == code


def test_sizes_have_limits() -> None:
    event = {"type": "track", "userId": "u", "event": "e", "properties": {"a": "x" * 32_700}}
    small = {"type": "track", "userId": "u", "event": "e", "writeKey": "regulars_0123456789ab_secret"}
    large, good = parse("batch", json.dumps({"batch": [event, small]}).encode(), NOW)
    assert isinstance(large, Refused)
    assert large.code == "too_large"
    assert len(large.raw) <= plain.SHOWN
    assert isinstance(good, Item)
    with pytest.raises(Unreadable, match="32 KB"):
        parse("track", json.dumps(event).encode(), NOW)
    with pytest.raises(Unreadable, match="500 KB"):
        parse("batch", json.dumps({"batch": [small], "x": "y" * 600_000}).encode(), NOW)
    with pytest.raises(Unreadable, match="more than 3 messages"):
        parse("batch", json.dumps({"batch": [small] * 4}).encode(), NOW, Limits(batch_events=3))
    assert isinstance(parse("track", json.dumps(event).encode(), NOW, Limits(event_bytes=64 * 1024))[0], Item)


def test_a_secret_is_not_kept_with_what_was_refused() -> None:
    key = "regulars_0123456789ab_" + "s" * 43
    assert "ssss" not in str(refused("track", userId="u", writeKey=key).raw)
    batch = {"batch": [{"writeKey": key, "type": "track", "userId": "u", "event": "e", "x": "y" * 40_000}]}
    (large,) = parse("batch", json.dumps(batch).encode(), NOW)
    assert isinstance(large, Refused)
    assert large.raw.startswith('{"writeKey": "...')


def test_an_id_is_made_of_the_message_where_it_has_none() -> None:
    message = {"event": "Viewed", "userId": "u", "timestamp": "2026-03-28T09:00:00Z", "properties": {"a": 1, "b": 2}}
    first = taken("track", **message)
    again = {**message, "properties": {"b": 2, "a": 1}, "sentAt": "2026-03-28T09:29:59Z", "_metadata": {"n": 1}}
    assert taken("track", **again).message_id == first.message_id
    assert taken("track", **{**message, "event": "Bought"}).message_id != first.message_id
    assert taken("track", **{**message, "timestamp": "2026-03-28T09:00:01Z"}).message_id != first.message_id
    assert taken("track", **{**message, "messageId": 12}).message_id == "12"


def test_without_a_stamp_the_same_a_minute_later_is_another_one() -> None:
    payload = b'{"event": "Viewed", "userId": "u"}'
    ids = [parse("track", payload, NOW + timedelta(seconds=s))[0].message_id for s in (0, 20, 70)]
    assert ids[0] == ids[1] != ids[2]


@pytest.mark.parametrize(
    ("agent", "bot"),
    [
        ("Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)", True),
        ("Mozilla/5.0 AppleWebKit/537.36 (KHTML, like Gecko; compatible; bingbot/2.0)", True),
        ("Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 HeadlessChrome/122.0 Safari/537.36", True),
        ("facebookexternalhit/1.1", True),
        ("DuckDuckBot/1.1", True),
        ("Mozilla/5.0 (Linux; Android 9; CUBOT_X19) AppleWebKit/537.36 Chrome/122.0 Mobile Safari/537.36", False),
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 17_4 like Mac OS X) AppleWebKit/605.1.15 Safari/604.1", False),
        ("analytics-python/2.4.0", False),
        ("", False),
    ],
)
def test_known_robots_are_marked(agent: str, bot: bool) -> None:
    said = {"event": "e", "userId": "u", "context": {"userAgent": agent}}
    assert taken("track", **said).bot is bot
    (by_header,) = parse("track", b'{"event": "e", "userId": "u"}', NOW, user_agent=agent)
    assert isinstance(by_header, Item)
    assert by_header.bot is bot


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters(exclude_categories=[])),
    lambda below: st.lists(below, max_size=4) | st.dictionaries(st.text(max_size=5), below, max_size=4),
    max_leaves=8,
)
FIELDS = (
    "type",
    "userId",
    "anonymousId",
    "event",
    "properties",
    "context",
    "timestamp",
    "messageId",
    "traits",
    "sentAt",
)
MESSAGES = JSON | st.dictionaries(st.sampled_from(FIELDS), JSON)


@settings(max_examples=40, suppress_health_check=[HealthCheck.too_slow])  # deep values, on a busy machine
@given(st.lists(MESSAGES, max_size=5), JSON, JSON)
def test_whatever_is_sent_each_message_has_one_outcome_that_can_be_stored(
    messages: list[Any], sent: Any, context: Any
) -> None:
    payload = json.dumps({"batch": messages, "sentAt": sent, "context": context}).encode("utf-8", "surrogatepass")
    found = parse("batch", payload, NOW)
    assert len(found) == len(messages)
    for outcome in found:
        if isinstance(outcome, Refused):
            plain.check(outcome.raw)
            plain.check(outcome.message_id)
        else:
            plain.check(outcome.body)
            plain.check([outcome.message_id, outcome.user_id, outcome.anonymous_id, outcome.name])
            assert outcome.occurred_at <= NOW


@given(st.binary(max_size=300), st.sampled_from(segment.CALLS))
def test_no_bytes_break_it(payload: bytes, call: str) -> None:
    with contextlib.suppress(Unreadable):
        assert parse(call, payload, NOW)


def test_a_batch_that_begins_with_nothing_is_read_on() -> None:
    """Half a character somewhere makes the tolerant reader open the request."""
    (nothing, fine) = parse("batch", b'{"batch": [null, {"type": "page", "userId": "u1"}], "x": "\\ud800"}', NOW)
    assert (isinstance(nothing, Refused), isinstance(fine, Item)) == (True, True)
