"""What really happened in the sample shop, for tests: who left, when and why, and what each order was."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from regulars.demo.baskets import CURRENCIES
from regulars.demo.crowd import KINDS
from regulars.demo.life import REASONS, Life
from regulars.demo.sold import Sold, numbers
from regulars.demo.texts import day_writer, each, pick, write_csv

CUSTOMER_HEADER = (
    "customer",
    "number",
    "email",
    "kind",
    "left_on",
    "left_why",
    "next_day",
    "occasions",
    "late_deliveries",
)
ORDER_HEADER = ("order", "customer", "day", "currency", "goods", "refund", "postage", "state")


def write_truth(folder: Path, sold: Sold, lives: Life, spoilt: set[int]) -> Path:
    """Writes customers.csv and orders.csv with semicolons into `folder`.

    Amounts are minor units of the order's currency; `goods` is after discount, before refunds. `state` is placed,
    cancelled or spoilt (made unreadable in the export).
    """
    folder.mkdir(parents=True, exist_ok=True)
    day, book, n = day_writer(sold.crowd.start), sold.register, len(sold.crowd)
    late = np.bincount(lives.customer, lives.delivered > lives.promised, n).astype(np.int64)
    write_csv(
        folder / "customers.csv",
        CUSTOMER_HEADER,
        zip(
            each(np.arange(n), str),
            book.number,
            book.email,
            pick(KINDS, sold.crowd.kind),
            each(lives.left_on, day),
            pick(REASONS, lives.left_why),
            each(lives.next_day, day),
            each(np.bincount(lives.customer, minlength=n), str),
            each(late, str),
            strict=True,
        ),
    )
    orders, lines = sold.orders, sold.lines
    refund = np.bincount(lines.order[sold.credits.line], sold.credits.amount, len(orders)).astype(np.int64)
    write_csv(
        folder / "orders.csv",
        ORDER_HEADER,
        zip(
            numbers(sold),
            each(orders.customer, str),
            each(orders.day, day),
            pick(CURRENCIES, sold.currency),
            each(np.bincount(lines.order, lines.amount, len(orders)).astype(np.int64), str),
            each(refund, str),
            each(sold.postage, str),
            [
                "spoilt" if i in spoilt else "cancelled" if when >= 0 else "placed"
                for i, when in enumerate(orders.cancelled.tolist())
            ],
            strict=True,
        ),
    )
    return folder
