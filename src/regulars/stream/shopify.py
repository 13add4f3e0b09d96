"""Shopify's webhooks as items of the stream. Pure. See docs/webhooks.md for what each field becomes.

An order's payload is the order as it is by now, whatever its topic, so the topic says no more than what kind of thing
it is. Refunds speak of the order by its inner id.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from decimal import ROUND_HALF_EVEN, Decimal
from typing import Any

from regulars.base.money import digits
from regulars.base.words import told
from regulars.stream.items import Item
from regulars.stream.order_rules import amount
from regulars.stream.webhook_shapes import (
    Heard,
    Unusable,
    each,
    inner,
    instant,
    mapping,
    money,
    order_item,
    order_number,
    person,
    text,
    without_nothing,
    written,
)

CHANNEL = "shopify"
SIGNATURE, DELIVERY, TOPIC = "X-Shopify-Hmac-Sha256", "X-Shopify-Webhook-Id", "X-Shopify-Topic"
_OF_ORDERS = ("create", "updated", "paid", "partially_fulfilled", "fulfilled", "cancelled")
ORDERS = frozenset(f"orders/{what}" for what in _OF_ORDERS)
REFUNDS = "refunds/create"
CUSTOMERS = frozenset({"customers/create", "customers/update"})
TOPICS = (*sorted(ORDERS), REFUNDS, *sorted(CUSTOMERS))

_GIVEN = frozenset({"success", "pending"})
"""Card payments take days to go back: until Shopify says that one failed, it is on its way."""
_UNPAID = frozenset({"pending"})
_VOID = frozenset({"voided", "expired"})
_CONSENT = {"subscribed": True, "unsubscribed": False}


def read(topic: str, payload: Mapping[str, Any], message: str, received_at: datetime) -> Heard | None:
    """What a delivery says; None for a topic that isn't taken in.

    message : an id of our own for this content.  Raises Unusable.
    """
    if topic in ORDERS:
        return _order(payload, message, received_at)
    if topic == REFUNDS:
        return _refund(payload, message, received_at)
    return _customer(payload, message, received_at) if topic in CUSTOMERS else None


def _order(said: Mapping[str, Any], message: str, received_at: datetime) -> Heard:
    number = order_number(said, "name", "order_number")
    if number is None or "line_items" not in said:
        raise Unusable(told("This is no order: it has neither `name` nor `line_items`."))
    at = instant(said, "updated_at", "created_at")
    if at is None:
        raise Unusable(told("The order says neither `updated_at` nor `created_at`."))
    who = mapping(said, "customer")
    known = {
        "user_id": inner(who, "id"),
        "email": text(said, "email", "contact_email") or text(who, "email"),
        "phone": text(said, "phone") or text(who, "phone"),
    }
    content = _content(said)
    items = [order_item(message, number, "snapshot", at, received_at, content, **known)]
    if "cancelled_at" not in content:  # void, at a moment that nobody tells: at the first that was heard of it
        items.append(order_item(f"{message}-void", number, "cancelled", at, received_at, {}, **known))
    return Heard(items, inner(said, "id"), number)


def _content(said: Mapping[str, Any]) -> dict[str, Any]:
    status = text(said, "financial_status") or ""
    currency = text(said, "currency")
    shipping = mapping(mapping(said, "total_shipping_price_set"), "shop_money")
    codes = each(said, "discount_codes")
    found: dict[str, Any] = {
        "ordered_at": written(instant(said, "processed_at", "created_at")),
        "currency": currency,
        "total": money(said, "total_price"),
        "subtotal": None if said.get("taxes_included") else money(said, "subtotal_price"),
        "tax": money(said, "total_tax"),
        "shipping": money(shipping, "amount"),
        "discount": money(said, "total_discounts"),
        "status": "unpaid" if status in _UNPAID else "placed",
        "channel": text(said, "source_name"),
        "campaign": text(codes[0], "code") if codes else None,
    }
    found = without_nothing(found) | {
        "is_test": said.get("test") is True,
        "lines": [_line(one) for one in each(said, "line_items")],
        "refunds": [one for refund in each(said, "refunds") if (one := _given_back(refund, said)) is not None],
    }
    cancelled = instant(said, "cancelled_at")
    if cancelled is not None or status not in _VOID:
        found["cancelled_at"] = written(cancelled)
    return found


def _line(said: Mapping[str, Any]) -> dict[str, Any]:
    """As the shop's own export has it: the article number is the product."""
    taken_off = sum((amount(one.get("amount")) or Decimal(0) for one in each(said, "discount_allocations")), Decimal(0))
    return without_nothing(
        {
            "line_number": inner(said, "id"),
            "product_id": text(said, "sku", "product_id", "title", "name"),
            "product_name": text(said, "name", "title"),
            "brand": text(said, "vendor"),
            "quantity": str(amount(said.get("quantity")) or 1),
            "unit_price": money(said, "price"),
            "line_discount": str(taken_off) if taken_off else money(said, "total_discount"),
        }
    )


def _given_back(refund: Mapping[str, Any], order: Mapping[str, Any]) -> dict[str, Any] | None:
    """Money that went back; goods that were taken off an order without any are no refund."""
    paid = [one for one in each(refund, "transactions") if one.get("kind") == "refund" and one.get("status") in _GIVEN]
    total = sum((amount(one.get("amount")) or Decimal(0) for one in paid), Decimal(0))
    if not total:
        return None
    told = text(paid[0], "currency") or text(order, "currency")
    total, told = _in_money_of_shop(total, told, refund, order)
    at = written(instant(refund, "processed_at", "created_at"))
    return without_nothing({"id": inner(refund, "id"), "at": at, "amount": str(total), "currency": told})


def _in_money_of_shop(
    total: Decimal, currency: str | None, refund: Mapping[str, Any], order: Mapping[str, Any]
) -> tuple[Decimal, str | None]:
    """What the customer got back in their own currency, in the shop's, at the order's own rate where it shows one."""
    lines = each(refund, "refund_line_items")
    of_lines = [mapping(one, name) for one in lines for name in ("subtotal_set", "total_tax_set")]
    for both in (of_lines, [mapping(order, "total_price_set")]):
        some = [one for one in both if text(mapping(one, "presentment_money"), "currency_code") == currency]
        sums = [
            sum((amount(mapping(one, name).get("amount")) or Decimal(0) for one in some), Decimal(0))
            for name in ("shop_money", "presentment_money")
        ]
        home = text(mapping(some[0], "shop_money"), "currency_code") if some else None
        if home is not None and home != currency and all(sums):
            found = amount(total * sums[0] / sums[1])
            if found is None:
                continue
            return found.quantize(Decimal(1).scaleb(-digits(home)), ROUND_HALF_EVEN), home
    return total, currency


def _refund(said: Mapping[str, Any], message: str, received_at: datetime) -> Heard:
    order, at = inner(said, "order_id"), instant(said, "processed_at", "created_at")
    if order is None or at is None:
        raise Unusable(told("This is no refund: it needs `order_id` and `created_at`."))
    given = _given_back(said, {})
    if given is None:
        return Heard(inner_id=order)
    return Heard([order_item(message, "", "refunded", at, received_at, given)], inner_id=order)


def _customer(said: Mapping[str, Any], message: str, received_at: datetime) -> Heard:
    who, at = inner(said, "id"), instant(said, "updated_at", "created_at")
    if who is None or at is None or "line_items" in said:
        raise Unusable(told("This is no customer: it needs `id` and `updated_at`."))
    items = [person(message, who, at, received_at, _traits(said))]
    return Heard([*items, *_consents(said, who, received_at)], customer=who, as_of=at)


def _traits(said: Mapping[str, Any]) -> dict[str, Any]:
    lives = mapping(said, "default_address")
    street = "\n".join(filter(None, (text(lives, "address1"), text(lives, "address2"))))
    return {
        "firstName": text(said, "first_name"),
        "lastName": text(said, "last_name"),
        "email": text(said, "email"),
        "emailVerified": said.get("verified_email") is True,
        "phone": text(said, "phone") or text(lives, "phone"),
        "company": text(lives, "company"),
        "address": without_nothing(
            {
                "street": street,
                "city": text(lives, "city"),
                "state": text(lives, "province"),
                "postalCode": text(lives, "zip"),
                "countryCode": text(lives, "country_code"),
            }
        ),
    }


def _consents(said: Mapping[str, Any], who: str, received_at: datetime) -> list[Item]:
    """Each word with the moment at which it was given: hearing it again undoes no later withdrawal."""
    found = []
    for channel in ("email", "sms"):
        word = mapping(said, f"{channel}_marketing_consent")
        state, at = text(word, "state"), instant(word, "consent_updated_at")
        if state in _CONSENT and at is not None:
            traits = {"consent": {"marketing": {channel: _CONSENT[state]}}}
            message = f"shopify {who} {channel} {int(at.timestamp())}"
            found.append(person(message, who, at, received_at, traits))
    return found
