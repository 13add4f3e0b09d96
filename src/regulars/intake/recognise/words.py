"""What was recognised, in one plain sentence."""

from __future__ import annotations

from typing import TYPE_CHECKING

from regulars.intake.fields import field_of

if TYPE_CHECKING:
    from regulars.intake.recognise.result import RecognisedFile

KIND_WORDS = {
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


def sentence(file: RecognisedFile) -> str:
    """ "We read about 48,211 rows as order lines; the date is day.month.year; amounts in EUR with decimal comma." """
    mapping = file.mapping
    about = "" if file.exact else "about "
    parts = [f"We read {about}{file.rows_about:,} rows of {file.name} as {KIND_WORDS[file.kind]}"]
    dates = {t: d for f, t in mapping.columns.items() if (d := mapping.dates.get(t)) and field_of(file.kind, f)}
    if dates:
        first = next(iter(dates.values()))
        parts.append(
            f"the date is {first}" if first not in ("excel", "unix", "unix-ms") else f"dates are numbers ({first})"
        )
    if any((spec := field_of(file.kind, f)) and spec.type == "amount" for f in mapping.columns):
        mark = "comma" if mapping.decimal == "," else "point"
        own = (
            "in each row's own currency"
            if "currency" in mapping.columns
            else (f"in {mapping.currency}" if mapping.currency else "in the firm's currency")
        )
        parts.append(f"amounts {own} with decimal {mark}")
    return "; ".join(parts) + "."
