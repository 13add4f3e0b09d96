"""The shop's smaller files: products, what they cost, exchange rates, and what was spent on advertising."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import numpy as np

from regulars.base.days import add_months, month_start
from regulars.demo.catalogue import DEARER_BY, DEARER_FROM, RATES, Catalogue
from regulars.demo.crowd import DAYS, Crowd
from regulars.demo.texts import number, write_csv

_WIN_PER_CUSTOMER = {"search": 13.0, "social": 10.5, "marketplace": 8.0, "trade fair": 46.0}
_WIN_PER_MONTH = {"market stall": 140.0}
_KEEP_PER_MONTH = {"newsletter": 75.0, "loyalty card": 120.0}


def write_products(path: Path, shelf: Catalogue) -> Path:
    """products.csv: category, brand, whether durable and after how many days it is usually bought again."""
    header = ("SKU", "Product", "Category", "Brand", "Durable", "Cycle days", "Price", "Currency")
    return write_csv(
        path,
        header,
        (
            (
                shelf.sku[i],
                shelf.name[i],
                shelf.category[i],
                shelf.brand[i],
                "yes" if shelf.durable[i] else "no",
                str(shelf.cycle_months[i] * 30) if shelf.durable[i] else "",
                number(shelf.price[i], 2),
                "EUR",
            )
            for i in range(len(shelf.sku))
        ),
    )


def write_costs(path: Path, shelf: Catalogue, start: date) -> Path:
    """costs.csv: purchase prices from the first day, and new ones for coffee from the day it became dearer."""
    later = start + timedelta(days=DEARER_FROM)
    rows = [(sku, start, cost) for sku, cost in zip(shelf.sku, shelf.cost, strict=True)]
    rows += [
        (sku, later, cost * DEARER_BY * 1.03)
        for sku, cost, category in zip(shelf.sku, shelf.cost, shelf.category, strict=True)
        if category == "Coffee"
    ]
    header = ("SKU", "Valid from", "Unit cost", "Currency")
    return write_csv(path, header, ((sku, f"{day:%d.%m.%Y}", number(cost, 2), "EUR") for sku, day, cost in rows))


def write_rates(path: Path, rng: np.random.Generator, start: date) -> Path:
    """rates.csv: euros for one unit of each foreign currency, every day; they wander a little."""
    rows = []
    for currency in (code for code in RATES if code != "EUR"):
        walk = RATES[currency] * np.exp(np.cumsum(0.002 * rng.standard_normal(DAYS)))
        pulled = 0.7 * RATES[currency] + 0.3 * walk
        rows += [
            (f"{start + timedelta(days=day):%d.%m.%Y}", currency, "EUR", number(rate, 5))
            for day, rate in enumerate(pulled.tolist())
        ]
    return write_csv(path, ("Date", "Currency", "To currency", "Rate"), rows)


def write_spend(path: Path, rng: np.random.Generator, crowd: Crowd) -> Path:
    """spend.csv: by month and source, for winning customers and for keeping them."""
    sources = crowd.sources()
    joined = [month_start(crowd.start + timedelta(days=day)) for day in crowd.joined.tolist()]
    won: dict[tuple[str, date], int] = {}
    for source, month in zip(sources, joined, strict=True):
        won[source, month] = won.get((source, month), 0) + 1
    rows = []
    month, last = month_start(crowd.start), crowd.start + timedelta(days=DAYS - 1)
    while month <= last:
        noise = iter(rng.uniform(0.8, 1.2, 8))
        amounts = [(s, "win", won.get((s, month), 0) * cost * next(noise)) for s, cost in _WIN_PER_CUSTOMER.items()]
        amounts += [(s, "win", cost * next(noise)) for s, cost in _WIN_PER_MONTH.items()]
        amounts += [(s, "keep", cost * next(noise)) for s, cost in _KEEP_PER_MONTH.items()]
        rows += [(f"{month:%Y-%m}", s, purpose, number(spent, 2), "EUR") for s, purpose, spent in amounts if spent > 0]
        month = add_months(month, 1)
    return write_csv(path, ("Month", "Source", "Purpose", "Amount", "Currency"), rows)
