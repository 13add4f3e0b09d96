"""What is known of an order from everything that was ever said of it: a pure fold, whatever arrived first or twice.

Notices are put in order of their own times (then of `RANKS`, then of message id), so a cancellation that comes in
before its order, or an update before the order itself, ends the same. See docs/stream.md for the rules in words.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import msgspec

from regulars.stream.items import OrderNotice

RANKS = {"placed": 0, "updated": 1, "snapshot": 2, "refunded": 3, "cancelled": 4}
"""Kinds of notice, in the order in which those of one moment count."""
TELLING = frozenset({"placed", "updated", "snapshot"})
"""Kinds that tell what the order is; the others only what became of it."""
_PUBLIC = frozenset({"placed", "updated"})
_ASIDE = frozenset({"refunds", "cancelled_at", "ordered_at"})
"""Parts of a content that have a place of their own in the state."""
_LAST = datetime.max.replace(tzinfo=UTC)
OUR_TIME = range(1901, 2200)
"""Years of moments; as resources take them."""
_SIZES = range(-60, 15)
"""Powers of ten of amounts: what is larger, or smaller, is none, and too much for arithmetic."""


class Refund(msgspec.Struct, frozen=True):
    """Money given back."""

    id: str
    """The shop's number for it; the message's where it has none."""
    at: datetime
    amount: str | None
    """In major units of its currency; None: all that is left."""
    currency: str | None


class OrderState(msgspec.Struct, frozen=True):
    """An order, as far as it is known."""

    told: bool
    """Somebody said what it is; without that there are only refunds or a cancellation, of an order known elsewhere."""
    trusted: bool
    ordered_at: datetime | None
    cancelled_at: datetime | None
    user_id: str | None
    anonymous_id: str | None
    email: str | None
    phone: str | None
    content: dict[str, Any]
    """The last thing told of each field (docs/stream.md, "What a notice holds")."""
    refunds: tuple[Refund, ...]
    """By time, then id."""


def fold(notices: Iterable[OrderNotice]) -> OrderState | None:
    """The state of one order (all notices have its shop and number); None where nothing said of it is believed.

    Any permutation and any repetition of the same notices gives the same.
    """
    heard = believed(_once(notices))
    if not heard:
        return None
    content: dict[str, Any] = {}
    refunds: dict[str, Refund] = {}
    cancelled_at: datetime | None = None
    for notice in heard:
        if notice.what in TELLING:
            content |= {name: value for name, value in notice.content.items() if name not in _ASIDE}
            if "refunds" in notice.content:
                refunds = {one.id: one for one in _listed(notice, refunds)}
            if "cancelled_at" in notice.content:
                cancelled_at = moment(notice.content["cancelled_at"])
        elif notice.what == "refunded":
            one = _refund(notice.content, notice, refunds)
            refunds[one.id] = one
        else:
            cancelled_at = min(cancelled_at or notice.at, notice.at)
    return OrderState(
        told=any(notice.what in TELLING for notice in heard),
        trusted=any(notice.trusted for notice in heard),
        ordered_at=_ordered_at(heard),
        cancelled_at=cancelled_at,
        user_id=_last(heard, "user_id"),
        anonymous_id=_last(heard, "anonymous_id"),
        email=_last(heard, "email"),
        phone=_last(heard, "phone"),
        content=content,
        refunds=tuple(sorted(refunds.values(), key=lambda one: (one.at, one.id))),
    )


def believed(notices: Sequence[OrderNotice]) -> list[OrderNotice]:
    """Those that count, in order.

    Of a public key (which may stand in a browser) only what an order is counts, only as long as no trusted source told
    that, and only from whoever told it first, by our clock, as anybody may claim any moment; never that it was refunded
    or cancelled.
    """
    trusted = [one for one in notices if one.trusted]
    told = any(one.what in TELLING for one in trusted)
    public = [] if told else [one for one in notices if not one.trusted and one.what in _PUBLIC]
    if public:
        first = _sender(min(public, key=lambda one: (one.received_at or _LAST, _key(one))))
        public = [one for one in public if _sender(one) == first]
    return sorted([*trusted, *public], key=_key)


def _once(notices: Iterable[OrderNotice]) -> list[OrderNotice]:
    """In order; of several with one message id the first."""
    found: dict[tuple[str, bool], OrderNotice] = {}
    for one in sorted(notices, key=_key):
        found.setdefault((one.message_id, one.trusted), one)
    return list(found.values())


def _key(notice: OrderNotice) -> tuple[datetime, int, str, bytes]:
    same = msgspec.json.encode(notice, order="deterministic")
    return (notice.at, RANKS[notice.what], notice.message_id, same)


def _sender(notice: OrderNotice) -> tuple[str | None, str | None]:
    return (notice.user_id, None) if notice.user_id is not None else (None, notice.anonymous_id)


def _ordered_at(heard: Sequence[OrderNotice]) -> datetime | None:
    """What the last one who named a moment said; else when it was placed first, else when it was first told of."""
    said = [moment(one.content["ordered_at"]) for one in heard if one.what in TELLING and "ordered_at" in one.content]
    named = [one for one in said if one is not None]
    if named:
        return named[-1]
    placed = [one.at for one in heard if one.what == "placed"] or [one.at for one in heard if one.what in TELLING]
    return min(placed, default=None)


def _last(heard: Sequence[OrderNotice], name: str) -> str | None:
    said = [value for one in heard if (value := getattr(one, name))]
    return said[-1] if said else None


def _listed(notice: OrderNotice, known: Mapping[str, Refund]) -> list[Refund]:
    given = notice.content["refunds"]
    return [_refund(one, notice, known) for one in given if isinstance(one, dict)] if isinstance(given, list) else []


def _refund(said: dict[str, Any], notice: OrderNotice, known: Mapping[str, Refund]) -> Refund:
    """One that names no moment was given back when it was first told of."""
    number = str(said.get("id") or notice.message_id)
    first = known[number].at if number in known and notice.what in TELLING else notice.at
    found = amount(said.get("amount"))
    return Refund(
        id=number,
        at=moment(said.get("at")) or first,
        amount=None if found is None else str(abs(found)),
        currency=said.get("currency") or None,
    )


def amount(value: Any) -> Decimal | None:
    """A number of JSON, or a text of digits with a decimal point, exactly; None for what is none."""
    if isinstance(value, bool) or not isinstance(value, int | float | str | Decimal):
        return None
    try:
        found = Decimal(str(value).strip())
    except (ArithmeticError, ValueError):
        return None
    # By its exponent alone: even the absolute value of a number that is large enough raises an error.
    return found if found.is_finite() and found.adjusted() in _SIZES else None


def moment(value: Any) -> datetime | None:
    """An instant of ISO 8601 (UTC where it names no zone); None for what is none, or none of our time: at the ends of
    the calendar there is no other zone's day to be had."""
    if isinstance(value, datetime):
        found = value
    elif isinstance(value, str):
        try:
            found = datetime.fromisoformat(value.strip())
        except ValueError:
            return None
    else:
        return None
    if found.year not in OUR_TIME:
        return None
    return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)
