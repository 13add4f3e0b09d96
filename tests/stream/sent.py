"""Things that programs send, for tests."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from regulars.stream.items import Item, Source

NOW = datetime(2026, 3, 14, 12, 0, tzinfo=UTC)
BROWSER = Source(1, "our shop's page", "shop", False, "browser")
SERVER = Source(2, "our shop's server", "shop", True, "segment")


def event(message_id: str, name: str = "Product Viewed", **more: Any) -> Item:
    """A track call. `more` replaces fields of the item; `properties` its properties."""
    properties = more.pop("properties", {"product_id": "P1", "price": 4.5})
    return item(message_id, "track", name=name, body={"properties": properties}, **more)


def item(message_id: str, kind: str, **more: Any) -> Item:
    """Any call."""
    given: dict[str, Any] = {
        "name": kind,
        "user_id": None,
        "anonymous_id": "a1",
        "previous_id": None,
        "group_id": None,
        "occurred_at": NOW - timedelta(seconds=1),
        "received_at": NOW,
        "bot": False,
        "body": {},
    }
    return Item(message_id=message_id, kind=kind, **(given | more))
