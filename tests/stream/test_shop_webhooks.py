"""Shopify's and WooCommerce's payloads, read: the order they come in never matters, and nothing is made up."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from itertools import permutations
from typing import Any

import msgspec
import pytest
from tests.stream.shop_payloads import (
    AT,
    both,
    shopify_customer,
    shopify_edit,
    shopify_order,
    shopify_refund,
    woo_customer,
    woo_order,
)

from regulars.stream import shopify, woocommerce
from regulars.stream.items import Item, OrderNotice
from regulars.stream.order_rules import OrderState, fold
from regulars.stream.webhook_shapes import Unusable, numbered

LATE = AT + timedelta(days=1)


def notices(reader: Any, topic: str, payload: dict[str, Any], message: str = "m") -> list[OrderNotice]:
    heard = reader.read(topic, payload, message, LATE)
    items = [numbered(one, heard.number or "#1001") for one in heard.items]
    return [msgspec.convert(one.body, OrderNotice) for one in items]


def state(*some: list[OrderNotice]) -> OrderState:
    found = fold(one for group in some for one in group)
    assert found is not None
    return found


def test_an_order_of_shopify() -> None:
    told = state(notices(shopify, "orders/create", shopify_order()))
    assert (told.user_id, told.email, told.ordered_at) == ("115310627314723954", "mari@kohvik.example", AT)
    assert told.content == {
        "currency": "EUR",
        "total": "47.00",
        "subtotal": "35.00",
        "tax": "7.00",
        "shipping": "5.00",
        "discount": "5.00",
        "status": "placed",
        "channel": "web",
        "campaign": "SPRING",
        "is_test": False,
        "lines": [
            {
                "line_number": "866550311766439020",
                "product_id": "COFFEE-500",
                "product_name": "Coffee - 500 g",
                "brand": "Roastery",
                "quantity": "2",
                "unit_price": "20.00",
                "line_discount": "5.00",
            }
        ],
    }


def test_a_refund_is_the_same_by_itself_and_within_its_order() -> None:
    alone = notices(shopify, "refunds/create", shopify_refund(), "r")
    within = notices(shopify, "orders/updated", shopify_order(61, refunds=[shopify_refund()]), "u")
    placed = notices(shopify, "orders/create", shopify_order(), "p")
    once = {state(*some).refunds for some in permutations([alone, within, placed])}
    assert once == {state(placed, within).refunds}
    (refund,) = once.pop()
    assert (refund.at, refund.amount, refund.currency) == (AT + timedelta(hours=1), "12.00", "EUR")


def test_goods_taken_off_without_money_are_no_refund() -> None:
    assert shopify.read("refunds/create", shopify_refund(transactions=[]), "r", LATE) == shopify.Heard(
        inner_id="820982911946154508"
    )
    failed = [{"kind": "refund", "status": "failure", "amount": "12.00"}]
    assert not notices(shopify, "refunds/create", shopify_refund(transactions=failed))


def test_a_refund_that_is_on_its_way_counts_until_it_fails() -> None:
    placed = notices(shopify, "orders/create", shopify_order(), "p")
    coming = notices(shopify, "refunds/create", shopify_refund(status="pending"), "r")
    assert [one.amount for one in state(placed, coming).refunds] == ["12.00"]
    failed = [shopify_refund(status="failure")]
    after = notices(shopify, "orders/updated", shopify_order(90, refunds=failed), "u")
    assert state(placed, coming, after).refunds == ()


@pytest.mark.parametrize("lines", [True, False])
def test_money_given_back_in_the_customers_currency_is_the_shops(lines: bool) -> None:
    """At the rate of the refund's own goods; of postage alone at the order's."""
    goods = [{"subtotal_set": both("10.00", "7.50", "USD"), "total_tax_set": both("2.00", "1.50", "USD")}]
    said = shopify_refund(amount="4.50", currency="USD", refund_line_items=goods if lines else [])
    order = shopify_order(61, refunds=[said], total_price_set=both("47.00", "35.25", "USD"))
    placed = notices(shopify, "orders/create", shopify_order(), "p")
    (within,) = state(placed, notices(shopify, "orders/updated", order, "u")).refunds
    (alone,) = state(placed, notices(shopify, "refunds/create", said, "r")).refunds
    assert (within.amount, within.currency) == ("6.00", "EUR")
    assert (alone.amount, alone.currency) == (("6.00", "EUR") if lines else ("4.50", "USD"))


def test_cancelled_orders_come_in_any_order() -> None:
    cancelled = notices(shopify, "orders/cancelled", shopify_order(30, cancelled_at="2026-03-02T10:29:00Z"), "c")
    placed = notices(shopify, "orders/create", shopify_order(), "p")
    assert state(cancelled, placed) == state(placed, cancelled)
    assert state(cancelled, placed).cancelled_at == AT + timedelta(minutes=29)


@pytest.mark.parametrize("status", ["voided", "expired"])
def test_a_void_payment_cancels_from_when_it_was_told_first(status: str) -> None:
    some = [notices(shopify, "orders/updated", shopify_order(at, financial_status=status), f"v{at}") for at in (5, 9)]
    placed = notices(shopify, "orders/create", shopify_order(financial_status="authorized"), "p")
    states = [state(*order) for order in permutations([placed, *some])]
    assert {one.cancelled_at for one in states} == {AT + timedelta(minutes=5)}
    assert all(one == states[0] for one in states)


@pytest.mark.parametrize(("status", "counts"), [("pending", "unpaid"), ("paid", "placed"), ("refunded", "placed")])
def test_an_unpaid_order_says_so(status: str, counts: str) -> None:
    assert state(notices(shopify, "orders/create", shopify_order(financial_status=status))).content["status"] == counts


def test_test_orders_are_marked() -> None:
    assert state(notices(shopify, "orders/create", shopify_order(test=True))).content["is_test"] is True
    marks = {"_wcpay_mode": ("test", "prod"), "_ppcp_paypal_payment_mode": ("sandbox", "live")}
    for key, said in marks.items():
        for value, is_test in zip(said, (True, False), strict=True):
            order = woo_order(meta_data=[{"id": 1, "key": "x", "value": "test"}, {"id": 2, "key": key, "value": value}])
            assert state(notices(woocommerce, "order.created", order)).content["is_test"] is is_test


def test_a_customer_of_shopify_with_consent_as_of_its_own_moment() -> None:
    heard = shopify.read("customers/update", shopify_customer(5), "m", LATE)
    assert heard is not None
    known, consent = heard.items
    assert isinstance(known, Item)
    assert isinstance(consent, Item)
    assert heard.customer == known.user_id == consent.user_id == "115310627314723954"
    assert known.body["traits"]["emailVerified"] is True
    assert known.body["traits"]["address"] == {
        "street": "Pikk 1",
        "city": "Tallinn",
        "state": "Harju",
        "postalCode": "10123",
        "countryCode": "EE",
    }
    assert consent.body == {"traits": {"consent": {"marketing": {"email": True}}}}
    assert consent.occurred_at == AT - timedelta(minutes=30)
    again = shopify.read("customers/update", shopify_customer(50), "n", LATE)
    assert again is not None
    assert again.items[1] == consent


def test_an_order_of_woocommerce() -> None:
    told = state(notices(woocommerce, "order.created", woo_order()))
    assert (told.user_id, told.phone, told.ordered_at, told.cancelled_at) == ("25", "5550101", AT, None)
    assert told.content["total"] == "47.00"
    assert told.content["lines"] == [
        {"line_number": "315", "product_id": "93", "product_name": "Coffee", "quantity": "2", "line_total": "35.00"}
    ]
    assert state(notices(woocommerce, "order.created", woo_order(customer_id=0))).user_id is None


def test_refunds_of_woocommerce_keep_the_day_on_which_they_were_first_told() -> None:
    first, second = {"id": 726, "reason": "", "total": "-10.00"}, {"id": 724, "reason": "", "total": "-2.50"}
    some = [
        notices(woocommerce, "order.created", woo_order(), "p"),
        notices(woocommerce, "order.updated", woo_order(60, refunds=[first]), "a"),
        notices(woocommerce, "order.updated", woo_order(120, refunds=[first, second]), "b"),
    ]
    states = [state(*order) for order in permutations(some)]
    assert all(one == states[0] for one in states)
    assert [(one.id, one.amount, one.at) for one in states[0].refunds] == [
        ("726", "10.00", AT + timedelta(hours=1)),
        ("724", "2.50", AT + timedelta(hours=2)),
    ]
    assert sum(Decimal(one.amount or 0) for one in states[0].refunds) == Decimal("12.50")


def test_an_order_of_woocommerce_is_cancelled_and_taken_up_again() -> None:
    placed = notices(woocommerce, "order.created", woo_order(), "p")
    off = [notices(woocommerce, "order.updated", woo_order(at, status="cancelled"), f"c{at}") for at in (10, 20)]
    on = notices(woocommerce, "order.restored", woo_order(30), "o")
    for order in permutations([placed, *off]):
        assert state(*order).cancelled_at == AT + timedelta(minutes=10)
    for order in permutations([placed, *off, on]):
        assert state(*order).cancelled_at is None


def test_refunded_without_a_list_is_all_that_is_left() -> None:
    told = state(notices(woocommerce, "order.updated", woo_order(60, status="refunded")))
    assert [(one.amount, one.at) for one in told.refunds] == [(None, AT + timedelta(hours=1))]


def test_a_customer_of_woocommerce() -> None:
    heard = woocommerce.read("customer.updated", woo_customer(5), "m", LATE)
    assert heard is not None
    (known,) = heard.items
    assert isinstance(known, Item)
    assert known.body["traits"]["phone"] == "5550101"
    assert "emailVerified" not in known.body["traits"]


@pytest.mark.parametrize(
    ("reader", "topic", "payload"),
    [
        (shopify, "orders/create", {}),
        (shopify, "orders/create", shopify_customer()),
        (shopify, "orders/create", shopify_order(updated_at=None, created_at=None)),
        (shopify, "orders/create", shopify_order(name="#" * 201)),
        (shopify, "orders/create", shopify_order(updated_at="9999-12-31T23:59:59-05:00", created_at=None)),
        (shopify, "refunds/create", {"id": 1}),
        (shopify, "customers/update", shopify_order()),
        (woocommerce, "order.updated", woo_customer()),
        (woocommerce, "order.updated", woo_order(number="9" * 201)),
        (woocommerce, "order.deleted", {"id": 0}),
        (woocommerce, "order.deleted", {"id": 727, "number": "727", "line_items": []}),
        (woocommerce, "customer.updated", woo_order()),
        (woocommerce, "customer.updated", {"id": "x" * 61, "date_modified_gmt": "2026-03-02T10:00:00"}),
    ],
)
def test_what_can_not_be_used_says_why(reader: Any, topic: str, payload: dict[str, Any]) -> None:
    with pytest.raises(Unusable, match=r"\."):
        reader.read(topic, payload, "m", LATE)


def test_a_rate_that_is_out_of_all_bounds_is_none() -> None:
    goods = [{"subtotal_set": both("900000000000000", "1e-50", "USD"), "total_tax_set": both("0", "0", "USD")}]
    said = shopify_refund(currency="USD", refund_line_items=goods)
    (told,) = notices(shopify, "refunds/create", said)
    assert (told.content["amount"], told.content["currency"]) == ("12.00", "USD")


def test_other_topics_are_not_taken_in() -> None:
    assert shopify.read("products/update", {}, "m", LATE) is None
    assert shopify.read("orders/edited", shopify_edit(), "m", LATE) is None
    assert woocommerce.read("coupon.created", {}, "m", LATE) is None
