"""Which properties of an event may go to the lake: those of shops that tell of things and not of people. Pure.

Everything else stays behind. Of the web's addresses only the path is kept, of a referrer the host: what follows a
question mark may be anything. A text with an @ in it (or %40, as addresses spell it) is left out wherever it stands.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any
from urllib.parse import urlsplit


def _names(text: str) -> frozenset[str]:
    return frozenset(text.split())


PRODUCT = _names("product_id sku name brand category variant price quantity coupon position currency discount value")
EVENT = PRODUCT | _names(
    "order_id cart_id checkout_id wishlist_id list_id promotion_id coupon_id coupon_name creative affiliation step "
    "payment_method shipping_method total subtotal revenue shipping tax reason rating path title type results"
)
LISTED = "products"
MOST_PRODUCTS = 100
LONGEST = 200
_CAMPAIGN = ("source", "medium", "name")
_ENCODED = re.compile("%(?:25)*40")
"""An @ as addresses spell it, once or several times over."""
_OF_CALLS = frozenset(("track", "page", "screen"))


def properties(kind: str, body: Mapping[str, Any], more: frozenset[str] = frozenset()) -> dict[str, Any] | None:
    """What the lake may know of an item's body; None where that is nothing.

    more : names that the firm allows beside ours.
    """
    if kind not in _OF_CALLS:
        return None
    given = body.get("properties")
    found = _plain(given, EVENT | more if more else EVENT) if isinstance(given, dict) else {}
    if isinstance(given, dict):
        if isinstance(given.get(LISTED), list):
            products = [_plain(one, PRODUCT) for one in given[LISTED][:MOST_PRODUCTS] if isinstance(one, dict)]
            found[LISTED] = products
        _places(given, found)
    context = body.get("context")
    if isinstance(context, dict):
        page, campaign = context.get("page"), context.get("campaign")
        if isinstance(page, dict):
            _places(page, found)
        if isinstance(campaign, dict):
            for name in _CAMPAIGN:
                if isinstance(campaign.get(name), str) and not _has_at(campaign[name]):
                    found[f"campaign_{name}"] = campaign[name][:LONGEST]
    return found or None


def _plain(given: Mapping[str, Any], names: frozenset[str]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, value in given.items():
        if name in names:
            if isinstance(value, str):
                if not _has_at(value):
                    found[name] = value if len(value) <= LONGEST else value[:LONGEST]
            elif isinstance(value, int | float):
                found[name] = value
    if "path" in found:
        found["path"] = _path(str(found["path"])) or ""
    return found


def _has_at(text: str) -> bool:
    return "@" in text or ("%" in text and _ENCODED.search(text) is not None)


def _places(given: Mapping[str, Any], found: dict[str, Any]) -> None:
    url, referrer = given.get("url"), given.get("referrer")
    if "path" not in found and isinstance(url, str) and "@" not in url:
        path = _path(url)
        if path is not None:
            found["path"] = path
    if isinstance(referrer, str) and referrer:
        host = _host(referrer)
        if host:
            found["referrer"] = host


@lru_cache(maxsize=4_096)
def _path(address: str) -> str | None:
    """None where it may name somebody."""
    try:
        path = urlsplit(address).path
    except ValueError:
        return ""
    return None if _has_at(path) else path[:LONGEST]


@lru_cache(maxsize=4_096)
def _host(address: str) -> str:
    try:
        return (urlsplit(address).hostname or "")[:LONGEST]
    except ValueError:
        return ""
