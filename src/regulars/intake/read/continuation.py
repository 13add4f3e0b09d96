"""Exports that write an order's head only once: its later rows leave those cells blank, meaning "as above"."""

from __future__ import annotations

from collections.abc import Callable

from regulars.intake.fields import FIELDS
from regulars.intake.open.records import Record
from regulars.intake.recognise.result import RecognisedFile

_HEAD = frozenset(f.name for f in FIELDS["orders"] if f.type != "amount") - {
    "quantity",
    "product_id",
    "product_name",
    "category",
}


def repeat(file: RecognisedFile) -> Callable[[Record], Record]:
    """A function that fills the blank head cells of an order's later rows from its first, row by row.

    Amounts of the order stay where they are, so that nobody adds them up twice.
    """
    at = {title: index for index, title in enumerate(file.titles)}
    columns = file.mapping.columns
    number = at[columns["order_number"]]
    carried = [at[title] for field, title in columns.items() if field in _HEAD and at[title] != number]
    when = at.get(columns.get("ordered_at", ""))
    first: list[str | None] = []

    def change(record: Record) -> Record:
        nonlocal first
        if record.fault:
            return record
        cells = record.cells
        own = cells[number]
        unnamed = own is None and when is not None and cells[when] is None and any(cells)
        if first and (own == first[number] or unnamed) and first[number] is not None:
            filled = list(cells)
            filled[number] = first[number]
            for index in carried:
                if filled[index] is None:
                    filled[index] = first[index]
            return Record(filled)
        first = cells
        return record

    return change
