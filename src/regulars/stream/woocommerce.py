"""WooCommerce's webhooks as items of the stream. Pure. See docs/webhooks.md for what each field becomes.

An order's payload is the order as it is by now, its refunds within it, without their days: a refund and a cancellation
count from the change with which they were first told.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

from regulars.base.words import told
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

CHANNEL = "woocommerce"
SIGNATURE, DELIVERY, TOPIC = "X-WC-Webhook-Signature", "X-WC-Webhook-Delivery-ID", "X-WC-Webhook-Topic"
ORDERS = frozenset({"order.created", "order.updated", "order.restored"})
DELETED = "order.deleted"
CUSTOMERS = frozenset({"customer.created", "customer.updated"})
TOPICS = (*sorted(ORDERS), DELETED, *sorted(CUSTOMERS))

_UNPAID = frozenset({"pending", "on-hold", "failed", "checkout-draft", "auto-draft", "draft"})
_TRIED = {"_wcpay_mode": "test", "_ppcp_paypal_payment_mode": "sandbox"}
"""How WooPayments and PayPal Payments mark orders that were paid with play money."""
_CANCELLED = frozenset({"cancelled", "trash"})


def read(topic: str, payload: Mapping[str, Any], message: str, received_at: datetime) -> Heard | None:
    """What a delivery says; None for a topic that isn't taken in.

    message : an id of our own for this content.  Raises Unusable.
    """
    if topic in ORDERS:
        return _order(payload, message, received_at)
    if topic == DELETED:
        return _deleted(payload, message, received_at)
    return _customer(payload, message, received_at) if topic in CUSTOMERS else None


def _order(said: Mapping[str, Any], message: str, received_at: datetime) -> Heard:
    number = order_number(said, "number", "id")
    at = instant(said, "date_modified_gmt", "date_created_gmt")
    if number is None or "line_items" not in said:
        raise Unusable(told("This is no order: it has neither `number` nor `line_items`."))
    if at is None:
        raise Unusable(told("The order says neither `date_modified_gmt` nor `date_created_gmt`."))
    bills = mapping(said, "billing")
    known = {"user_id": inner(said, "customer_id"), "email": text(bills, "email"), "phone": text(bills, "phone")}
    content = _content(said)
    items = [order_item(message, number, "snapshot", at, received_at, content, **known)]
    if "cancelled_at" not in content:
        items.append(order_item(f"{message}-void", number, "cancelled", at, received_at, {}, **known))
    return Heard(items, inner(said, "id"), number)


def _content(said: Mapping[str, Any]) -> dict[str, Any]:
    status = text(said, "status") or ""
    currency = text(said, "currency")
    coupons = each(said, "coupon_lines")
    found: dict[str, Any] = {
        "ordered_at": written(instant(said, "date_created_gmt")),
        "paid_at": written(instant(said, "date_paid_gmt")),
        "delivered_at": written(instant(said, "date_completed_gmt")),
        "currency": currency,
        "total": money(said, "total"),
        "tax": money(said, "total_tax"),
        "shipping": money(said, "shipping_total"),
        "discount": money(said, "discount_total"),
        "status": "unpaid" if status in _UNPAID else "placed",
        "channel": text(said, "created_via"),
        "campaign": text(coupons[0], "code") if coupons else None,
    }
    refunds = [one for said_of in each(said, "refunds") if (one := _given_back(said_of, currency)) is not None]
    if status == "refunded" and not refunds:
        refunds = [{"id": "all", "amount": None}]
    found = without_nothing(found) | {
        "is_test": _is_test(said),
        "lines": [_line(one) for one in each(said, "line_items")],
        "refunds": refunds,
    }
    if status not in _CANCELLED:
        found["cancelled_at"] = None
    return found


def _is_test(said: Mapping[str, Any]) -> bool:
    """The shop itself knows no test orders; ways to pay that took no money say so in the order's data."""
    return any(_TRIED.get(str(one.get("key"))) == one.get("value") for one in each(said, "meta_data"))


def _line(said: Mapping[str, Any]) -> dict[str, Any]:
    pieces = amount(said.get("quantity")) or Decimal(1)
    return without_nothing(
        {
            "line_number": inner(said, "id"),
            "product_id": text(said, "sku") or inner(said, "variation_id") or text(said, "product_id", "name"),
            "product_name": text(said, "name"),
            "quantity": str(pieces),
            "line_total": money(said, "total"),
        }
    )


def _given_back(said: Mapping[str, Any], currency: str | None) -> dict[str, Any] | None:
    total = amount(said.get("total"))
    if not total:
        return None
    return without_nothing({"id": inner(said, "id"), "amount": str(abs(total)), "currency": currency})


def _deleted(said: Mapping[str, Any], message: str, received_at: datetime) -> Heard:
    """An order that was deleted for good is cancelled: the payload has nothing but its inner id."""
    order = inner(said, "id")
    if order is None:
        raise Unusable(told("The deleted order has no `id`."))
    if "line_items" in said:  # the topic isn't signed: somebody's copy of another message under this one
        raise Unusable(told("This is an order, and not the deletion of one."))
    return Heard([order_item(message, "", "cancelled", received_at, received_at, {})], inner_id=order)


def _customer(said: Mapping[str, Any], message: str, received_at: datetime) -> Heard:
    who = inner(said, "id")
    at = instant(said, "date_modified_gmt", "date_created_gmt")
    if who is None or at is None or "line_items" in said:
        raise Unusable(told("This is no customer: it needs `id` and `date_modified_gmt`."))
    lives = mapping(said, "billing")
    street = "\n".join(filter(None, (text(lives, "address_1"), text(lives, "address_2"))))
    traits = {
        "firstName": text(said, "first_name") or text(lives, "first_name"),
        "lastName": text(said, "last_name") or text(lives, "last_name"),
        "email": text(said, "email") or text(lives, "email"),
        "phone": text(lives, "phone"),
        "company": text(lives, "company"),
        "address": without_nothing(
            {
                "street": street,
                "city": text(lives, "city"),
                "state": text(lives, "state"),
                "postalCode": text(lives, "postcode"),
                "countryCode": text(lives, "country"),
            }
        ),
    }
    return Heard([person(message, who, at, received_at, traits)], customer=who, as_of=at)
