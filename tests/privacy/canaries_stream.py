"""The same people in every table of the stream: what came in, was refused or contradictory, orders, deliveries of
shops, and messages to other systems.
"""

from __future__ import annotations

import base64
import json
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from django.db import transaction

from regulars.base import clock
from regulars.stream import hooks_in, inbox, visitors
from regulars.stream.items import Item, OrderNotice, Refused, Source
from regulars.stream.models import Endpoint, Hook, HookOrder, Notice, Order, Outgoing, Touched
from regulars.stream.orders import note
from regulars.stream.visitors import Named

if TYPE_CHECKING:
    from tests.privacy.canaries import Canary

SERVER = Source(1, "our server", "shop", True, "segment")
SECRET = "known to the shop and to us"
KINDS = ("coupon", "trait", "refused", "contrary", "notice", "onitsway", "inner", "held", "told")


def streamed(mark: str) -> tuple[str, ...]:
    """The texts that are planted."""
    return tuple(f"{kind}-{mark}" for kind in KINDS)


def plant(one: Canary, number: int) -> None:
    """One person, in every table."""
    text = dict(zip(KINDS, one.streamed, strict=True))
    _came_in(one, text)
    _orders(one, number, text)
    _hooks(one, number, text)


def _came_in(one: Canary, text: dict[str, str]) -> None:
    contrary = f"contradicted {_who(one)}"
    about = {"email": one.email, "note": text["trait"]}
    inbox.accept(
        SERVER,
        [
            _item(one, "identify", f"i {one.ref}", {"traits": about}),
            _item(one, "track", f"t {one.ref}", {"properties": {"coupon": text["coupon"]}}, name="Product Viewed"),
            # Others mention them, too: by the e-mail address in what can't be used, or contradicts what came first.
            Refused({"type": "track", "properties": {"to": one.email, "say": text["refused"]}}, "no_user", "Nobody."),
            _item(None, "identify", contrary, {"traits": {"name": "First"}}),
        ],
    )
    second = {"traits": {"email": one.email, "note": text["contrary"]}}
    inbox.accept(SERVER, [_item(None, "identify", contrary, second)])
    with transaction.atomic():
        visitors.identified([Named("shop", f"visit {one.ref}", _who(one), clock.now())])


def _who(one: Canary) -> int:
    from tests.privacy.canaries import number_of

    return number_of(one)


def _item(one: Canary | None, kind: str, message: str, body: dict[str, Any], name: str = "") -> Item:
    now = clock.now() - timedelta(minutes=1)
    user = one.ref if one is not None else "somebody else"
    return Item(message, kind, name or kind, user, None, None, None, now, now, False, body)


def _orders(one: Canary, number: int, text: dict[str, str]) -> None:
    """An order on its way to the lake with what was said of it, and a word on one that nobody told of."""
    now = clock.now()
    for place, order in enumerate((text["onitsway"], f"{text['notice']} of nobody yet")):
        said = {"total": "9.00", "note": text["notice"]} if place == 0 else {"amount": "1.00"}
        what = "refunded" if place else "placed"
        own = (one.ref, None, one.email, one.phone)
        note(SERVER, [OrderNotice(f"n {one.ref}", "shop", order, what, now, True, *own, said)])
    Notice.objects.filter(number=text["onitsway"]).update(waiting=False)
    Order.objects.create(
        shop="shop", number=text["onitsway"], customer_id=number, state={"user": one.ref}, told=True, changed_at=now
    )
    Touched.objects.create(customer_id=number)


def _hooks(one: Canary, number: int, text: dict[str, str]) -> None:
    """A customer and an order told by a shop's webhook, a refund that waits for its order, and what others are told."""
    now = clock.now()
    hook = _hook()
    _take({"id": one.ref, "updated_at": now.isoformat(), "email": one.email}, "customers/update")
    HookOrder.objects.create(hook=hook, inner_id=text["inner"], number=text["onitsway"], at=now)
    held = [{"email": one.email, "say": text["held"]}]
    HookOrder.objects.create(hook=hook, inner_id=f"{text['held']}-inner", held=held, at=now)
    address, _new = Endpoint.objects.get_or_create(
        url="https://hooks.kanari.example/told", defaults={"secret": "sealed", "wanted": [], "made_at": now}
    )
    Outgoing.objects.create(
        endpoint=address, message_id=f"m{number}", type="order.placed", customer_id=number, at=now, until=now,
        body=json.dumps({"type": "order.placed", "data": {"customer": str(number), "number": text["told"]}}),
        state=Outgoing.State.DONE,
    )  # fmt: skip


def _hook() -> Hook:
    from regulars.stream import sealed

    made = {"secret": sealed.seal(SECRET), "made_at": clock.now()}
    return Hook.objects.get_or_create(shop="shop", channel="shopify", defaults=made)[0]


def _take(payload: dict[str, Any], topic: str) -> None:
    body = json.dumps(payload).encode()
    signed = base64.b64encode(hooks_in.signature(SECRET, body)).decode()
    assert hooks_in.take(hooks_in.Called("shopify", "shop", body, signed, str(payload["id"]), topic)) == "accepted"
