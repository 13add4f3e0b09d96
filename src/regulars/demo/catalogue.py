"""What the sample shop sells: products, prices in each currency, and what they cost it."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from importlib.resources import files

import numpy as np
from numpy.typing import NDArray

CURRENCY = {"EE": "EUR", "FI": "EUR", "LV": "EUR", "DE": "EUR", "SE": "SEK", "PL": "PLN", "GB": "GBP"}
RATES = {"EUR": 1.0, "SEK": 0.0883, "PLN": 0.2335, "GBP": 1.168}
"""Euros per unit around which the rates of the two years wander."""
_STEP = {"EUR": 10, "SEK": 100, "PLN": 50, "GBP": 10}  # price lists are in round minor units
DEARER_FROM, DEARER_BY = 400, 1.06
"""On that shop day the price list goes up; purchase prices of coffee follow on the same day."""


@dataclass(frozen=True)
class Catalogue:
    """Products in file order; arrays have one element a product."""

    sku: list[str]
    name: list[str]
    category: list[str]
    brand: list[str]
    price: NDArray[np.float64]
    """EUR, on the first day."""
    cost: NDArray[np.float64]
    """EUR, on the first day."""
    weight: NDArray[np.float64]
    cycle_months: NDArray[np.int64]
    """0 where the thing is used up."""

    @property
    def categories(self) -> list[str]:
        """Each category once, in file order."""
        return list(dict.fromkeys(self.category))

    @property
    def durable(self) -> NDArray[np.bool_]:
        return self.cycle_months > 0

    def of_category(self, category: str) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
        """Positions of the category's products and their cumulative chance of being picked."""
        at = np.array([i for i, name in enumerate(self.category) if name == category])
        return at, np.cumsum(self.weight[at]) / self.weight[at].sum()

    def price_minor(self, currency: str, dearer: bool) -> NDArray[np.int64]:
        """The price list of one currency in minor units, before or after the rise."""
        local = self.price * (DEARER_BY if dearer else 1.0) / RATES[currency] * 100
        return (np.maximum(np.round(local / _STEP[currency]), 1) * _STEP[currency]).astype(np.int64)


def load() -> Catalogue:
    """The assortment of `catalogue.toml`."""
    rows = tomllib.loads(files(__package__).joinpath("catalogue.toml").read_text(encoding="utf-8"))["product"]
    price = np.array([row["price"] for row in rows])
    return Catalogue(
        sku=[row["sku"] for row in rows],
        name=[row["name"] for row in rows],
        category=[row["category"] for row in rows],
        brand=[row["brand"] for row in rows],
        price=price,
        cost=price * np.array([row["cost"] for row in rows]),
        weight=np.array([float(row["weight"]) for row in rows]),
        cycle_months=np.array([row.get("cycle", 0) for row in rows], dtype=np.int64),
    )
