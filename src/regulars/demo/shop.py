"""Writes the sample shop's files into a folder: what a shop's own software would have exported."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

import numpy as np

from regulars.base.errors import BadInput
from regulars.demo import baskets, crowd, export, ledgers, life, orders, register
from regulars.demo.catalogue import load
from regulars.demo.crowd import DAYS
from regulars.demo.sold import HEADER, Sold
from regulars.demo.texts import write_csv
from regulars.demo.truth import write_truth


@dataclass(frozen=True)
class Shop:
    """The files written, to be imported in this order, and the folder with what is true (or None)."""

    files: list[Path]
    truth: Path | None


def write_shop(folder: Path, *, seed: int = 1, today: date, customers: int = 4000, truth: bool = False) -> Shop:
    """Two years of a coffee shop, ending on the day before `today`, with about `customers` buyers.

    Writes rates.csv, products.csv, costs.csv, customers.csv, orders.csv and spend.csv into `folder` (made when
    missing). The same seed, day and number give the same bytes. With `truth` a folder `truth` beside them says who
    really left, when and why, and what each order was; it is for tests and is never imported.
    Raises BadInput for fewer than 20 customers.
    """
    if customers < 20:
        raise BadInput(f"A sample shop needs 20 customers or more, not {customers}.")
    folder.mkdir(parents=True, exist_ok=True)
    start = today - timedelta(days=DAYS)
    dice = [np.random.default_rng([seed, part]) for part in range(10)]
    shelf = load()
    people = crowd.draw(dice[0], customers, start)
    lives = life.live(dice[1], people)
    known = orders.registration(dice[2], people)
    book = register.fill(dice[3], people, known, start)
    placed = orders.place(dice[4], people, lives, known)
    currency = baskets.currency_of(people, placed)
    lines = baskets.fill(dice[5], people, placed, shelf, currency)
    sold = Sold(
        crowd=people,
        register=book,
        catalogue=shelf,
        orders=placed,
        lines=lines,
        credits=baskets.give_back(dice[6], placed, lines, shelf),
        currency=currency,
        postage=baskets.postage(placed, lines, currency),
    )
    rows, spoilt = export.rows(dice[7], sold)
    return Shop(
        files=[
            ledgers.write_rates(folder / "rates.csv", dice[8], start),
            ledgers.write_products(folder / "products.csv", shelf),
            ledgers.write_costs(folder / "costs.csv", shelf, start),
            write_csv(folder / "customers.csv", register.HEADER, book.rows),
            write_csv(folder / "orders.csv", HEADER, rows),
            ledgers.write_spend(folder / "spend.csv", dice[9], people),
        ],
        truth=write_truth(folder / "truth", sold, lives, spoilt) if truth else None,
    )
