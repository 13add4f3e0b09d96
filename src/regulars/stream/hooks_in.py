"""Webhooks of shops, taken in: signed by a secret that we share with the shop, each once, whatever order they come in.

`take` checks the signature over the very bytes that came, reads them (`shopify`, `woocommerce`), and puts what they say
into the inbox like anything else. What is signed but can't be used waits in quarantine.
"""

from __future__ import annotations

import base64
import binascii
import hmac
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from types import ModuleType
from typing import Any, Literal

import msgspec
from django.db import transaction

from regulars.base import clock
from regulars.base.errors import BadInput, NotAllowed
from regulars.base.words import told
from regulars.stream import digests, inbox, plain, sealed, shopify, woocommerce
from regulars.stream.items import Answer, Item, Refused, Source
from regulars.stream.models import Hook, HookDelivery, HookOrder
from regulars.stream.order_events import LONGEST_NUMBER
from regulars.stream.webhook_shapes import Heard, Unusable, inner, numbered, text

Outcome = Literal["accepted", "duplicate", "refused", "ignored"]
CHANNELS: Mapping[str, ModuleType] = {shopify.CHANNEL: shopify, woocommerce.CHANNEL: woocommerce}
MOST_HELD = 200
"""Refunds of one order that are held until the order itself is told of."""
_PING = re.compile(rb"webhook_id=\d{1,12}")
"""What WooCommerce sends, unsigned, to see whether anybody is there."""
_NOBODYS = "the secret of no shop"
_FORM = told('It has the form {"topic": "orders/create", "message": "...", "payload": {...}}.')

_BY_INNER_ID = {shopify.REFUNDS: "order_id", woocommerce.DELETED: "id"}
"""Topics that speak of an order by the shop's inner id alone, and where."""
_TOPIC = told("It has a topic of which nothing is taken in.")
_WHICH = told(
    'It doesn\'t say of which order it is. Write the order\'s number beside "payload", as in "order": "#1001".'
)


@dataclass(frozen=True)
class Called:
    """A request as it came."""

    channel: str
    shop: str
    body: bytes
    signature: str
    delivery: str
    topic: str


class WrongSignature(NotAllowed):
    """It wasn't signed with the secret of this shop."""


def is_ping(called: Called) -> bool:
    """Whether it only asks if anybody is there: it says nothing, and is answered without a signature."""
    return called.channel == woocommerce.CHANNEL and not called.signature and bool(_PING.fullmatch(called.body))


def take(called: Called) -> Outcome:
    """Take a delivery in; on disk when it returns "accepted" or "refused".

    Raises WrongSignature; Unavailable when nothing can be written now: the shop sends it again.
    """
    hook = _signed(called)
    received = clock.now()
    digest = body_digest(called, _told_at(hook, called))
    # WooCommerce makes its ids of the second: two orders that change in one have the same.
    by_id = called.delivery and called.channel != woocommerce.CHANNEL
    delivery = digests.number(f"delivery\0{called.delivery}".encode()) if by_id else digest
    if HookDelivery.objects.filter(hook=hook, body=digest).exists():
        return "duplicate"
    if HookDelivery.objects.filter(hook=hook, delivery=delivery).exists():
        return "duplicate"
    heard = _heard(called, digest, received)
    if heard is None:
        return "ignored"
    if isinstance(heard, Refused):
        inbox.accept(source_of(hook), [heard])
        _remember(hook, delivery, digest, Heard(), received)
        return "refused"
    items = _newest(hook, heard)
    items = _by_number(hook, heard, items, received)
    # The inbox knows each item by its content: dying before the delivery is remembered doubles nothing.
    inbox.accept(source_of(hook), items)
    if heard.inner_id is not None and heard.number is not None:
        HookOrder.objects.filter(hook=hook, inner_id=heard.inner_id).update(held=[])
    _remember(hook, delivery, digest, heard, received)
    return "accepted"


def source_of(hook: Hook) -> Source:
    """A shop's server speaks for the shop."""
    return Source(None, f"{hook.channel} {hook.shop}", hook.shop, True, hook.channel)


def body_digest(called: Called, told_at: datetime | None = None) -> int:
    """Of what was said. Of what is deleted only a number is told, so there it is told of what kind it was, and when it
    was told of last: what was taken up again since can be deleted again.
    """
    kind = called.topic if called.topic.endswith(".deleted") else ""
    since = "" if told_at is None else told_at.isoformat()
    return digests.number(f"{kind}{since}\0".encode() + called.body)


def _told_at(hook: Hook, called: Called) -> datetime | None:
    """When the order that this deletes was told of last; None for all else."""
    if called.topic != woocommerce.DELETED:
        return None
    try:
        payload = msgspec.json.decode(called.body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
    order = inner(payload, "id") if isinstance(payload, dict) else None
    rows = HookOrder.objects.filter(hook=hook, inner_id=order, number__isnull=False)
    return rows.values_list("at", flat=True).first()


def signature(secret: str, body: bytes) -> bytes:
    """As both shop systems sign: HMAC with SHA-256 over the raw body."""
    return hmac.digest(secret.encode(), body, sha256)


def _signed(called: Called) -> Hook:
    """The shop that signed it, compared in constant time."""
    hook = Hook.objects.filter(shop=called.shop, channel=called.channel).first()
    secrets = [sealed.opened(hook.secret)] if hook else [_NOBODYS]
    if hook and hook.old_secret and hook.old_until is not None and clock.now() < hook.old_until:
        secrets.append(sealed.opened(hook.old_secret))
    try:
        given = base64.b64decode(called.signature, validate=True)
    except (binascii.Error, ValueError):
        given = b""
    good = [hmac.compare_digest(given, signature(secret, called.body)) for secret in secrets]
    if hook is None or not any(good):
        raise WrongSignature("The signature is not that of this shop's secret.")
    return hook


def _heard(called: Called, digest: int, received: datetime) -> Heard | Refused | None:
    message = f"{called.channel} {digest & 0xFFFF_FFFF_FFFF_FFFF:016x}"
    try:
        payload = msgspec.json.decode(called.body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return Refused(plain.beginning(called.body), "unreadable", told("It is not JSON."), message)
    raw = {"topic": plain.storable(called.topic[:60]), "message": message, "payload": payload}
    try:
        plain.check(payload)
        if not isinstance(payload, dict):
            raise Unusable(told("The payload is no object."))
        found: Heard | None = CHANNELS[called.channel].read(called.topic, payload, message, received)
    except (Unusable, BadInput) as error:
        return Refused(plain.storable(raw), "unusable", str(error), message)
    return found


def _newest(hook: Hook, heard: Heard) -> Sequence[Item | Refused]:
    """What tells of a customer counts only when nothing newer came before; words on consent carry their own moment."""
    if heard.customer is None:
        return heard.items
    about = digests.user(hook.shop, heard.customer)
    newer = HookDelivery.objects.filter(hook=hook, about=about, as_of__gt=heard.as_of).exists()
    return heard.items[1:] if newer else heard.items


def _by_number(hook: Hook, heard: Heard, items: Sequence[Item | Refused], now: datetime) -> Sequence[Item | Refused]:
    """What speaks of an order by its inner id gets its number, or is held until the order says it."""
    if heard.inner_id is None:
        return items
    with transaction.atomic():
        row, _new = HookOrder.objects.select_for_update().get_or_create(
            hook=hook, inner_id=heard.inner_id, defaults={"at": now}
        )
        if heard.number is not None:
            HookOrder.objects.filter(pk=row.pk).update(number=heard.number, at=now)
            held = [numbered(msgspec.convert(one, Item), heard.number) for one in row.held]
            return [*items, *held]
        own = [one for one in items if isinstance(one, Item)]
        if row.number is not None:
            return [numbered(one, row.number) for one in own]
        known = {one["message_id"] for one in row.held}
        more = [msgspec.to_builtins(one) for one in own if one.message_id not in known]
        HookOrder.objects.filter(pk=row.pk).update(held=[*row.held, *more][:MOST_HELD], at=now)
        return []


def _remember(hook: Hook, delivery: int, digest: int, heard: Heard, now: datetime) -> None:
    about = None if heard.customer is None else digests.user(hook.shop, heard.customer)
    row = HookDelivery(hook=hook, delivery=delivery, body=digest, about=about, as_of=heard.as_of, at=now)
    HookDelivery.objects.bulk_create([row], ignore_conflicts=True)
    Hook.objects.filter(pk=hook.pk).update(seen_at=now)


def replayed(channel: str, raw: Any, received: datetime, shop: str = "") -> list[Item | Refused]:
    """What waited in quarantine, read again. What speaks of its order by an inner id finds it if the shop's order came
    since; else `order` beside `payload` names it, as whoever mends it writes it there.
    """
    heard = _again(channel, raw, received)
    if isinstance(heard, Refused):
        return [heard]
    if heard.inner_id is None or heard.number is not None:
        return list(heard.items)
    number = text(raw, "order") or _number(shop, channel, heard.inner_id)
    if number is None or len(number) > LONGEST_NUMBER:
        return [Refused(raw, "unusable", _WHICH, _message_of(raw))]
    return [numbered(one, number) for one in heard.items if isinstance(one, Item)]


def accept_again(source: Source, raw: Any, received: datetime, items: Sequence[Item | Refused]) -> list[Answer]:
    """Take in `items`, which `replayed` read of `raw`; an order brings along what was held for it."""
    heard = _again(source.channel, raw, received)
    hook = Hook.objects.filter(shop=source.shop, channel=source.channel).first()
    if hook is None or isinstance(heard, Refused) or heard.inner_id is None or heard.number is None:
        return inbox.accept(source, items)
    with_held = _by_number(hook, heard, items, clock.now())
    answers = inbox.accept(source, with_held)
    HookOrder.objects.filter(hook=hook, inner_id=heard.inner_id).update(held=[])
    return answers[: len(items)]


def _again(channel: str, raw: Any, received: datetime) -> Heard | Refused:
    if not isinstance(raw, dict) or not isinstance(raw.get("payload"), dict):
        return Refused(raw, "unusable", _FORM)
    topic, payload, message = str(raw.get("topic", "")), raw["payload"], _message_of(raw)
    if text(raw, "order") is not None and topic in _BY_INNER_ID and inner(payload, _BY_INNER_ID[topic]) is None:
        payload = payload | {_BY_INNER_ID[topic]: "named beside"}
    try:
        heard: Heard | None = CHANNELS[channel].read(topic, payload, message, received)
    except Unusable as error:
        return Refused(raw, "unusable", str(error), message)
    return Refused(raw, "unusable", _TOPIC, message) if heard is None else heard


def _message_of(raw: Mapping[str, Any]) -> str:
    return str(raw.get("message") or digests.number(msgspec.json.encode(raw)))[:100]


def _number(shop: str, channel: str, inner_id: str) -> str | None:
    """The order's number, where the shop told it."""
    rows = HookOrder.objects.filter(hook__shop=shop, hook__channel=channel, inner_id=inner_id)
    return rows.values_list("number", flat=True).first()
