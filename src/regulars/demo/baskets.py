"""What lies in each basket, at which price, and what came back."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from regulars.demo.catalogue import CURRENCY, DEARER_FROM, RATES, Catalogue
from regulars.demo.crowd import DAYS, KINDS, Crowd
from regulars.demo.orders import Orders

Ints = NDArray[np.int64]
CURRENCIES = tuple(RATES)
# Chances of categories: Coffee, Tea, Sweets, Filters and care, Cups, Brewers, Grinders, Gifts.
_FIRST_LINE = {
    "drinker": (0.94, 0.06, 0, 0, 0, 0, 0, 0),
    "browser": (0.30, 0.20, 0.15, 0.08, 0.12, 0.06, 0.03, 0.06),
    "once": (0.25, 0.15, 0.10, 0.05, 0.20, 0.08, 0.04, 0.13),
    "fader": (0.90, 0.10, 0, 0, 0, 0, 0, 0),
    "gift": (0.05, 0.05, 0.20, 0, 0.15, 0.03, 0.02, 0.50),
    "tinkerer": (0, 0, 0, 0, 0.04, 0.50, 0.46, 0),
    "office": (0.95, 0.05, 0, 0, 0, 0, 0, 0),
    "project": (0.40, 0.10, 0.30, 0.05, 0.05, 0, 0, 0.10),
}
_OTHER_LINES = {
    "office": (0.15, 0.30, 0.30, 0.25, 0, 0, 0, 0),
    "tinkerer": (0.25, 0.05, 0.05, 0.35, 0.15, 0.10, 0, 0.05),
}
_OTHERWISE = (0.18, 0.15, 0.30, 0.22, 0.07, 0.02, 0.01, 0.05)
_EXTRA_LINES = {"drinker": 0.8, "browser": 0.6, "once": 0.3, "gift": 0.9, "office": 1.2, "project": 1.5}
FREE_POSTAGE_FROM, POSTAGE = 45.0, 4.90  # EUR


@dataclass(frozen=True)
class Lines:
    """One element a line, sorted by order; amounts in minor units of the order's currency."""

    order: Ints
    product: Ints
    quantity: Ints
    unit: Ints
    discount: Ints
    sample: NDArray[np.bool_]

    @property
    def amount(self) -> Ints:
        """After discount."""
        return self.quantity * self.unit - self.discount


@dataclass(frozen=True)
class Credits:
    """What was given back, one element a credited line: `line` is its position in Lines, `day` when."""

    line: Ints
    day: Ints
    quantity: Ints
    amount: Ints
    """> 0, minor units of the order's currency."""


def currency_of(crowd: Crowd, orders: Orders) -> Ints:
    """Position in CURRENCIES of each order's currency: that of the customer's country."""
    own = np.array([CURRENCIES.index(CURRENCY[code]) for code in crowd.countries()])
    return own[orders.customer]


def fill(rng: np.random.Generator, crowd: Crowd, orders: Orders, catalogue: Catalogue, currency: Ints) -> Lines:
    """The lines of all orders: what a buyer of this kind takes, favourites again and again, now and then a sample."""
    kind = crowd.kind[orders.customer]
    extra = np.minimum(rng.poisson(np.array([_EXTRA_LINES.get(name, 0.4) for name in KINDS])[kind]), 5)
    gets_sample = rng.random(len(orders)) < 0.05
    count = 1 + extra + gets_sample
    order = np.repeat(np.arange(len(orders)), count)
    place = np.arange(len(order)) - np.repeat(np.cumsum(count) - count, count)
    sample = gets_sample[order] & (place == count[order] - 1)
    product = _products(rng, catalogue, orders, order, kind, place)
    favourite = _favourites(rng, crowd, catalogue)[orders.customer[order]]
    drinks = np.isin(kind, [KINDS.index(name) for name in ("drinker", "fader", "office")])[order]
    product = np.where(drinks & (place == 0) & (rng.random(len(order)) < 0.8), favourite, product)
    lines = Lines(
        order=order,
        product=product,
        quantity=np.where(sample, 1, _quantities(rng, crowd, orders, order, place)),
        unit=np.where(sample, 0, _prices(catalogue)[currency[order], (orders.day[order] >= DEARER_FROM) * 1, product]),
        discount=np.zeros(len(order), dtype=np.int64),
        sample=sample,
    )
    off = np.rint(lines.quantity * lines.unit * orders.discount[order]).astype(np.int64)
    return _each_product_once(Lines(**{**vars(lines), "discount": off}), len(catalogue.sku))


def postage(orders: Orders, lines: Lines, currency: Ints) -> Ints:
    """Postage of each order in minor units: nothing at the market or above the limit."""
    goods = np.bincount(lines.order, lines.amount, len(orders))
    rate = np.array(list(RATES.values()))[currency]
    due = (orders.channel != 2) & (goods * rate < FREE_POSTAGE_FROM * 100)
    return np.where(due, np.rint(POSTAGE / rate * 10) * 10, 0).astype(np.int64)


def give_back(rng: np.random.Generator, orders: Orders, lines: Lines, catalogue: Catalogue) -> Credits:
    """Returns some days after delivery, whole orders or one line, and half a line's price for some late deliveries."""
    late = orders.delivered > orders.promised
    sent = orders.delivered >= 0
    back = sent & (rng.random(len(orders)) < np.where(late, 0.07, 0.022))
    whole = back & (rng.random(len(orders)) < 0.4)
    sorry = sent & late & ~back & (rng.random(len(orders)) < 0.15)
    day = orders.delivered + rng.integers(3, 26, len(orders))
    first = np.append(True, lines.order[1:] != lines.order[:-1])
    broken = catalogue.durable[lines.product] & (rng.random(len(lines.order)) < 0.05) & sent[lines.order]
    taken = (whole[lines.order] | ((back | sorry)[lines.order] & first) | broken) & (lines.amount > 0)
    line = np.flatnonzero(taken & (day[lines.order] < DAYS))
    order = lines.order[line]
    half = sorry[order] & ~broken[line]
    return Credits(
        line=line,
        day=day[order],
        quantity=np.where(half, 1, lines.quantity[line]),
        amount=np.where(half, lines.amount[line] // 2, lines.amount[line]),
    )


def _products(
    rng: np.random.Generator, catalogue: Catalogue, orders: Orders, order: Ints, kind: Ints, place: Ints
) -> Ints:
    """A category by kind of buyer (a tinkerer starts with a machine), then a product by how well it sells."""
    first = np.cumsum([_FIRST_LINE[name] for name in KINDS], axis=1)
    other = np.cumsum([_OTHER_LINES.get(name, _OTHERWISE) for name in KINDS], axis=1)
    of_kind = kind[order]
    leads = (place == 0) & ~((of_kind == KINDS.index("tinkerer")) & (orders.nth[order] > 0))
    chances = np.where(leads[:, None], first[of_kind], other[of_kind])
    category = np.minimum((rng.random(len(order))[:, None] >= chances).sum(axis=1), chances.shape[1] - 1)
    dice, product = rng.random(len(order)), np.zeros(len(order), dtype=np.int64)
    for i, name in enumerate(catalogue.categories):
        at, chance = catalogue.of_category(name)
        here = category == i
        product[here] = at[np.minimum(np.searchsorted(chance, dice[here], side="right"), len(at) - 1)]
    return product


def _favourites(rng: np.random.Generator, crowd: Crowd, catalogue: Catalogue) -> Ints:
    """Each customer's own coffee: 500 g or less for persons, 1 kg for organisations."""
    at, _ = catalogue.of_category("Coffee")
    big = np.array(["1 kg" in catalogue.name[i] for i in at])
    dice = rng.random(len(crowd))
    small, large = at[~big], at[big]
    own: Ints = np.where(
        crowd.organisation, large[(dice * len(large)).astype(int)], small[(dice * len(small)).astype(int)]
    )
    return own


def _quantities(rng: np.random.Generator, crowd: Crowd, orders: Orders, order: Ints, place: Ints) -> Ints:
    kind = crowd.kind[orders.customer[order]]
    stock = np.isin(kind, [KINDS.index(name) for name in ("drinker", "fader", "office")]) & (place == 0)
    project = kind == KINDS.index("project")
    one = np.where(rng.random(len(order)) < 0.12, 2, 1)
    return np.select([stock, project], [orders.packs[order], 2 + rng.poisson(4, len(order))], one)


def _prices(catalogue: Catalogue) -> Ints:
    """Minor units by currency, before and after the rise, and product."""
    return np.array([[catalogue.price_minor(c, dearer) for dearer in (False, True)] for c in CURRENCIES])


def _each_product_once(lines: Lines, products: int) -> Lines:
    """Drops a later line with a product that the order has already (a sample of it apart)."""
    key = (lines.order * products + lines.product) * 2 + lines.sample
    keep = np.sort(np.unique(key, return_index=True)[1])
    return Lines(**{name: column[keep] for name, column in vars(lines).items()})
