"""Kinds of file and their fields, with types and meanings.

`essential` fields decide whether a row can be used: a cell there that can't be read sets the row aside. A cell of
any other field that can't be read is left empty and counted.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

Kind = Literal[
    "orders", "lines", "payments", "refunds", "customers", "products", "costs", "rates", "spend", "contracts", "consent"
]
Type = Literal[
    "text", "key", "amount", "number", "instant", "day", "truth", "email", "phone", "country", "currency", "status"
]

SQL_TYPES: Mapping[Type, str] = MappingProxyType(
    {
        "text": "VARCHAR",
        "key": "VARCHAR",
        "amount": "DECIMAL(38,6)",
        "number": "DOUBLE",
        "instant": "TIMESTAMPTZ",
        "day": "DATE",
        "truth": "BOOLEAN",
        "email": "VARCHAR",
        "phone": "VARCHAR",
        "country": "VARCHAR",
        "currency": "VARCHAR",
        "status": "VARCHAR",
    }
)


@dataclass(frozen=True, slots=True)
class Field:
    """One thing that a column can mean."""

    name: str
    type: Type
    meaning: str
    example: str
    essential: bool = False


def _field(name: str, type_: Type, meaning: str, example: str, *, essential: bool = False) -> Field:
    return Field(name, type_, meaning, example, essential)


_BUYER = (
    _field("customer_ref", "key", "the shop's own number or name for the customer", "C-1042"),
    _field("email", "email", "e-mail address; lower case, trimmed", "anna@example.com"),
    _field("phone", "phone", "telephone number; international form where the country is known", "+3725551234"),
    _field("customer_name", "text", "name of the person", "Anna Tamm"),
    _field("first_name", "text", "given name, joined with the last name", "Anna"),
    _field("last_name", "text", "family name", "Tamm"),
    _field("organisation", "text", "company the buyer belongs to", "Kohvik OÜ"),
    _field("country", "country", "country of the buyer; two letters (ISO 3166)", "EE"),
    _field("region", "text", "state, county or province", "Harjumaa"),
    _field("city", "text", "town", "Tallinn"),
    _field("postcode", "text", "postal code", "10111"),
)

_ORDER_HEAD = (
    _field("order_number", "key", "the order's or invoice's number", "#1001"),
    _field("ordered_at", "instant", "when the order was placed", "2024-03-05 14:30", essential=True),
    *_BUYER,
    _field("user_ref", "key", "the one who uses what was bought, where it isn't the buyer", "C-77"),
    _field("payer_ref", "key", "the one who pays, where it isn't the buyer", "ACME"),
    _field("currency", "currency", "currency of the amounts; three letters (ISO 4217)", "EUR"),
    _field(
        "total",
        "amount",
        "the whole order: after discount, with tax and postage; refunds not out",
        "61.40",
        essential=True,
    ),
    _field("subtotal", "amount", "goods after discount, before postage", "54.50", essential=True),
    _field("gross", "amount", "goods before discount", "60.50", essential=True),
    _field("discount", "amount", "discount on the order (either sign)", "6.00"),
    _field("tax", "amount", "tax in (or on) the order", "10.15"),
    _field("shipping", "amount", "postage and delivery fees", "6.90"),
    _field("refunded", "amount", "what was given back of this order so far (either sign)", "12.00"),
    _field("cost", "amount", "what the goods cost the firm", "31.20"),
    _field("status", "status", "placed, cancelled, refunded, test, unpaid or other", "paid"),
    _field("fulfillment_status", "text", "state of delivery, as the shop says it", "fulfilled"),
    _field("cancelled_at", "instant", "when the order was cancelled", "2024-03-06"),
    _field("refunded_at", "instant", "when money was given back", "2024-03-20"),
    _field("original_invoice", "key", "number of the order that this row cancels or refunds", "1001"),
    _field("is_test", "truth", "a test order", "no"),
    _field("channel", "text", "where it was sold: web, till, phone, ...", "web"),
    _field("campaign", "text", "campaign or discount code", "SPRING10"),
    _field("source", "text", "where the customer came from", "google / cpc"),
    _field("promised_at", "instant", "when delivery was promised", "2024-03-08"),
    _field("delivered_at", "instant", "when it was delivered", "2024-03-07 11:20"),
    _field("due_at", "instant", "when payment was due", "2024-03-19"),
    _field("paid_at", "instant", "when it was paid", "2024-03-05 14:31"),
    _field("consent", "truth", "agreed to receive marketing", "yes"),
)

_LINE = (
    _field("line_number", "key", "the line's number within its order", "1"),
    _field("product_id", "key", "product number or SKU", "CF-250"),
    _field("product_name", "text", "name of the product", "Coffee 250 g"),
    _field("category", "text", "category of the product", "Coffee"),
    _field("brand", "text", "brand or maker", "Paulig"),
    _field("quantity", "number", "how many; negative for goods sent back", "2", essential=True),
    _field("unit_price", "amount", "price of one, before line discount", "12.50", essential=True),
    _field("line_total", "amount", "the line as charged, after its discount", "25.00", essential=True),
    _field("line_discount", "amount", "discount on the line (either sign)", "0.00"),
    _field("line_cost", "amount", "what the line's goods cost the firm", "14.10"),
    _field("is_sample", "truth", "a free sample", "no"),
    _field("is_fee", "truth", "postage or a fee, not goods", "no"),
)

PER_LINE = ("shipping", "tax", "discount", "cost", "refunded")
"""Amounts of an order that a file of lines may give line by line."""

FIELDS: Mapping[Kind, tuple[Field, ...]] = MappingProxyType(
    {
        "orders": (
            *_ORDER_HEAD,
            _field("quantity", "number", "how many pieces", "3"),
            _field("product_id", "key", "product, where an order has one", "CF-250"),
            _field("product_name", "text", "name of the product", "Coffee 250 g"),
            _field("category", "text", "category of the product", "Coffee"),
            _field("birth_date", "day", "date of birth of the buyer", "1984-05-17"),
        ),
        "lines": (*_ORDER_HEAD, *_LINE, _field("birth_date", "day", "date of birth of the buyer", "1984-05-17")),
        "payments": (
            _field("order_number", "key", "the order that was paid", "#1001", essential=True),
            _field("amount", "amount", "what was paid; negative when paid back", "61.40", essential=True),
            _field("currency", "currency", "currency of the amount", "EUR"),
            _field("paid_at", "instant", "when", "2024-03-05 14:31"),
            _field("method", "text", "card, invoice, voucher, ...", "card"),
            _field("status", "status", "succeeded, failed, refunded, ...", "paid"),
            *_BUYER[:3],
        ),
        "refunds": (
            _field("order_number", "key", "the order that was refunded", "#1001", essential=True),
            _field("amount", "amount", "what was given back (either sign)", "12.00", essential=True),
            _field("currency", "currency", "currency of the amount", "EUR"),
            _field("refunded_at", "instant", "when", "2024-03-20", essential=True),
            _field("product_id", "key", "what was sent back", "CF-250"),
            _field("quantity", "number", "how many were sent back", "1"),
            _field("reason", "text", "why", "damaged"),
            *_BUYER[:3],
        ),
        "customers": (
            *_BUYER,
            _field("person_ref", "key", "the person behind several customer numbers, where the file says so", "u-77"),
            _field("birth_date", "day", "date of birth", "1984-05-17"),
            _field("consent", "truth", "agreed to receive marketing", "yes"),
            _field("consent_at", "instant", "when they agreed", "2024-01-02"),
            _field("customer_kind", "text", "person or organisation", "person"),
            _field("language", "text", "language they speak", "et"),
            _field("created_at", "instant", "when the customer was first known", "2023-11-30"),
            _field("source", "text", "where the customer came from", "newsletter"),
            _field("tags", "text", "the shop's own labels", "VIP"),
        ),
        "products": (
            _field("product_id", "key", "product number or SKU", "CF-250", essential=True),
            _field("product_name", "text", "name", "Coffee 250 g"),
            _field("category", "text", "category", "Coffee"),
            _field("brand", "text", "brand or maker", "Paulig"),
            _field("durable", "truth", "bought once in years", "no"),
            _field("cycle_days", "number", "days until it is usually bought again", "30"),
            _field("cost", "amount", "what one costs the firm", "7.05"),
            _field("unit_price", "amount", "price of one", "12.50"),
            _field("currency", "currency", "currency of cost and price", "EUR"),
        ),
        "costs": (
            _field("product_id", "key", "product number or SKU", "CF-250", essential=True),
            _field("from_day", "day", "the cost holds from this day on; empty: always", "2024-01-01", essential=True),
            _field("cost", "amount", "what one costs the firm", "7.05", essential=True),
            _field("currency", "currency", "currency of the cost", "EUR"),
        ),
        "rates": (
            _field("day", "day", "the rate's day", "2024-03-05", essential=True),
            _field("currency", "currency", "the foreign currency", "SEK", essential=True),
            _field("to_currency", "currency", "the firm's currency", "EUR"),
            _field("rate", "number", "units of the firm's currency for one of the foreign", "0.0893", essential=True),
        ),
        "spend": (
            _field("source", "text", "where the money was spent", "google / cpc", essential=True),
            _field("month", "day", "any day of the month", "2024-03", essential=True),
            _field("amount", "amount", "what was spent", "1250.00", essential=True),
            _field("currency", "currency", "currency of the amount", "EUR"),
            _field("purpose", "text", "win (new customers) or keep", "win"),
        ),
        "contracts": (
            _field("contract_number", "key", "the contract's or subscription's number", "S-2044"),
            *_BUYER[:3],
            _field("from_day", "day", "the first day of the contract, or of its term", "2024-01-01", essential=True),
            _field("until_day", "day", "its last day; empty: it goes on", "2024-12-31"),
            _field("cancelled_on", "day", "the day on which it was cancelled", "2024-11-02"),
            _field("product_id", "key", "what it is for", "GYM-PLUS"),
        ),
        "consent": (
            *_BUYER[:3],
            _field("consent", "truth", "agreed (yes) or refused (no)", "yes", essential=True),
            _field("purpose", "text", "to what: marketing, surveys or profiling; empty: marketing", "marketing"),
            _field("topic", "text", "about what; empty: everything", "new arrivals"),
            _field("channel", "text", "over what: email, sms, phone, post, push, messenger, ads, any", "email"),
            _field("consent_at", "instant", "when they said it", "2024-01-02 10:15"),
            _field("consent_until", "day", "the day on which it ends", "2026-01-02"),
            _field("wording", "text", "version of the text they saw", "web-2024-01"),
            _field("source", "text", "how they said it", "web form"),
        ),
    }
)
KINDS: tuple[Kind, ...] = tuple(FIELDS)

DERIVED: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "ordered_at": ("day", "DATE"),
        "refunded_at": ("refunded_day", "DATE"),
        "cancelled_at": ("cancelled_day", "DATE"),
        "paid_at": ("paid_day", "DATE"),
        "status": ("status_text", "VARCHAR"),
    }
)
"""Columns that reading adds beside a field: the firm's local day of an instant, the file's own word for a status."""


def field_of(kind: Kind, name: str) -> Field | None:
    """The field `name` of `kind`, or None."""
    return _BY_NAME[kind].get(name)


def sql_type(kind: Kind, name: str) -> str:
    """DuckDB's type of a field (or of a derived column) in staged files."""
    field = field_of(kind, name)
    if field is not None:
        return SQL_TYPES[field.type]
    return next(type_ for column, type_ in DERIVED.values() if column == name)


def staged_columns(kind: Kind) -> dict[str, str]:
    """Every column a staged relation of `kind` has, `row` first: name -> DuckDB type."""
    columns = {"row": "BIGINT"}
    for field in FIELDS[kind]:
        columns[field.name] = SQL_TYPES[field.type]
        if field.name in DERIVED:
            derived, type_ = DERIVED[field.name]
            columns[derived] = type_
    return columns


_BY_NAME: dict[Kind, dict[str, Field]] = {kind: {f.name: f for f in fields} for kind, fields in FIELDS.items()}
