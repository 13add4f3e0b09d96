"""One of everything that the stream refuses, for whoever shows why."""

from __future__ import annotations

from typing import Any

import msgspec
from tests.stream.sent import NOW

from regulars.stream import hooks_in, quarantine, segment
from regulars.stream.items import Refused

TRACK: dict[str, Any] = {"type": "track", "event": "Cup Emptied", "userId": "u"}
LONG = "x" * 201
UNFIT: tuple[Any, ...] = (
    7,
    {"type": "dance", "userId": "u"},
    TRACK | {"event": None},
    TRACK | {"event": LONG},
    TRACK | {"userId": None},
    TRACK | {"userId": ["u"]},
    TRACK | {"userId": LONG},
    TRACK | {"messageId": {}},
    TRACK | {"messageId": LONG},
    TRACK | {"properties": [1]},
    {"type": "alias", "userId": "u"},
    {"type": "group", "userId": "u"},
    *(TRACK | {"timestamp": when} for when in ("yesterday", "2031-01-01T00:00:00Z", "1970-01-01T00:00:00Z")),
    TRACK | {"properties": {"a": "x\x00y"}},
    TRACK | {"properties": {"a": 2**63}},
    TRACK | {"properties": {"a": "x" * 33_000}},
)
UNUSABLE: tuple[tuple[str, str, dict[str, Any]], ...] = (
    ("shopify", "orders/create", {}),
    ("shopify", "orders/create", {"name": "1", "line_items": []}),
    ("shopify", "refunds/create", {}),
    ("shopify", "refunds/create", {"order_id": 5, "created_at": "2026-03-02T10:00:00Z", "transactions": []}),
    ("shopify", "customers/update", {}),
    ("woocommerce", "order.updated", {}),
    ("woocommerce", "order.updated", {"number": "1", "line_items": []}),
    ("woocommerce", "order.deleted", {}),
    ("woocommerce", "customer.updated", {}),
    ("shopify", "refunds/create", {"order_id": 7, "created_at": "2026-03-02T10:00:00Z"}),
    ("shopify", "products/update", {}),
)
CODES = {
    *("not_an_object", "no_type", "no_event", "no_user", "no_previous", "no_group", "wrong_id", "wrong_type"),
    *("wrong_timestamp", "not_storable", "too_large", "unusable", "unreadable"),
}


def every() -> list[Refused]:
    """All refusals, each with another content."""
    found = [one for message in UNFIT for one in segment.parse("batch", _batch(message), NOW)]
    for place, (channel, topic, payload) in enumerate(UNUSABLE):
        raw = {"topic": topic, "message": f"m{place}", "payload": payload}
        found += hooks_in.replayed(channel, raw, NOW)
    found += hooks_in.replayed("shopify", [], NOW)
    found += quarantine._of_segment("x" * 600_000, NOW)
    refused = [one for one in found if isinstance(one, Refused)]
    assert len(refused) == len(found)
    return refused


def _batch(message: Any) -> bytes:
    return msgspec.json.encode({"batch": [message]})
