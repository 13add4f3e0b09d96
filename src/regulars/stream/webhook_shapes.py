"""What shops' webhooks have in common: pure readings of one payload, in the shop's words, as items of the stream."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import msgspec

from regulars.base.words import told
from regulars.stream.items import Item, OrderNotice, Refused
from regulars.stream.order_events import LONGEST_NUMBER, ORDER
from regulars.stream.order_rules import amount, moment


class Unusable(Exception):
    """A payload from which nothing can be taken; the message says what is missing."""


@dataclass(frozen=True)
class Heard:
    """What one delivery says.

    inner_id : by which the shop's other deliveries speak of the same order. number : as people and files know it; None
    where the delivery doesn't say.  customer : whom it tells of, as of `as_of`.
    """

    items: Sequence[Item | Refused] = ()
    inner_id: str | None = None
    number: str | None = None
    customer: str | None = None
    as_of: datetime | None = None


def order_item(
    message_id: str, number: str, what: str, at: datetime, received_at: datetime, content: Mapping[str, Any], **who: Any
) -> Item:
    """A notice as an item; shop and trust are those of whoever sends it in.

    who : user_id, email and phone, each where it is known.
    """
    notice = OrderNotice(
        message_id=message_id,
        shop="",
        number=number,
        what=what,
        at=at,
        trusted=True,
        user_id=who.get("user_id"),
        anonymous_id=None,
        email=who.get("email"),
        phone=who.get("phone"),
        content=dict(content),
    )
    return Item(
        message_id=message_id,
        kind=ORDER,
        name=f"{ORDER} {what}",
        user_id=who.get("user_id"),
        anonymous_id=None,
        previous_id=None,
        group_id=None,
        occurred_at=at,
        received_at=received_at,
        bot=False,
        body=msgspec.to_builtins(notice),
    )


def numbered(item: Item, number: str) -> Item:
    """The item, once the order's number is known."""
    return msgspec.structs.replace(item, body=item.body | {"number": number})


def person(message_id: str, user_id: str, at: datetime, received_at: datetime, traits: Mapping[str, Any]) -> Item:
    """What a shop says of a customer."""
    return Item(
        message_id=message_id,
        kind="identify",
        name="identify",
        user_id=user_id,
        anonymous_id=None,
        previous_id=None,
        group_id=None,
        occurred_at=at,
        received_at=received_at,
        bot=False,
        body={"traits": without_nothing(traits)},
    )


def without_nothing(said: Mapping[str, Any]) -> dict[str, Any]:
    """Only what says something."""
    return {name: value for name, value in said.items() if value not in (None, "", {}, [])}


def text(said: Mapping[str, Any], *names: str) -> str | None:
    """The first of these that is a text or a whole number and not empty."""
    for name in names:
        value = said.get(name)
        if isinstance(value, str | int) and not isinstance(value, bool) and str(value).strip():
            return str(value).replace("\0", "").strip()
    return None


def order_number(said: Mapping[str, Any], *names: str) -> str | None:
    """An order's number, the first of these that is one; None where there is none. Raises Unusable for a longer one
    than is kept: cut off it would be another order's."""
    found = text(said, *names)
    if found is not None and len(found) > LONGEST_NUMBER:
        raise Unusable(told(f"An order's number has 1 to {LONGEST_NUMBER} letters."))
    return found


def inner(said: Mapping[str, Any], name: str) -> str | None:
    """An inner number; None for none and for 0, which stands for nobody."""
    found = text(said, name)
    return None if found in (None, "0") or len(found or "") > 60 else found


def money(said: Mapping[str, Any], name: str) -> str | None:
    """An amount, exactly as told; None for what is none."""
    found = amount(said.get(name))
    return None if found is None else str(found)


def mapping(said: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    """What is within, empty where there is nothing."""
    found = said.get(name)
    return found if isinstance(found, dict) else {}


def each(said: Mapping[str, Any], name: str, most: int = 1_000) -> list[Mapping[str, Any]]:
    """The objects of a list."""
    found = said.get(name)
    return [one for one in found[:most] if isinstance(one, dict)] if isinstance(found, list) else []


def instant(said: Mapping[str, Any], *names: str) -> datetime | None:
    """The first of these that is a moment."""
    return next((found for name in names if (found := moment(said.get(name))) is not None), None)


def written(at: datetime | None) -> str | None:
    """A moment in a notice."""
    return None if at is None else at.isoformat()
