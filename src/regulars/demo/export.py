"""orders.csv: the rows of the shop's export, one a line, with postage, credit notes, test orders and untidy ones."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from regulars.demo import untidy
from regulars.demo.baskets import CURRENCIES
from regulars.demo.orders import CAMPAIGNS, CHANNELS, INVOICE_DAYS, NUMBERED, UNKNOWN
from regulars.demo.sold import Row, Sold, numbers
from regulars.demo.texts import amount, clock, day_writer, each, pick

Ints = NDArray[np.int64]
_FIRST_CREDIT = 900_001


def rows(rng: np.random.Generator, sold: Sold) -> tuple[list[Row], set[int]]:
    """All rows sorted by day, and which orders (positions) were spoilt on purpose and can't be used."""
    head, number = _heads(rng, sold), numbers(sold)
    goods = _goods(sold, head, number)
    post = _postage_rows(sold, head, number)
    spoilt = untidy.spoil(rng, sold, goods)
    notes = _credit_rows(sold, head, number)
    dated = [
        *zip(sold.lines.order.tolist(), np.arange(len(goods)).tolist(), goods, strict=True),
        *((order, len(goods), row) for order, row in post),
        *(
            (int(np.searchsorted(sold.orders.day, day, side="right")) - 0.5, i, row)
            for i, (day, row) in enumerate(notes)
        ),
    ]
    opening = int(np.searchsorted(sold.orders.day, 1)) - 0.5
    dated += [(opening, i, row) for i, row in enumerate(untidy.test_orders(sold))]
    dated.sort(key=lambda item: item[:2])
    return [
        *(row for _, _, row in dated),
        *untidy.sample_packs(sold),
        untidy.total_row(),
    ], spoilt


def _heads(rng: np.random.Generator, sold: Sold) -> list[tuple[Row, Row]]:
    """What is the same on all rows of an order: the cells from date to currency, and from channel on."""
    orders, register, day = sold.orders, sold.register, day_writer(sold.crowd.start)
    who = orders.customer.tolist()
    numbered, nameless = (orders.known_by == NUMBERED).tolist(), (orders.known_by == UNKNOWN).tolist()
    countries, firm = sold.crowd.countries(), sold.crowd.organisation[orders.customer]
    date_text = [f"{d} {t}" for d, t in zip(each(orders.day, day), each(orders.minute, clock), strict=True)]
    cancelled = each(orders.cancelled, day)
    buyer = [
        (
            date_text[i],
            register.number[c] if numbered[i] else "",
            "" if nameless[i] or register.company[c] else register.name[c],
            register.company[c],
            register.email[c],
            register.phone[c],
            "" if nameless[i] else countries[c],
            "Cancelled" if cancelled[i] else "Completed",
            cancelled[i],
        )
        for i, c in enumerate(who)
    ]
    currency = pick(CURRENCIES, sold.currency)
    rest = zip(
        pick(CHANNELS, orders.channel),
        pick(CAMPAIGNS, orders.campaign),
        each(np.where(orders.channel == 2, -1, orders.promised), day),
        each(np.where(orders.channel == 2, -1, orders.delivered), day),
        each(np.where(firm, orders.day + INVOICE_DAYS, -1), day),
        each(orders.paid, day),
        _users(rng, sold),
        _payers(rng, sold),
        strict=True,
    )
    return [((*first, money), last) for first, money, last in zip(buyer, currency, rest, strict=True)]


def _users(rng: np.random.Generator, sold: Sold) -> list[str]:
    """For half of an organisation's orders the member who uses what was bought."""
    register, customer = sold.register, sold.orders.customer
    ends = np.append(register.members_from[1:], len(register.member_number))
    size = (ends - register.members_from)[customer]
    at = register.members_from[customer] + (rng.random(len(customer)) * size).astype(np.int64)
    named = (size > 0) & (rng.random(len(customer)) < 0.5)
    return [register.member_number[i] if is_named else "" for i, is_named in zip(at, named, strict=True)]


def _payers(rng: np.random.Generator, sold: Sold) -> list[str]:
    """A tenth of the organisations are branches, whose orders another organisation pays."""
    firms = np.flatnonzero(sold.crowd.organisation)
    payer = [""] * len(sold.crowd)
    branches = firms[rng.random(len(firms)) < 0.1]
    for branch, head in zip(branches.tolist(), rng.choice(firms, len(branches)).tolist(), strict=True):
        payer[branch] = sold.register.number[head] if head != branch else ""
    return pick(payer, sold.orders.customer)


def _goods(sold: Sold, head: list[tuple[Row, Row]], number: list[str]) -> list[Row]:
    lines, shelf = sold.lines, sold.catalogue
    first = np.flatnonzero(np.append(True, lines.order[1:] != lines.order[:-1]))
    nth = np.arange(len(lines.order)) - np.repeat(first, np.diff(np.append(first, len(lines.order)))) + 1
    sample = lines.sample.tolist()
    columns = zip(
        lines.order.tolist(),
        lines.product.tolist(),
        each(nth, str),
        each(lines.quantity, str),
        each(lines.unit, amount),
        each(lines.discount, amount),
        each(lines.amount, amount),
        sample,
        strict=True,
    )
    return [
        (
            number[o],
            *head[o][0],
            line,
            f"SMP-{shelf.sku[p]}" if free else shelf.sku[p],
            f"Sample {shelf.name[p]}" if free else shelf.name[p],
            "Samples" if free else shelf.category[p],
            shelf.brand[p],
            quantity,
            unit,
            discount,
            total,
            "",
            *head[o][1],
        )
        for o, p, line, quantity, unit, discount, total, free in columns
    ]


def _postage_rows(sold: Sold, head: list[tuple[Row, Row]], number: list[str]) -> list[tuple[int, Row]]:
    paid = np.flatnonzero(sold.postage)
    return [
        (o, (number[o], *head[o][0], "99", "POST", "Postage", "", "", "1", fee, "0,00", fee, "", *head[o][1]))
        for o, fee in zip(paid.tolist(), each(sold.postage[paid], amount), strict=True)
    ]


def _credit_rows(sold: Sold, head: list[tuple[Row, Row]], number: list[str]) -> list[tuple[int, Row]]:
    """Credit notes: a document of their own with a number, a day, negative rows and the order they belong to."""
    notes, lines, shelf, day = sold.credits, sold.lines, sold.catalogue, day_writer(sold.crowd.start)
    out = []
    order = np.argsort(notes.day, kind="stable")
    documents: dict[int, str] = {}
    for i in order.tolist():
        at = int(notes.line[i])
        o, p, when = int(lines.order[at]), int(lines.product[at]), int(notes.day[i])
        document = documents.setdefault(o, f"CN{_FIRST_CREDIT + len(documents)}")
        buyer = head[o][0]
        back = amount(-int(notes.amount[i]))
        quantity = int(notes.quantity[i])
        each_back = amount(round(int(notes.amount[i]) / quantity))
        cells = (str(-quantity), each_back, "0,00", back, number[o], *head[o][1][:2], "", "", "", "", "", "")
        row = (document, f"{day(when)} 12:00", *buyer[1:7], "Refunded", "", buyer[9], "1", shelf.sku[p], shelf.name[p])
        out.append((when, (*row, shelf.category[p], shelf.brand[p], *cells)))
    return out
