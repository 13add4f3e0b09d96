"""Segment's HTTP tracking API, version 1: what its clients send becomes items, or refusals with a reason. Pure.

A request is one message (`identify`, `track`, `page`, `screen`, `group`, `alias`) or a batch of them (`batch`,
`import`). One message that can't be used is refused alone; the others of its batch are taken.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import msgspec

from regulars.base.errors import BadInput
from regulars.base.words import told
from regulars.stream import plain
from regulars.stream.bots import is_bot
from regulars.stream.items import Item, Refused
from regulars.stream.moments import moment
from regulars.stream.segment_messages import CONTEXT, KINDS, Message, Reader, tolerant

BATCHES = ("batch", "import")
CALLS = (*KINDS, *BATCHES)


class Limits(msgspec.Struct, frozen=True):
    """The largest that is taken, in bytes as sent (unpacked)."""

    event_bytes: int = 32 * 1024
    batch_bytes: int = 500 * 1024
    batch_events: int = 2_500


DEFAULT = Limits()
MOST_BESIDE = 4 * 1024
"""Bytes by which a message grows at most that is kept by itself, without its request."""
_LONGEST_CONTEXT, _LONGEST_AGENT = 2_000, 500
_NO_OBJECT = told("A request is an object of JSON, with braces around it.")


class Unreadable(BadInput):
    """A request of which nothing can be taken. `code` is for programs; `too_large` where it is by its size."""

    def __init__(self, code: str, reason: str) -> None:
        super().__init__(reason)
        self.code = code


class Envelope(msgspec.Struct):
    """A request that was opened: who sends, and its messages, unread."""

    kind: str | None
    """Of every message; None where each says its own `type`."""
    messages: Sequence[msgspec.Raw | Any]
    sent: Any
    context: Any
    write_key: str | None


class _Batch(msgspec.Struct):
    batch: list[msgspec.Raw] | None = None
    sentAt: Any = None  # noqa: N815 - as the protocol spells it
    context: Any = None
    writeKey: Any = None  # noqa: N815


_batches, _messages = msgspec.json.Decoder(_Batch), msgspec.json.Decoder(Message)


def parse(
    call: str, payload: bytes, received_at: datetime, limits: Limits = DEFAULT, *, user_agent: str = ""
) -> list[Item | Refused]:
    """The messages of one request, in its order.

    call : one of KINDS or BATCHES.  payload : its body, unpacked.  user_agent : of the request, for messages that
    name none. Raises Unreadable where nothing can be taken.
    """
    return items(opened(call, payload, limits), received_at, limits, user_agent=user_agent)


def opened(call: str, payload: bytes, limits: Limits = DEFAULT) -> Envelope:
    """The request's messages, unread, and the write key that it names. Raises Unreadable."""
    most = limits.batch_bytes if call in BATCHES else limits.event_bytes
    if len(payload) > most:
        raise Unreadable("too_large", told(f"The request has more than {most // 1024} KB. Send less at a time."))
    if call not in BATCHES:
        try:
            key = _messages.decode(payload).write_key
            found: Any = msgspec.Raw(payload)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            found = _tolerant(payload)
            if not isinstance(found, dict):
                raise Unreadable("not_an_object", _NO_OBJECT) from None
            key = found.get("writeKey")
        return Envelope(call, [found], None, None, _text(key))
    try:
        batch = _batches.decode(payload)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        batch = _tolerant_batch(payload)
    if batch.batch is None:
        raise Unreadable("no_batch", told("The request needs a list `batch` of messages."))
    if len(batch.batch) > limits.batch_events:
        most = limits.batch_events
        raise Unreadable("too_large", told(f"The batch has more than {most} messages. Send fewer at a time."))
    return Envelope(None, batch.batch, batch.sentAt, batch.context, _text(batch.writeKey) or _first_key(batch.batch))


def items(
    envelope: Envelope, received_at: datetime, limits: Limits = DEFAULT, *, user_agent: str = ""
) -> list[Item | Refused]:
    """The messages of an opened request, in its order."""
    reader = Reader(envelope.kind, envelope.sent, envelope.context, received_at, limits.event_bytes, user_agent)
    read = [reader.read(message) for message in envelope.messages]
    if any(isinstance(one, Refused) for one in read):
        beside = _beside(envelope, user_agent)
        return [_by_itself(one, beside) if isinstance(one, Refused) else one for one in read]
    return read


class _Beside(msgspec.Struct):
    """What a request says of all its messages, as far as a message read by itself would turn out otherwise without."""

    kind: str | None
    sent: str | None
    context: dict[str, Any]
    robot: str | None


def _beside(envelope: Envelope, user_agent: str) -> _Beside:
    try:
        sent = envelope.sent if moment(envelope.sent, "sentAt") is not None else None
    except BadInput:
        sent = None
    context = envelope.context if isinstance(envelope.context, dict) else {}
    try:
        plain.check(context)
    except (BadInput, RecursionError):
        context = {}
    context = {name: context[name] for name in (*CONTEXT, "userAgent") if name in context}
    if (
        len(msgspec.json.encode(context)) > _LONGEST_CONTEXT
    ):  # thousands that are refused aren't to keep a large one each
        context = {}
    return _Beside(envelope.kind, sent, context, user_agent[:_LONGEST_AGENT] if is_bot(user_agent) else None)


def _by_itself(refused: Refused, beside: _Beside) -> Refused:
    """Kept so that it can be read without its request. The request's user agent is kept only where it is a robot's."""
    raw = refused.raw
    if not isinstance(raw, dict):
        return refused
    more: dict[str, Any] = {} if beside.kind is None else {"type": beside.kind}
    stamped = raw.get("timestamp") is not None or raw.get("originalTimestamp") is not None
    if beside.sent is not None and stamped and raw.get("sentAt") is None:
        more["sentAt"] = beside.sent
    own = {} if raw.get("context") is None else raw["context"]
    if isinstance(own, dict):
        context = beside.context | own
        said = context.get("userAgent")
        if beside.robot is not None and not (isinstance(said, str) and said):
            context["userAgent"] = beside.robot
        if context != own:
            more["context"] = context
    return msgspec.structs.replace(refused, raw=plain.storable(raw | more)) if more else refused


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) else None


def _first_key(messages: Sequence[Any]) -> str | None:
    """Browsers put the key into each message too."""
    if not messages:
        return None
    first = messages[0]
    if isinstance(first, dict):
        return _text(first.get("writeKey"))
    if not isinstance(first, msgspec.Raw):
        return None  # read already, as nothing that could name a key
    try:
        return _text(_messages.decode(first).write_key)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None


def _tolerant_batch(payload: bytes) -> _Batch:
    whole = _tolerant(payload)
    if not isinstance(whole, dict):
        raise Unreadable("not_an_object", _NO_OBJECT)
    messages = whole.get("batch")
    return _Batch(
        messages if isinstance(messages, list) else None,
        whole.get("sentAt"),
        whole.get("context"),
        whole.get("writeKey"),
    )


def _tolerant(payload: bytes) -> Any:
    """JSON that is almost right, so that only the message which has what is wrong is refused. Raises Unreadable for
    what is no JSON at all."""
    try:
        return tolerant(payload)
    except RecursionError:
        raise Unreadable("too_deep", told("The request is nested too deeply.")) from None
    except ValueError:
        raise Unreadable("invalid_json", told("The request is not JSON.")) from None
