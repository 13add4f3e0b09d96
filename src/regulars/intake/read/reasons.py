"""Why a row was set aside, in plain words: the row, the value, what was expected, what to do."""

from __future__ import annotations

from collections.abc import Mapping as Map
from collections.abc import Sequence

from regulars.base.words import told
from regulars.intake.read.columns import Column
from regulars.intake.values import dates
from regulars.intake.values.dates import DateForm, day_of

_FAULTS = told(
    {
        "too_many_cells": "has {n} cells where the titles have {width}. "
        "A {delimiter} inside a text needs quotation marks around the text",
        "too_few_cells": "has {n} cell where the titles have {width}. "
        "Check what separates its cells: the other rows use a {delimiter}",
        "unclosed_quote": "has a quotation mark that doesn't match. "
        'Remove it, or write it twice ("") inside a quoted text',
        "too_long": "is longer than 64 million letters, so it can't be one row. Check where its line should end",
        "broken_json": "isn't whole JSON. Check its brackets and quotation marks",
        "not_an_object": "isn't a JSON object with named fields",
    }
)
_DELIMITERS = told({",": "comma", ";": "semicolon", "\t": "tab", "|": "bar (|)", " ": "space"})
_MISSING = told(
    {
        "ordered_at": "has no date",
        "total": "has no amount",
        "line_total": "has no amount",
        "unit_price": "has no amount",
        "subtotal": "has no amount",
        "gross": "has no amount",
        "amount": "has no amount",
        "customer_ref": "says nothing of who the customer is",
        "email": "says nothing of who the customer is",
        "phone": "says nothing of who the customer is",
    }
)


class Reasons:
    """Words for problems; `failed` counts the rows set aside by (code, column), `rows` are all."""

    def __init__(
        self, columns: Sequence[Column], decimal: str, rows: int, failed: Map[str, int], width: int, delimiter: str
    ) -> None:
        self._columns = {c.field.name: c for c in columns}
        self._order = [c.field.name for c in columns]
        self._decimal = decimal
        self._rows = rows
        self._failed = failed
        self._width = width
        self._delimiter = _DELIMITERS.get(delimiter, f"'{delimiter}'")

    def explain(self, row: int, problem: str, cells: Sequence[str | None]) -> tuple[str, str, str]:
        """(column's title, code, sentence) of one row's problem; `cells` are the mapped columns' in order."""
        what, _, rest = problem.partition(":")
        if what == "fault":
            return self._fault(row, rest)
        if what == "empty":
            return "", "empty", told(f"Row {row} is empty.")
        if self._is_titles(cells):
            return "", "titles_again", told(f"Row {row} repeats the titles; it isn't data.")
        column = self._columns[rest]
        cell = cells[self._order.index(rest)]
        if what == "missing":
            words = _MISSING.get(rest) or told(f"has nothing in '{column.title}'")
            return (
                column.title,
                f"missing_{rest}",
                told(f"Row {row} {told(words)} ('{column.title}' is empty). Fill it in and import it again."),
            )
        if what == "long":
            return (
                column.title,
                "too_long",
                told(f"Row {row} has more than 500 letters in '{column.title}', too many for a number or name."),
            )
        return self._unreadable(row, column, " ".join((cell or "").split()), problem)

    def _unreadable(self, row: int, column: Column, cell: str, problem: str) -> tuple[str, str, str]:
        good = self._rows - sum(n for p, n in self._failed.items() if p == problem)
        others = told(
            f"The other {good:,} rows read well so;" if good > self._rows / 2 else f"{good:,} rows read well so;"
        )
        shown = cell if len(cell) <= 60 else cell[:57] + "..."
        if column.form is not None:
            code, what = "not_a_date", told(f"is {told(_date_words(cell, column.form))}")
            cure = told("fix the row or pick another order")
        elif column.field.type == "amount":
            code, cure = "not_an_amount", told("fix the row or pick another decimal mark")
            what = told(
                "is not an amount with decimal comma" if self._decimal == "," else "is not an amount with decimal point"
            )
        elif column.field.type == "number":
            code, what, cure = "not_a_number", told(f"in '{column.title}' is not a number"), told("fix the row")
        else:
            name = column.field.name
            code, cure = f"not_{name}", "fix the row"
            what = told(f"in '{column.title}' is no {name.replace('_', ' ')}")
        return column.title, code, told(f"Row {row}: '{shown}' {told(what)}. {told(others)} {told(cure)}.")

    def _fault(self, row: int, fault: str) -> tuple[str, str, str]:
        code, _, count = fault.partition(":")
        words = _FAULTS.get(code, told("can't be read")).format(n=count, width=self._width, delimiter=self._delimiter)
        return "", code, told(f"Row {row} {told(words)}.")

    def _is_titles(self, cells: Sequence[str | None]) -> bool:
        filled = [
            (self._columns[n].title, c.strip()) for n, c in zip(self._order, cells, strict=True) if c and c.strip()
        ]
        return len(filled) >= 2 and all(title == cell for title, cell in filled)


def _date_words(cell: str, form: DateForm) -> str:
    if form.text == "excel":
        return told("not a date as Excel counts days")
    if form.text in ("unix", "unix-ms"):
        return told("not a time counted from 1970")
    swapped = dates.other_order(form.order)
    if len(form.order) == 3 and swapped != form.order and day_of(cell, swapped) is not None:
        other = dates.written(swapped, form.separator)
        return told(f"not a date in {told(form.text)} (it would be one in {told(other)})")
    return told(f"not a date in {told(form.text)}")
