"""What Shopify and WooCommerce send: the shapes that shops' servers really sent, as public projects keep them for their
own tests (docs/webhooks.md), with made-up people and goods.
"""

from __future__ import annotations

import base64
import hmac
import json
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any

AT = datetime(2026, 3, 2, 10, 0, tzinfo=UTC)


def minutes(after: float) -> str:
    return (AT + timedelta(minutes=after)).isoformat().replace("+00:00", "Z")


def gmt(after: float) -> str:
    """As WooCommerce writes moments of Greenwich: without a zone."""
    return (AT + timedelta(minutes=after)).replace(tzinfo=None).isoformat()


def shopify_order(changed: float = 0, **more: Any) -> dict[str, Any]:
    return {
        "id": 820982911946154508,
        "admin_graphql_api_id": "gid://shopify/Order/820982911946154508",
        "app_id": None,
        "cancel_reason": None,
        "cancelled_at": None,
        "confirmed": True,
        "contact_email": "mari@kohvik.example",
        "created_at": minutes(0),
        "currency": "EUR",
        "current_total_price": "40.00",
        "discount_codes": [{"code": "SPRING", "amount": "5.00", "type": "fixed_amount"}],
        "email": "mari@kohvik.example",
        "financial_status": "paid",
        "fulfillment_status": None,
        "name": "#1001",
        "note": "Ring twice",
        "order_number": 1001,
        "phone": None,
        "processed_at": minutes(0),
        "refunds": [],
        "source_name": "web",
        "subtotal_price": "35.00",
        "taxes_included": False,
        "test": False,
        "total_discounts": "5.00",
        "total_line_items_price": "40.00",
        "total_price": "47.00",
        "total_price_set": {
            "shop_money": {"amount": "47.00", "currency_code": "EUR"},
            "presentment_money": {"amount": "47.00", "currency_code": "EUR"},
        },
        "presentment_currency": "EUR",
        "total_outstanding": "0.00",
        "total_shipping_price_set": {
            "shop_money": {"amount": "5.00", "currency_code": "EUR"},
            "presentment_money": {"amount": "5.00", "currency_code": "EUR"},
        },
        "total_tax": "7.00",
        "updated_at": minutes(changed),
        "customer": {
            "id": 115310627314723954,
            "email": "mari@kohvik.example",
            "first_name": "Mari",
            "last_name": "Maasikas",
            "verified_email": True,
            "phone": None,
        },
        "line_items": [
            {
                "id": 866550311766439020,
                "discount_allocations": [{"amount": "5.00", "discount_application_index": 0}],
                "name": "Coffee - 500 g",
                "price": "20.00",
                "product_id": 788032119674292922,
                "quantity": 2,
                "current_quantity": 2,
                "fulfillable_quantity": 2,
                "sku": "COFFEE-500",
                "title": "Coffee",
                "total_discount": "0.00",
                "variant_id": 1,
                "vendor": "Roastery",
            }
        ],
    } | more


def both(home: str, shown: str | None = None, currency: str = "EUR") -> dict[str, Any]:
    """An amount in the shop's money and in the customer's."""
    return {
        "shop_money": {"amount": home, "currency_code": "EUR"},
        "presentment_money": {"amount": shown or home, "currency_code": currency},
    }


def shopify_refund(after: float = 60, amount: str = "12.00", status: str = "success", **more: Any) -> dict[str, Any]:
    currency = more.pop("currency", "EUR")
    transaction = {
        "id": 179259969,
        "order_id": 820982911946154508,
        "kind": "refund",
        "gateway": "shopify_payments",
        "status": status,
        "message": None,
        "created_at": minutes(after),
        "test": False,
        "parent_id": 801038806,
        "amount": amount,
        "currency": currency,
        "payments_refund_attributes": {"status": "deferred", "acquirer_reference_number": None},
        "manual_payment_gateway": False,
        "admin_graphql_api_id": "gid://shopify/OrderTransaction/179259969",
    }
    return {
        "id": 890088186047892319,
        "order_id": 820982911946154508,
        "created_at": minutes(after),
        "note": "Broken",
        "user_id": 53064106117,
        "processed_at": minutes(after),
        "restock": True,
        "duties": [],
        "total_duties_set": both("0.00"),
        "return": None,
        "refund_shipping_lines": [],
        "admin_graphql_api_id": "gid://shopify/Refund/890088186047892319",
        "refund_line_items": [
            {
                "id": 1,
                "line_item_id": 866550311766439020,
                "location_id": None,
                "quantity": 1,
                "restock_type": "return",
                "subtotal": 10.0,
                "total_tax": 2.0,
                "subtotal_set": both("10.00"),
                "total_tax_set": both("2.00"),
            }
        ],
        "transactions": [transaction],
        "order_adjustments": [],
    } | more


def shopify_edit(after: float = 30) -> dict[str, Any]:
    """Of `orders/edited`: what changed, by inner numbers; neither the order nor an amount."""
    return {
        "order_edit": {
            "id": 78912328793,
            "app_id": None,
            "created_at": minutes(after),
            "notify_customer": False,
            "order_id": 820982911946154508,
            "staff_note": "",
            "user_id": 53064106117,
            "line_items": {"additions": [{"id": 866550311766439021, "delta": 1}], "removals": []},
            "discounts": {"line_item": {"additions": [], "removals": []}},
            "shipping_lines": {"additions": [], "removals": []},
        }
    }


def shopify_customer(changed: float = 0, **more: Any) -> dict[str, Any]:
    return {
        "id": 115310627314723954,
        "email": "mari@kohvik.example",
        "created_at": minutes(-1),
        "updated_at": minutes(changed),
        "first_name": "Mari",
        "last_name": "Maasikas",
        "orders_count": 1,
        "state": "enabled",
        "verified_email": True,
        "phone": "+3725550101",
        "email_marketing_consent": {
            "state": "subscribed",
            "opt_in_level": "confirmed_opt_in",
            "consent_updated_at": minutes(-30),
        },
        "sms_marketing_consent": {"state": "not_subscribed", "opt_in_level": "unknown", "consent_updated_at": None},
        "default_address": {
            "address1": "Pikk 1",
            "address2": None,
            "city": "Tallinn",
            "company": None,
            "province": "Harju",
            "zip": "10123",
            "country_code": "EE",
        },
    } | more


def woo_order(changed: float = 0, **more: Any) -> dict[str, Any]:
    return {
        "id": 727,
        "parent_id": 0,
        "number": "727",
        "order_key": "wc_order_58d2d042d1d",
        "created_via": "checkout",
        "status": "processing",
        "currency": "EUR",
        "date_created": "2026-03-02T12:00:00",
        "date_created_gmt": gmt(0),
        "date_modified": "2026-03-02T12:00:00",
        "date_modified_gmt": gmt(changed),
        "discount_total": "5.00",
        "shipping_total": "5.00",
        "cart_tax": "7.00",
        "total": "47.00",
        "total_tax": "7.00",
        "prices_include_tax": False,
        "customer_id": 25,
        "billing": {
            "first_name": "Mari",
            "last_name": "Maasikas",
            "address_1": "Pikk 1",
            "address_2": "",
            "city": "Tallinn",
            "state": "",
            "postcode": "10123",
            "country": "EE",
            "email": "mari@kohvik.example",
            "phone": "5550101",
        },
        "date_paid_gmt": gmt(1),
        "date_completed_gmt": None,
        "meta_data": [{"id": 13106, "key": "_download_permissions_granted", "value": "yes"}],
        "line_items": [
            {
                "id": 315,
                "name": "Coffee",
                "product_id": 93,
                "variation_id": 0,
                "quantity": 2,
                "subtotal": "40.00",
                "total": "35.00",
                "total_tax": "7.00",
                "sku": "",
                "price": 17.5,
            }
        ],
        "coupon_lines": [{"id": 1, "code": "spring", "discount": "5.00"}],
        "refunds": [],
    } | more


def woo_customer(changed: float = 0, **more: Any) -> dict[str, Any]:
    return {
        "id": 25,
        "date_created_gmt": gmt(-10),
        "date_modified_gmt": gmt(changed),
        "email": "mari@kohvik.example",
        "first_name": "Mari",
        "last_name": "Maasikas",
        "role": "customer",
        "billing": {"address_1": "Pikk 1", "city": "Tallinn", "postcode": "10123", "country": "EE", "phone": "5550101"},
    } | more


def signed(body: bytes, secret: str) -> str:
    """As both systems put it into their header."""
    return base64.b64encode(hmac.new(secret.encode(), body, sha256).digest()).decode()


def written(payload: Any) -> bytes:
    return json.dumps(payload, separators=(",", ":")).encode()
