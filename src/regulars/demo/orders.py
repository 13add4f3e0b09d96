"""Orders of the sample shop: when on the day, through which channel, paid when, cancelled or by a guest."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from regulars.demo.crowd import DAYS, Crowd, months
from regulars.demo.life import Life

Ints = NDArray[np.int64]

CHANNELS = ("web", "phone", "market", "marketplace")
CAMPAIGNS = ("", "Newsletter", "Black Week", "Contract price")
_DISCOUNT = np.array([0.0, 0.10, 0.20, 0.12])
NUMBERED, BY_EMAIL, UNKNOWN = range(3)
"""How the shop knows the buyer of an order: customer number, only an e-mail address, not at all."""
INVOICE_DAYS = 14


@dataclass(frozen=True)
class Orders:
    """One element an order, sorted by time."""

    customer: Ints
    day: Ints
    minute: Ints
    """Of the day, 0-1439."""
    nth: Ints
    packs: Ints
    known_by: Ints
    channel: Ints
    campaign: Ints
    promised: Ints
    delivered: Ints
    """-1 where nothing was sent (cancelled), or after the last day."""
    cancelled: Ints
    """The day, or -1."""
    paid: Ints
    """For organisations the day the invoice was paid, else -1 (paid at once, or not yet)."""

    def __len__(self) -> int:
        return len(self.day)

    @property
    def discount(self) -> NDArray[np.float64]:
        """The share taken off each line."""
        return _DISCOUNT[self.campaign]


def registration(rng: np.random.Generator, crowd: Crowd) -> Ints:
    """How each customer is known: most have a number, some never register, buyers at the market stall leave nothing."""
    stall = np.array([source == "market stall" for source in crowd.sources()])
    known = np.where(~crowd.organisation & (rng.random(len(crowd)) < 0.08), BY_EMAIL, NUMBERED)
    return np.where(crowd.is_kind("once") & stall, UNKNOWN, known)


def place(rng: np.random.Generator, crowd: Crowd, life: Life, known: Ints) -> Orders:
    """The orders of all occasions; on a few days somebody orders twice, having forgotten something."""
    again = np.flatnonzero(rng.random(len(life.day)) < 0.015)
    occasion = np.concatenate([np.arange(len(life.day)), again])
    customer, day = life.customer[occasion], life.day[occasion]
    firm = crowd.organisation[customer]
    minute = np.where(
        firm, rng.integers(8 * 60, 17 * 60, len(day)), 60 * 7 + np.rint(960 * rng.beta(2.2, 1.6, len(day)))
    )
    order = np.lexsort((customer, minute, day))
    occasion, customer, day, minute, firm = (a[order] for a in (occasion, customer, day, minute, firm))
    n = len(day)
    cancelled = np.where(rng.random(n) < 0.012, np.minimum(day + rng.integers(0, 3, n), DAYS - 1), -1)
    delivered = life.delivered[occasion]
    slow = np.where(rng.random(len(crowd)) < 0.2, 16, -2)  # a fifth of the organisations pays late as a rule
    paid = np.where(firm, day + INVOICE_DAYS + slow[customer] + rng.integers(-6, 4, n), -1)
    logged_out = (known[customer] == NUMBERED) & ~firm & (rng.random(n) < 0.015)
    return Orders(
        customer=customer,
        day=day,
        minute=minute.astype(np.int64),
        nth=life.nth[occasion],
        packs=life.packs[occasion],
        known_by=np.where(logged_out, BY_EMAIL, known[customer]),
        channel=_channels(rng, crowd, customer, known),
        campaign=_campaigns(rng, crowd, customer, day),
        promised=life.promised[occasion],
        delivered=np.where((cancelled >= 0) | (delivered >= DAYS), -1, delivered),
        cancelled=cancelled,
        paid=np.where((paid >= DAYS) | (cancelled >= 0), -1, paid),
    )


def _channels(rng: np.random.Generator, crowd: Crowd, customer: Ints, known: Ints) -> Ints:
    phone = crowd.organisation[customer] & (rng.random(len(customer)) < 0.3)
    marketplace = np.array([source == "marketplace" for source in crowd.sources()])[customer]
    return np.select([known[customer] == UNKNOWN, phone, marketplace], [2, 1, 3], 0)


def _campaigns(rng: np.random.Generator, crowd: Crowd, customer: Ints, day: Ints) -> Ints:
    calendar = months(crowd.start)
    november = calendar[day] == 11
    black_week = november & (calendar[day + 8] == 12) & ~(calendar[day + 1] == 12)
    dice = rng.random(len(day))
    firm = crowd.organisation[customer]
    return np.select([firm, black_week & (dice < 0.6), ~black_week & (dice < 0.06)], [3, 2, 1], 0)
