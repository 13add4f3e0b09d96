"""What was recognised, in one plain sentence."""

from __future__ import annotations

from typing import TYPE_CHECKING

from regulars.base.words import noted, told
from regulars.intake.fields import field_of

if TYPE_CHECKING:
    from regulars.intake.recognise.result import RecognisedFile

KIND_WORDS = told(
    {
        "orders": "orders",
        "lines": "order lines",
        "payments": "payments",
        "refunds": "refunds",
        "customers": "customers",
        "products": "products",
        "costs": "costs of products",
        "rates": "exchange rates",
        "spend": "acquisition spend",
        "contracts": "contracts",
        "consent": "consent",
    }
)
DATE_FORMS = (
    *(noted("day{one}month{other}year"), noted("month{one}day{other}year"), noted("year{one}month{other}day")),
    *(noted("year{one}month"), noted("month{one}year")),
)
"""How `values.dates` writes an order of dates, with the signs between its parts."""


def sentence(file: RecognisedFile) -> str:
    """ "We read about 48,211 rows as order lines; the date is day.month.year; amounts in EUR with decimal comma." """
    mapping = file.mapping
    kind = KIND_WORDS[file.kind]
    parts = [
        told(
            f"We read {file.rows_about:,} rows of {file.name} as {told(kind)}"
            if file.exact
            else f"We read about {file.rows_about:,} rows of {file.name} as {told(kind)}"
        )
    ]
    dates = {t: d for f, t in mapping.columns.items() if (d := mapping.dates.get(t)) and field_of(file.kind, f)}
    if dates:
        first = next(iter(dates.values()))
        parts.append(
            told(
                f"dates are numbers ({first})"
                if first in ("excel", "unix", "unix-ms")
                else f"the date is {told(first)}"
            )
        )
    if any((spec := field_of(file.kind, f)) and spec.type == "amount" for f in mapping.columns):
        own = told(
            "in each row's own currency"
            if "currency" in mapping.columns
            else f"in {mapping.currency}"
            if mapping.currency
            else "in the firm's currency"
        )
        comma = mapping.decimal == ","
        parts.append(
            told(f"amounts {told(own)} with decimal comma" if comma else f"amounts {told(own)} with decimal point")
        )
    match parts:
        case [first, second, third]:
            return told(f"{told(first)}; {told(second)}; {told(third)}.")
        case [first, second]:
            return told(f"{told(first)}; {told(second)}.")
        case _:
            return f"{parts[0]}."
