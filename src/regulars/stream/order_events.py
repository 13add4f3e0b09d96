"""E-commerce events as words on an order: "Order Completed", "Order Updated", "Order Refunded", "Order Cancelled".

Pure. The other events of a shop (products looked at, carts, steps of the checkout, coupons) stay events only. What an
amount means is said in docs/orders.md; nothing is guessed from names that aren't there.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import msgspec

from regulars.stream.items import Item, OrderNotice, Source
from regulars.stream.order_rules import amount

WHAT = {
    "order completed": "placed",
    "completed order": "placed",
    "order updated": "updated",
    "order refunded": "refunded",
    "order cancelled": "cancelled",
    "order canceled": "cancelled",
}
"""Name of an event, in lower case -> what it says of its order."""
ORDER = "order"
"""The kind of an item whose body is a notice already, as webhooks of shops make them."""
LONGEST_NUMBER = 200
MOST_LINES = 1_000

_AMOUNTS = {"total": "total", "tax": "tax", "shipping": "shipping", "discount": "discount", "cost": "cost"}
_TEXTS = {"channel": "channel", "campaign": "coupon", "currency": "currency", "status": "status"}
_MOMENTS = ("promised_at", "delivered_at", "due_at", "paid_at")
_LINE_TEXTS = {"product_name": "name", "category": "category", "brand": "brand"}
_STATUSES = frozenset({"placed", "unpaid", "test", "other"})


def is_of_order(item: Item) -> bool:
    """Whether the item says something about an order."""
    return item.kind == ORDER or (item.kind == "track" and item.name.strip().lower() in WHAT)


def number_of(properties: Mapping[str, Any]) -> str | None:
    """The order's number; None where the event names none that can be used."""
    said = properties.get("order_id", properties.get("orderId"))
    if isinstance(said, bool) or not isinstance(said, str | int):
        return None
    found = str(said).strip()
    return found if 0 < len(found) <= LONGEST_NUMBER else None


def notice(item: Item, source: Source) -> OrderNotice | None:
    """What the item says of an order; None where it says nothing that can be used (it stays an event)."""
    if not is_of_order(item):
        return None
    if item.kind == ORDER:
        told = msgspec.convert(item.body, OrderNotice)
        if not 0 < len(told.number.strip()) <= LONGEST_NUMBER:
            return None
        return msgspec.structs.replace(told, shop=source.shop, trusted=source.trusted)
    said = properties_of(item)
    number = number_of(said)
    if number is None:
        return None
    what = WHAT[item.name.strip().lower()]
    contacts = said if source.trusted else {}
    return OrderNotice(
        message_id=item.message_id,
        shop=source.shop,
        number=number,
        what=what,
        at=item.occurred_at,
        trusted=source.trusted,
        user_id=item.user_id,
        anonymous_id=item.anonymous_id,
        email=_contact(contacts, item, "email"),
        phone=_contact(contacts, item, "phone"),
        content=_refund(said) if what == "refunded" else {} if what == "cancelled" else _content(said),
        received_at=item.received_at,
    )


def properties_of(item: Item) -> dict[str, Any]:
    """The properties of a track call."""
    found = item.body.get("properties")
    return found if isinstance(found, dict) else {}


def _contact(said: Mapping[str, Any], item: Item, name: str) -> str | None:
    if not said:
        return None
    context = item.body.get("context")
    traits = context.get("traits") if isinstance(context, dict) else None
    found = said.get(name) or (traits.get(name) if isinstance(traits, dict) else None)
    return found.strip() or None if isinstance(found, str) else None


def _content(said: Mapping[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, given in _AMOUNTS.items():
        if (value := amount(said.get(given))) is not None:
            found[name] = str(value)
    goods = next((value for name in ("subtotal", "revenue") if (value := amount(said.get(name))) is not None), None)
    if goods is not None:
        found["subtotal"] = str(goods)
    elif "total" not in found and (value := amount(said.get("value"))) is not None:
        found["total"] = str(value)
    for name, given in _TEXTS.items():
        if isinstance(text := said.get(given), str) and text.strip():
            found[name] = text.strip()
    if found.get("status", "").lower() not in _STATUSES:
        found.pop("status", None)
    if isinstance(said.get("test", said.get("is_test")), bool):
        found["is_test"] = said.get("test", said.get("is_test"))
    found |= {name: said[name] for name in _MOMENTS if isinstance(said.get(name), str)}
    if isinstance(said.get("products"), list):
        found["lines"] = [line for one in said["products"][:MOST_LINES] if (line := _line(one)) is not None]
    return found


def _line(said: Any) -> dict[str, Any] | None:
    if not isinstance(said, dict):
        return None
    product = next((said[name] for name in ("product_id", "productId", "sku", "name") if said.get(name)), None)
    if product is None or isinstance(product, bool | dict | list):
        return None
    pieces = amount(said.get("quantity"))
    found: dict[str, Any] = {"product_id": str(product).strip(), "quantity": str(1 if pieces is None else pieces)}
    for name, given in (("unit_price", "price"), ("line_discount", "discount"), ("line_cost", "cost")):
        if (value := amount(said.get(given))) is not None:
            found[name] = str(value)
    for name, given in _LINE_TEXTS.items():
        if isinstance(text := said.get(given), str) and text.strip():
            found[name] = text.strip()
    return found


def _refund(said: Mapping[str, Any]) -> dict[str, Any]:
    """Part of an order is given back where an amount or products are named; else all that is left of it."""
    found: dict[str, Any] = {}
    if isinstance(said.get("refund_id"), str | int) and not isinstance(said.get("refund_id"), bool):
        found["id"] = str(said["refund_id"])
    if isinstance(code := said.get("currency"), str) and code.strip():
        found["currency"] = code.strip()
    for name in ("refund_amount", "refund", "amount", "total", "revenue", "value"):
        if (value := amount(said.get(name))) is not None and value != 0:
            return found | {"amount": str(abs(value))}
    products = said.get("products")
    priced = [_worth(one) for one in products if isinstance(one, dict)] if isinstance(products, list) else []
    if priced and all(one is not None for one in priced):
        return found | {"amount": str(sum((one for one in priced if one is not None), Decimal(0)))}
    return found


def _worth(line: Mapping[str, Any]) -> Decimal | None:
    price, pieces = amount(line.get("price")), amount(line.get("quantity"))
    return None if price is None else abs(price * (1 if pieces is None else pieces))
