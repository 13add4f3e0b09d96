"""What goes through the stream, as pure values: who sent it, one item, one refusal, one answer, a word on an order."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

import msgspec

Outcome = Literal["accepted", "duplicate", "conflict", "refused"]


class Source(msgspec.Struct, frozen=True):
    """Who sent something."""

    key_id: int | None
    """The API key; None for a shop's webhook."""
    name: str
    shop: str
    """Whose customer ids and order numbers it speaks of."""
    trusted: bool
    """A server of the firm (scope `write`, or a verified webhook); a public key is not."""
    channel: str
    """segment | api | shopify | woocommerce | browser"""


class Item(msgspec.Struct, frozen=True):
    """One thing that came in, checked and normalised."""

    message_id: str
    kind: str
    """track | page | screen | identify | group | alias; "order" for a notice of a shop's webhook"""
    name: str
    """The event's name, as in "Order Completed"; the kind for what isn't an event."""
    user_id: str | None
    """The shop's own customer id."""
    anonymous_id: str | None
    previous_id: str | None
    """Of an alias: the id that was used before."""
    group_id: str | None
    occurred_at: datetime
    """By the sender's clock, corrected by what that clock said when it sent. UTC."""
    received_at: datetime
    bot: bool
    body: dict[str, Any]
    """Properties or traits, and a part of the context, as given."""


class Refused(msgspec.Struct, frozen=True):
    """An item that can't be used."""

    raw: Any
    """As it came, as far as it could be read as JSON; text otherwise."""
    code: str
    """For programs, as in "no_user"."""
    reason: str
    """For people: what is wrong, and what would be right."""
    message_id: str | None = None


class Answer(msgspec.Struct, frozen=True):
    """What became of an item."""

    outcome: Outcome
    message_id: str | None
    code: str = ""
    reason: str = ""


class OrderNotice(msgspec.Struct, frozen=True, omit_defaults=True):
    """One word about one order, from an event, a resource or a webhook."""

    message_id: str
    shop: str
    number: str
    """The shop's own number of the order."""
    what: str
    """placed | updated | refunded | cancelled | snapshot (its whole state, as of `at`)"""
    at: datetime
    trusted: bool
    user_id: str | None
    anonymous_id: str | None
    email: str | None
    phone: str | None
    content: dict[str, Any]
    received_at: datetime | None = None
    """By our clock; of a public key's, by which is known who told first. None: not needed, or not received yet."""
