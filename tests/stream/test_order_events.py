"""Events of shops as words on orders."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from regulars.stream.items import Item, Source
from regulars.stream.order_events import is_of_order, notice, number_of

AT = datetime(2026, 3, 1, 12, tzinfo=UTC)
SHOP = Source(key_id=1, name="server", shop="shop", trusted=True, channel="segment")
BROWSER = Source(key_id=2, name="page", shop="shop", trusted=False, channel="browser")


def event(name: str, traits: dict[str, Any] | None = None, **properties: Any) -> Item:
    body = {"properties": properties} | ({"context": {"traits": traits}} if traits else {})
    return Item("m1", "track", name, "u1", "visit", None, None, AT, AT, bot=False, body=body)


def told(name: str, **properties: Any) -> dict[str, Any]:
    found = notice(event(name, order_id="1001", **properties), SHOP)
    assert found is not None
    return found.content


def test_a_completed_order_with_all_that_the_protocol_has() -> None:
    found = notice(
        event(
            "Order Completed",
            order_id=1001,
            total=27.5,
            subtotal=22.5,
            revenue=25.0,
            shipping=3,
            tax=2,
            discount=2.5,
            coupon="hasbros",
            currency="USD",
            email="a@example.com",
            products=[
                {"product_id": "507f", "sku": "45790", "name": "Monopoly", "price": 19, "quantity": 1},
                {"sku": "46493", "price": "3", "quantity": 2, "category": "Games", "brand": "Hasbro"},
                "no product",
                {"price": 4},
            ],
        ),
        SHOP,
    )
    assert found is not None
    assert (found.number, found.what, found.at, found.trusted) == ("1001", "placed", AT, True)
    assert (found.user_id, found.anonymous_id, found.email) == ("u1", "visit", "a@example.com")
    assert found.content == {
        "total": "27.5",
        "tax": "2",
        "shipping": "3",
        "discount": "2.5",
        "subtotal": "22.5",
        "campaign": "hasbros",
        "currency": "USD",
        "lines": [
            {"product_id": "507f", "quantity": "1", "unit_price": "19", "product_name": "Monopoly"},
            {"product_id": "46493", "quantity": "2", "unit_price": "3", "category": "Games", "brand": "Hasbro"},
        ],
    }


@pytest.mark.parametrize(
    ("said", "read"),
    [
        ({"revenue": 25}, {"subtotal": "25"}),
        ({"value": 25}, {"total": "25"}),
        ({"value": 25, "total": 30}, {"total": "30"}),
        ({"total": "no number"}, {}),
        ({"test": True, "total": 1}, {"total": "1", "is_test": True}),
        ({"status": "unpaid", "total": 1}, {"total": "1", "status": "unpaid"}),
        ({"status": "whatever", "total": 1}, {"total": "1"}),
    ],
)
def test_amounts_and_states(said: dict[str, Any], read: dict[str, Any]) -> None:
    assert told("Order Updated", **said) == read


@pytest.mark.parametrize(
    ("said", "read"),
    [
        ({}, {}),
        ({"total": 12.5, "currency": "EUR"}, {"amount": "12.5", "currency": "EUR"}),
        ({"refund_id": 7, "refund_amount": 3, "total": 12.5}, {"id": "7", "amount": "3"}),
        ({"products": [{"price": 4, "quantity": 2}, {"price": "1.5"}]}, {"amount": "9.5"}),
        ({"products": [{"product_id": "x"}]}, {}),
        ({"total": 0}, {}),
    ],
)
def test_forms_of_refunds(said: dict[str, Any], read: dict[str, Any]) -> None:
    assert told("Order Refunded", **said) == read


def test_contacts_count_from_a_trusted_source_alone() -> None:
    page = event("Order Completed", {"email": "victim@example.com"}, order_id="7", total=5, email="victim@example.com")
    believed, claimed = notice(page, SHOP), notice(page, BROWSER)
    assert believed is not None
    assert claimed is not None
    assert (believed.email, claimed.email, claimed.phone) == ("victim@example.com", None, None)


@pytest.mark.parametrize(
    "name", ["Product Viewed", "Product Added", "Cart Viewed", "Checkout Started", "Checkout Step Completed", "x"]
)
def test_other_events_say_nothing_of_orders(name: str) -> None:
    assert not is_of_order(event(name, order_id="1001"))
    assert notice(event(name, order_id="1001"), SHOP) is None


@pytest.mark.parametrize("number", [None, "", "  ", True, 1.5, "x" * 201, {"a": 1}])
def test_an_order_has_a_number(number: object) -> None:
    assert number_of({"order_id": number}) is None
    assert notice(event("Order Completed", order_id=number), SHOP) is None
