"""Exports of known shop systems."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from tests.intake.reading.readings import Readings

EXPORTS = Path(__file__).parent / "exports"


def test_a_shopify_export(readings: Readings) -> None:
    staged = readings.take((EXPORTS / "shopify_orders.csv").read_bytes(), "orders_export_1.csv", zone="Europe/Tallinn")
    assert readings.file.mapping.preset == "shopify_orders"
    assert readings.file.kind == "lines"
    assert staged.set_aside == 0
    assert readings.rows(
        "order_number", "ordered_at", "day", "email", "product_name", "quantity", "unit_price", "total", "status"
    ) == [
        (
            "#1001",
            "2024-03-05 21:30:00+00",
            date(2024, 3, 5),
            "anna@example.com",
            "Coffee, 250 g",
            2,
            12.5,
            Decimal("61.40"),
            "placed",
        ),
        (
            "#1001",
            "2024-03-05 21:30:00+00",
            date(2024, 3, 5),
            "anna@example.com",
            'Mug "Blue"',
            1,
            35.5,
            None,
            "placed",
        ),
        ("#1002", "2024-03-06 06:59:00+00", date(2024, 3, 6), "guest@example.com", "Tea", 1, 10, 10, "refunded"),
    ]
    assert readings.column("phone") == [None, None, "+3725551234"]
    assert readings.column("cancelled_day") == [None, None, date(2024, 3, 7)]
    assert readings.column("country") == ["EE", "EE", "EE"]


def test_shopify_customers(readings: Readings) -> None:
    readings.take((EXPORTS / "shopify_customers.csv").read_bytes())
    assert readings.rows("email", "consent", "organisation", "tags") == [("anna@example.com", True, "Kohvik OÜ", "VIP")]


PRESETS = {
    "shopify_orders": "lines",
    "shopify_customers": "customers",
    "woocommerce_advanced_order_export": "lines",
    "woocommerce_order_export_lines": "lines",
    "woocommerce_order_export": "orders",
    "woocommerce_analytics": "orders",
    "stripe_payments": "orders",
    "online_retail": "lines",
}


@pytest.mark.parametrize("preset", PRESETS)
def test_presets(readings: Readings, preset: str) -> None:
    staged = readings.take((EXPORTS / f"{preset}.csv").read_bytes())
    assert readings.file.mapping.preset == preset
    assert readings.file.kind == PRESETS[preset]
    assert staged.kept > 0
    assert (staged.set_aside, staged.left_out) == (0, [])


def test_a_cancelled_online_retail_invoice(readings: Readings) -> None:
    titles = "InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country\n"
    readings.take(
        titles
        + "C536379,D,Discount,-1,12/13/2010 9:41,27.5,14527,United Kingdom\n"
        + "536365,85123A,HOLDER,6,12/1/2010 8:26,2.55,17850,France\n"
    )
    assert readings.rows("order_number", "quantity", "day", "country") == [
        ("C536379", -1, date(2010, 12, 13), "GB"),
        ("536365", 6, date(2010, 12, 1), "FR"),
    ]
