"""Numbers of 64 bits by which the stream knows things again. Pure.

Of `key` and `content` two different values with one number would be taken for a conflict: kept, shown and told to
the sender, so nothing is lost by it. Among ten million ids the chance that there is such a pair is 1 in 400,000.
"""

from __future__ import annotations

from hashlib import blake2b

import msgspec

from regulars.stream.items import Item, Source

_encode = msgspec.json.Encoder(order="deterministic").encode


def number(text: bytes) -> int:
    """A signed number of 64 bits, the same on every machine."""
    return int.from_bytes(blake2b(text, digest_size=8).digest(), "big", signed=True)


def key(source: Source, message_id: str) -> int:
    """By what a message is known to have come already.

    A public key is in a room of its own: what it sends can't take the place of what a trusted source will send. The
    key itself is no part of it, so that a key may be changed while a client tries again.
    """
    return number(f"{source.shop}\0{'trusted' if source.trusted else 'public'}\0{message_id}".encode())


def content(item: Item) -> int:
    """Of what an item says, without its times: a client that tries again sends them with another correction."""
    said = (item.kind, item.name, item.user_id, item.anonymous_id, item.previous_id, item.group_id, item.body)
    return number(_encode(said))


def user(shop: str, user_id: str) -> int:
    """Of a shop's own customer id."""
    return number(f"user\0{shop}\0{user_id}".encode())


def anonymous(shop: str, anonymous_id: str) -> int:
    """Of the id that a browser or a telephone was given."""
    return number(f"anonymous\0{shop}\0{anonymous_id}".encode())


def who(shop: str, item: Item) -> int | None:
    """Of whom the item tells: the user id, else the anonymous id."""
    if item.user_id is not None:
        return user(shop, item.user_id)
    return None if item.anonymous_id is None else anonymous(shop, item.anonymous_id)
