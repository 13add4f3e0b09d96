"""The untidy side of an export: rows nobody can use, orders of testers, free samples, a sum below the last row."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from regulars.demo.orders import NUMBERED
from regulars.demo.sold import HEADER, Row, Sold
from regulars.demo.texts import day_writer


def spoil(rng: np.random.Generator, sold: Sold, goods: list[Row]) -> set[int]:
    """Makes some rows unusable, in place; only of orders that are that one row, so nothing half is left."""
    orders, lines = sold.orders, sold.lines
    single = np.bincount(lines.order, minlength=len(orders)) == 1
    single[lines.order[sold.credits.line]] = False
    plain = np.flatnonzero(single & (sold.postage == 0) & (orders.cancelled < 0) & (orders.known_by == NUMBERED))
    chosen = rng.choice(plain, min(len(plain), max(len(orders) // 400, 6)), replace=False)
    position = np.searchsorted(lines.order, chosen)
    for turn, at in enumerate(position.tolist()):
        row = list(goods[at])
        column, text = _damage(turn, row)
        row[HEADER.index(column)] = text
        goods[at] = tuple(row)
    return set(chosen.tolist())


def _damage(turn: int, row: Sequence[str]) -> tuple[str, str]:
    """The `turn`-th way to spoil a row: a column and what stands there."""
    year = row[HEADER.index("Order date")][6:10]
    ways = (
        ("Order date", f"31.02.{year} 10:15"),
        ("Line total", "see note"),
        ("Order date", ""),
        ("Currency", "NOK"),
        ("Order date", f"31.04.{year} 16:40"),
        ("Line total", "ask Liis"),
    )
    return ways[turn % len(ways)]


def test_orders(sold: Sold) -> list[Row]:
    """Six orders with which the shop was tried out on the evening of its first day."""
    day, shelf = day_writer(sold.crowd.start), sold.catalogue
    blank = dict.fromkeys(HEADER, "")
    return [
        tuple(
            {
                **blank,
                "Order number": f"T{i + 1}",
                "Order date": f"{day(0)} 22:{i:02d}",
                "Customer name": "Test Test",
                "E-mail": "test@example.org",
                "Country": "EE",
                "Status": "Test",
                "Currency": "EUR",
                "Line": "1",
                "SKU": shelf.sku[i],
                "Product": shelf.name[i],
                "Category": shelf.category[i],
                "Brand": shelf.brand[i],
                "Quantity": "1",
                "Unit price": "10,00",
                "Line discount": "0,00",
                "Line total": "10,00",
                "Channel": "web",
            }.values()
        )
        for i in range(6)
    ]


def sample_packs(sold: Sold) -> list[Row]:
    """Free sample packs sent to a few people who have bought nothing so far, on the last day."""
    day, blank = day_writer(sold.crowd.start), dict.fromkeys(HEADER, "")
    last = int(sold.orders.day[-1])
    return [
        tuple(
            {
                **blank,
                "Order number": f"S{i + 1}",
                "Order date": f"{day(last)} 18:{i % 60:02d}",
                "Customer number": number,
                "Customer name": name,
                "E-mail": email,
                "Country": country,
                "Status": "Completed",
                "Currency": "EUR",
                "Line": "1",
                "SKU": "SMP-CO-101",
                "Product": "Sample Harbour Blend, 500 g",
                "Category": "Samples",
                "Brand": "Kalda",
                "Quantity": "1",
                "Unit price": "0,00",
                "Line discount": "0,00",
                "Line total": "0,00",
                "Channel": "web",
            }.values()
        )
        for i, (number, name, email, country) in enumerate(sold.register.prospects[:40])
    ]


def total_row() -> Row:
    """The sum that a spreadsheet left below the last row."""
    return ("Total", *("" for _ in HEADER[1:]))
