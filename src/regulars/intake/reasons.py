"""Why assembly set a row aside: one text for all rows of a reason, and the row's own with its cure."""

from __future__ import annotations

from collections.abc import Mapping

from regulars.base.words import told

TEXTS: Mapping[str, tuple[str, str]] = told(
    {
        "too_large": (
            "The amount or quantity is too large to be meant",
            "An amount or quantity in this row is a thousand billions or more. Correct it, then import this file.",
        ),
        "no_rate": (
            "No exchange rate is known for the currency on that day",
            "No exchange rate is known for {detail} or the month before. Import rates (--kind rates), then this file.",
        ),
        "no_order": (
            "The order that the row belongs to is missing",
            "There is no order {detail} in this import. Import the file with the orders together with this one.",
        ),
        "no_such_order": (
            "The order that was refunded is not known",
            "There is no order {detail} to take this back from. Import the orders first, then this file.",
        ),
        "no_amount": (
            "The order has no amount",
            "Order {detail} has no amount in any of the files. Add one, or import its lines together with it.",
        ),
        "nothing_to_take_back": (
            "It takes back goods or money, but no earlier order of the customer fits",
            "This takes something back, but no earlier order of this customer fits. Import the earlier orders, then "
            "this file; or name the order in a column original_invoice.",
        ),
        "waits": (
            "Another line of the same order can't be used",
            "Another line of order {detail} can't be used, and an order comes in whole. Mend that line, then import "
            "this file.",
        ),
        "cut_off": (
            "The file's last line has no line end and may have been cut off there",
            "The file ends in this row without a line end, so it may be cut off. If it is whole, import this file.",
        ),
        "no_key": (
            "Nothing says which customer it is",
            "There is no customer number, e-mail address or telephone number in this row. Add one, then import this "
            "file.",
        ),
        "forgotten": (
            "It belongs to somebody who was forgotten",
            "It belongs to somebody who asked to be forgotten, so it isn't kept anywhere. There is nothing to mend: "
            "what they order from now on is taken in.",
        ),
        "ends_before_it_begins": (
            "The contract ends before it begins",
            "The contract ends before it begins. Correct one of its two days, then import this file.",
        ),
        "unknown_purpose": (
            "What was agreed to isn't known here",
            "'{detail}' is no purpose: there are marketing, surveys and profiling. Correct it, then import this file.",
        ),
        "unknown_channel": (
            "The channel isn't known here",
            "'{detail}' is no channel: there are email, sms, phone, post, push, messenger, ads and any. Correct it, "
            "then import this file.",
        ),
        "every_channel": (
            "Consent to marketing over every channel at once",
            "Consent to marketing is given channel by channel. Make a row of each, then import this file.",
        ),
        "no_product": (
            "The product number is missing",
            "There is no product number. Add one, then import this file.",
        ),
        "bad_rate": (
            "The exchange rate is not above zero, or its currency is missing",
            "A rate needs a currency, a day and a number above zero. Correct it, then import this file.",
        ),
        "other_currency": (
            "The rate is between two foreign currencies",
            "The rate leads to {detail}, which is not the firm's currency. Give rates in the firm's currency.",
        ),
        "incomplete": (
            "A value that the row can't do without is missing",
            "The row lacks {detail}. Add it, then import this file.",
        ),
    }
)


def group_text(code: str) -> str:
    """What all rows with this code have in common."""
    return TEXTS[code][0]


def row_text(code: str, detail: str | None) -> str:
    """The reason as it stands beside the row; `detail` is the order, the currency and day, or the missing field."""
    return TEXTS[code][1].replace(" {detail}", f" {detail}" if detail else "").replace("{detail}", detail or "")
