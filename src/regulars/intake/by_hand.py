"""Tables of which nothing was recognised: shown with their first rows, so that a person can say what is what."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import Any

from regulars.base.errors import RegularsError
from regulars.intake.fields import Kind
from regulars.intake.open.sample import tables

FIRST_ROWS = 10
MOST_TABLES = 20
MOST_COLUMNS = 200

_BUYER = ("customer_ref", "email", "phone", "customer_name", "organisation", "last_name")
_WHO = ("customer_ref", "email", "phone")
NEEDED: Mapping[Kind, tuple[tuple[str, ...], ...]] = {
    "orders": (("ordered_at",), ("order_number", *_BUYER), ("total", "subtotal", "gross", "order_number")),
    "lines": (("order_number", "ordered_at"), ("product_id", "product_name"), ("line_total", "unit_price", "total")),
    "payments": (("order_number",), ("amount",)),
    "refunds": (("order_number",), ("amount",), ("refunded_at",)),
    "customers": (("customer_ref", "email"),),
    "products": (("product_id",),),
    "costs": (("product_id",), ("cost",)),
    "rates": (("day",), ("currency",), ("rate",)),
    "spend": (("source",), ("month",), ("amount",)),
    "contracts": (_WHO, ("from_day",)),
    "consent": (_WHO, ("consent",)),
}
"""What a file of a kind can't be without: of each group one field at least."""


def unknown(paths: Sequence[Path], known: Collection[str]) -> list[dict[str, Any]]:
    """Tables of these files but those whose shown name is known: `{name, titles, first_rows}`.

    A file that can't be opened, and a table without rows, isn't among them: no mapping would help it.
    """
    found: list[dict[str, Any]] = []
    for path in paths:
        try:
            there = tables(path)
        except RegularsError:
            continue
        found += [
            {"name": table.name, "titles": table.layout.titles, "first_rows": table.head[:FIRST_ROWS]}
            for table in there
            if table.name not in known and table.head and len(table.layout.titles) <= MOST_COLUMNS
        ]
    return found[:MOST_TABLES]


def missing(kind: Kind, chosen: Collection[str]) -> list[tuple[str, ...]]:
    """Groups of needed fields of which none is chosen."""
    return [group for group in NEEDED[kind] if not set(group) & set(chosen)]
