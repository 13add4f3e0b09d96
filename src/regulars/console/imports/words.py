"""Plain names for kinds of file and for what a column can mean; for states, and what became of rows."""

from __future__ import annotations

from collections.abc import Mapping

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy
from django.utils.translation import ngettext

from regulars.base.words import grouped
from regulars.intake.models import Import, Upload
from regulars.report.formats import plain

KINDS: Mapping[str, Promise] = {
    "orders": lazy("Orders"),
    "lines": lazy("Order lines"),
    "payments": lazy("Payments"),
    "refunds": lazy("Refunds"),
    "customers": lazy("Customers"),
    "products": lazy("Products"),
    "costs": lazy("Costs of products"),
    "rates": lazy("Exchange rates"),
    "spend": lazy("Advertising spend"),
    "contracts": lazy("Contracts"),
    "consent": lazy("Consent"),
    "sales": lazy("Orders with their parts"),
}
FIELDS: Mapping[str, Promise] = {
    "order_number": lazy("Order number"),
    "ordered_at": lazy("Date of the order"),
    "customer_ref": lazy("Customer number"),
    "email": lazy("E-mail"),
    "phone": lazy("Telephone"),
    "customer_name": lazy("Customer's name"),
    "first_name": lazy("First name"),
    "last_name": lazy("Last name"),
    "organisation": lazy("Company"),
    "country": lazy("Country"),
    "region": lazy("Region"),
    "city": lazy("Town"),
    "postcode": lazy("Postal code"),
    "user_ref": lazy("Who uses it"),
    "payer_ref": lazy("Who pays"),
    "currency": lazy("Currency"),
    "total": lazy("Total paid"),
    "subtotal": lazy("Goods after discount"),
    "gross": lazy("Goods before discount"),
    "discount": lazy("Discount"),
    "tax": lazy("Tax"),
    "shipping": lazy("Postage"),
    "refunded": lazy("Refunded so far"),
    "cost": lazy("Cost"),
    "status": lazy("Status"),
    "fulfillment_status": lazy("State of delivery"),
    "cancelled_at": lazy("Cancelled on"),
    "refunded_at": lazy("Refunded on"),
    "original_invoice": lazy("Order that this takes back"),
    "is_test": lazy("Test order"),
    "channel": lazy("Channel"),
    "campaign": lazy("Campaign"),
    "source": lazy("Source"),
    "promised_at": lazy("Promised for"),
    "delivered_at": lazy("Delivered on"),
    "due_at": lazy("Payment due"),
    "paid_at": lazy("Paid on"),
    "consent": lazy("Agreed to marketing"),
    "line_number": lazy("Line number"),
    "product_id": lazy("Product number"),
    "product_name": lazy("Product"),
    "category": lazy("Category"),
    "brand": lazy("Brand"),
    "quantity": lazy("Quantity"),
    "unit_price": lazy("Price of one"),
    "line_total": lazy("Total of the line"),
    "line_discount": lazy("Discount on the line"),
    "line_cost": lazy("Cost of the line"),
    "is_sample": lazy("Free sample"),
    "is_fee": lazy("Fee, not goods"),
    "birth_date": lazy("Date of birth"),
    "amount": lazy("Amount"),
    "method": lazy("Way of payment"),
    "reason": lazy("Reason"),
    "person_ref": lazy("Person behind the number"),
    "consent_at": lazy("Agreed on"),
    "customer_kind": lazy("Person or company"),
    "language": lazy("Language"),
    "created_at": lazy("Customer since"),
    "tags": lazy("Tags"),
    "durable": lazy("Bought once in years"),
    "cycle_days": lazy("Days until bought again"),
    "from_day": lazy("From"),
    "until_day": lazy("Until"),
    "day": lazy("Day"),
    "to_currency": lazy("Into currency"),
    "rate": lazy("Rate"),
    "month": lazy("Month"),
    "purpose": lazy("Purpose"),
    "contract_number": lazy("Contract number"),
    "cancelled_on": lazy("Cancelled on"),
    "topic": lazy("Topic"),
    "consent_until": lazy("Agreed until"),
    "wording": lazy("Wording they saw"),
}
PERSONAL = frozenset(
    [
        "email",
        "phone",
        "customer_name",
        "first_name",
        "last_name",
        "organisation",
        "city",
        "postcode",
        "birth_date",
        "customer_ref",
    ]
)
"""Fields that only those who may see contact data see in rows of files."""
DATE_ORDERS: Mapping[str, Promise] = {
    "day.month.year": lazy("day, month, year"),
    "month/day/year": lazy("month, day, year"),
    "year-month-day": lazy("year, month, day"),
    "excel": lazy("Excel's day numbers"),
    "unix": lazy("seconds since 1970"),
}
STATES: Mapping[str, Promise] = {
    Upload.State.WAITING: lazy("waiting to be looked at"),
    Upload.State.LOOKING: lazy("being looked at"),
    Upload.State.FOUND: lazy("waits for your word"),
    Upload.State.QUEUED: lazy("waiting to be imported"),
    Upload.State.RUNNING: lazy("being imported"),
    Upload.State.DONE: lazy("imported"),
    Upload.State.FAILED: lazy("didn't work"),
}
IMPORT_STATES: Mapping[str, Promise] = {
    Import.State.RUNNING: lazy("under way"),
    Import.State.DONE: lazy("done"),
    Import.State.FAILED: lazy("didn't work"),
    Import.State.UNDOING: lazy("being undone"),
    Import.State.UNDONE: lazy("undone"),
}


def kind(name: str) -> str:
    """What a kind of file is called."""
    return str(KINDS.get(name, name))


def field(name: str) -> str:
    """What a field is called."""
    return str(FIELDS.get(name, name.replace("_", " ")))


def rows(number: int) -> str:
    """4 rows."""
    return ngettext("%(n)s row", "%(n)s rows", number) % {"n": grouped(number)}


def size(number: int) -> str:
    """3.4 MB."""
    if number < 1_000_000:
        return _("%(n)s kB") % {"n": plain(max(number / 1000, 0.1), 1)}
    return _("%(n)s MB") % {"n": plain(number / 1_000_000, 1)}
