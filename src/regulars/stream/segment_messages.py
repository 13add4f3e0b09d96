"""One message of Segment's protocol: its fields checked, its moment corrected, its id made where it has none. Pure."""

from __future__ import annotations

import hashlib
import json
import re
import sys
from datetime import datetime
from typing import Any

import msgspec

from regulars.base.errors import BadInput
from regulars.base.words import told
from regulars.stream import plain
from regulars.stream.bots import is_bot
from regulars.stream.items import Item, Refused
from regulars.stream.moments import moment, occurred

KINDS = ("identify", "track", "page", "screen", "group", "alias")
LONGEST_ID = 200
LONGEST_NAME = 200
CONTEXT = ("page", "campaign", "locale", "timezone", "library", "channel", "traits")
"""What is kept of `context`. Neither the address nor the user agent is: whether it was a robot is all that is."""
NOBODY = frozenset(
    ("null", "undefined", "none", "nan", "true", "false", "[object object]", "anonymous", "unknown", "{}", "[]")
)
"""Texts that programs send as an id when they have none. One of them would make one customer of many."""


class _Unfit(BadInput):
    def __init__(self, code: str, reason: str) -> None:
        super().__init__(reason)
        self.code = code


class Message(msgspec.Struct, rename="camel"):
    """A message as the protocol spells it, its values unchecked."""

    type: Any = None
    action: Any = None
    message_id: Any = None
    user_id: Any = None
    anonymous_id: Any = None
    previous_id: Any = None
    group_id: Any = None
    event: Any = None
    name: Any = None
    category: Any = None
    properties: Any = None
    traits: Any = None
    context: Any = None
    timestamp: Any = None
    original_timestamp: Any = None
    sent_at: Any = None
    write_key: Any = None


_messages = msgspec.json.Decoder(Message)
_canonical = msgspec.json.Encoder(order="deterministic")
_KEY = re.compile(r"regulars_[0-9a-f]{12}_[A-Za-z0-9_-]*")  # a secret is not kept with what was refused
_SUSPECT = re.compile(rb"\\u0000|\d{19}")


class Reader:
    """What the messages of one request have in common."""

    def __init__(
        self, kind: str | None, sent: object, context: object, received_at: datetime, most_bytes: int, user_agent: str
    ) -> None:
        """kind : of every message; None where each says its own.  sent, context : as the batch has them."""
        self._kind, self._received, self._most, self._agent = kind, received_at, most_bytes, user_agent
        # A batch is not lost for what it says beside its messages: without it each of them is believed by itself.
        try:
            plain.check(context)
            self._context = context if isinstance(context, dict) else {}
        except (BadInput, RecursionError):
            self._context = {}
        try:
            self._sent = moment(sent, "sentAt")
        except BadInput:
            self._sent = None

    def read(self, raw: msgspec.Raw | Any) -> Item | Refused:
        """One message: its bytes, or what was read of them tolerantly."""
        message: Message | None = None
        try:
            message = _message(raw, self._most)
            return self._item(message)
        except BadInput as error:
            code = error.code if isinstance(error, _Unfit) else "not_storable"
            return Refused(_kept(raw, code), code, str(error), _name_of(message))
        except RecursionError:  # how deep is too deep depends on who calls
            reason = told(f"It is nested more than {plain.DEEPEST} levels deep.")
            return Refused(_beginning(raw), "not_storable", reason)

    def _item(self, message: Message) -> Item:
        kind = self._kind or _kind(message)
        user, anonymous = _id(message.user_id, "userId"), _id(message.anonymous_id, "anonymousId")
        previous, group = _id(message.previous_id, "previousId"), _id(message.group_id, "groupId")
        _require(kind, user, anonymous, previous, group)
        name = _event_name(message.event) if kind == "track" else kind
        context = _object(message.context, "context")
        if self._context:
            context = self._context | context
        body = _body(kind, message, context)
        said = context.get("userAgent")
        return Item(
            message_id=_message_id(message, kind, (user, anonymous, previous, group), body, self._received),
            kind=kind,
            name=name,
            user_id=user,
            anonymous_id=anonymous,
            previous_id=previous,
            group_id=group,
            occurred_at=self._occurred(message),
            received_at=self._received,
            bot=is_bot(said if isinstance(said, str) and said else self._agent),
            body=body,
        )

    def _occurred(self, message: Message) -> datetime:
        try:
            stamp = moment(message.timestamp, "timestamp")
            if message.original_timestamp is not None and stamp is not None:
                return occurred(stamp, None, self._received)  # forwarded, with its clock corrected already
            stamp = stamp or moment(message.original_timestamp, "originalTimestamp")
            sent = moment(message.sent_at, "sentAt") or self._sent
            return occurred(stamp, sent, self._received)
        except BadInput as error:
            raise _Unfit("wrong_timestamp", str(error)) from None


def _message(raw: Any, most: int) -> Message:
    if not isinstance(raw, msgspec.Raw):  # read tolerantly: nothing is known of its values yet
        if not isinstance(raw, dict):
            raise _Unfit("not_an_object", told("A message is an object of JSON, with braces around it."))
        plain.check(raw)
        if len(_canonical.encode(raw)) > most:
            raise _too_large(most)
        return msgspec.convert(raw, Message)
    data = bytes(raw)
    if len(data) > most:
        raise _too_large(most)
    try:
        message = _messages.decode(data)
    except msgspec.ValidationError:  # it is no object, or a number in it is larger than any
        return _message(tolerant(data), most)
    except UnicodeDecodeError:
        raise _Unfit("not_storable", told("A text is not UTF-8.")) from None
    if _SUSPECT.search(data) or data.count(b"{") + data.count(b"[") > plain.DEEPEST:
        plain.check(_whole(data))
    return message


def tolerant(data: bytes) -> Any:
    """JSON that is almost right (NaN, endless numbers, half characters, bytes that aren't UTF-8), as `plain.check` can
    say what is wrong with it. Raises ValueError for what is no JSON at all, RecursionError for what is too deep."""
    return json.loads(data.decode("utf-8", "surrogateescape"), parse_int=_count)


def _count(text: str) -> int | float:
    """Of more digits than Python reads it is endless."""
    return int(text) if len(text) < sys.int_info.str_digits_check_threshold else float(text)


def _whole(data: bytes | msgspec.Raw) -> Any:
    """All of it, the fields that nobody asks for included."""
    try:
        return msgspec.json.decode(data)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return tolerant(bytes(data))


def _too_large(most: int) -> _Unfit:
    return _Unfit("too_large", told(f"The message has more than {most // 1024} KB."))


def _kind(message: Message) -> str:
    kind = message.type if message.type is not None else message.action
    if not isinstance(kind, str) or kind.lower() not in KINDS:
        raise _Unfit("no_type", told(f"`type` of a message in a batch is one of: {', '.join(KINDS)}."))
    return kind.lower()


def _require(kind: str, user: str | None, anonymous: str | None, previous: str | None, group: str | None) -> None:
    if kind == "alias":
        if user is None or previous is None:
            raise _Unfit("no_previous", told("An alias needs `previousId` (so far) and `userId` (from now on)."))
    elif user is None and anonymous is None:
        raise _Unfit("no_user", told("Say who it was: `userId` (your own customer id) or `anonymousId`."))
    if kind == "group" and group is None:
        raise _Unfit("no_group", told("A group needs `groupId`: your own id of the organisation."))


def _id(value: Any, field: str) -> str | None:
    if value is None:
        return None
    if isinstance(value, int) and not isinstance(value, bool):
        value = str(value)
    if not isinstance(value, str):
        raise _Unfit("wrong_id", told(f"`{field}` is a text (a whole number is taken for one)."))
    value = value.strip()
    if len(value) > LONGEST_ID:
        raise _Unfit("wrong_id", told(f"`{field}` has more than {LONGEST_ID} characters."))
    return None if not value or value.lower() in NOBODY else value


def _event_name(value: Any) -> str:
    name = " ".join(value.split()) if isinstance(value, str) else ""
    if not name:
        raise _Unfit("no_event", told("A track needs `event`: what happened, as in 'Product Viewed'."))
    if len(name) > LONGEST_NAME:
        raise _Unfit("no_event", told(f"`event` has more than {LONGEST_NAME} characters."))
    return name


def _object(value: Any, field: str) -> dict[str, Any]:
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise _Unfit("wrong_type", told(f"`{field}` is an object of JSON."))
    return value


def _body(kind: str, message: Message, context: dict[str, Any]) -> dict[str, Any]:
    body: dict[str, Any] = {"context": {name: context[name] for name in CONTEXT if name in context}}
    if kind in ("identify", "group"):
        body["traits"] = _object(message.traits, "traits")
    elif kind != "alias":
        body["properties"] = _object(message.properties, "properties")
    if kind in ("page", "screen"):
        for field in ("name", "category"):
            value = getattr(message, field)
            if isinstance(value, str) and value.strip():
                body[field] = value.strip()[:LONGEST_NAME]
    return body


def _message_id(
    message: Message, kind: str, ids: tuple[str | None, ...], body: dict[str, Any], received: datetime
) -> str:
    """The sender's own id; made from the message where it has none, so that the same sent again is known as such.

    Where it has no stamp either, the minute of receipt is part of it: the same an hour later is another one.
    """
    given = message.message_id
    if isinstance(given, int) and not isinstance(given, bool):
        given = str(given)
    if isinstance(given, str) and given.strip():
        if len(given.strip()) > LONGEST_ID:
            raise _Unfit("wrong_id", told(f"`messageId` has more than {LONGEST_ID} characters."))
        return given.strip()
    if given is not None and not isinstance(given, str):
        raise _Unfit("wrong_id", told("`messageId` is a text."))
    when = message.timestamp or message.original_timestamp or received.strftime("%Y-%m-%dT%H:%M")
    content = _canonical.encode([kind, ids, message.event, when, body])
    return "made-" + hashlib.blake2b(content, digest_size=16).hexdigest()


def _name_of(message: Message | None) -> str | None:
    given = message.message_id if message is not None else None
    return plain.storable(given)[:LONGEST_ID] if isinstance(given, str) else None


def _kept(raw: Any, code: str) -> Any:
    if code == "too_large":
        return _beginning(raw)
    try:
        whole = _whole(raw) if isinstance(raw, msgspec.Raw) else raw
    except (ValueError, RecursionError):
        return _beginning(raw)
    if isinstance(whole, dict):
        whole = {name: value for name, value in whole.items() if name != "writeKey"}
    return plain.storable(whole)


def _beginning(raw: Any) -> str:
    text = plain.beginning(bytes(raw) if isinstance(raw, msgspec.Raw) else str(raw).encode("utf-8", "replace"))
    return _KEY.sub("...", text)
