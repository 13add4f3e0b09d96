"""What webhooks hold of people: digests of whom deliveries told, numbers of orders, and messages that left or wait.

The messages name a customer by our own id only. What was sent to another system is that system's to erase: it is told
so by `customer.forgotten`, which it may ask for.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Min, Q, QuerySet
from django.utils.translation import gettext_noop as _

from regulars.platform.personal import OPERATIONS
from regulars.platform.registry import NotPersonal, PersonalData
from regulars.platform.traces import Traces
from regulars.stream.models import HookDelivery, HookOrder, Order, Outgoing

ROOM = "stream"
KEEP_DELIVERIES = timedelta(days=30)
"""A delivery that comes again within this time is known; later its content is still known as what it says."""
KEEP_ORDERS = timedelta(days=400)
KEEP_OUTGOING = timedelta(days=30)
_AT_ONCE = 500


def entries() -> Iterable[PersonalData]:
    """For the inventory."""
    yield PersonalData(
        name="shops' deliveries",
        label=_("Deliveries of shops' webhooks"),
        room=ROOM,
        purpose=_("Takes each delivery in once, and no older one after a newer."),
        where=OPERATIONS,
        columns=("stream.HookDelivery.about", "stream.HookDelivery.as_of", "stream.HookDelivery.at"),
        people=lambda: HookDelivery.objects.filter(about__isnull=False).values("about").distinct().count(),
        export=lambda ids: _theirs(ids).values("as_of", "at"),
        erase=lambda ids: int(_theirs(ids).delete()[0]),
        keep=lambda: KEEP_DELIVERIES,
        expire=lambda before: int(HookDelivery.objects.filter(at__lt=before).delete()[0]),
        due=lambda before: HookDelivery.objects.filter(at__lt=before).count(),
        since=lambda: HookDelivery.objects.aggregate(first=Min("at"))["first"],
        by_keys=True,
    )
    yield PersonalData(
        name="shops' order numbers",
        label=_("Numbers by which shops speak of orders"),
        room=ROOM,
        purpose=_("Finds the order of a refund."),
        where=OPERATIONS,
        columns=("stream.HookOrder.inner_id", "stream.HookOrder.number", "stream.HookOrder.held"),
        people=lambda: 0,
        export=_told_orders,
        erase=_erase_orders,
        sweep=_sweep_orders,
        keep=lambda: KEEP_ORDERS,
        expire=lambda before: int(HookOrder.objects.filter(at__lt=before).delete()[0]),
        due=lambda before: HookOrder.objects.filter(at__lt=before).count(),
        since=lambda: HookOrder.objects.aggregate(first=Min("at"))["first"],
        by_keys=True,
    )
    yield PersonalData(
        name="outgoing webhooks",
        label=_("Messages to other systems"),
        room=ROOM,
        purpose=_("Tells systems of the firm what happened, and shows that they were told."),
        where=OPERATIONS,
        columns=tuple(f"stream.Outgoing.{name}" for name in ("customer_id", "type", "body", "at")),
        people=lambda: Outgoing.objects.filter(customer_id__isnull=False).values("customer_id").distinct().count(),
        export=_told,
        erase=_erase_messages,
        keep=lambda: KEEP_OUTGOING,
        expire=lambda before: int(_over(before).delete()[0]),
        due=lambda before: _over(before).count(),
        since=lambda: Outgoing.objects.aggregate(first=Min("at"))["first"],
    )


def not_personal() -> Iterable[NotPersonal]:
    """For the inventory."""
    secrets = ("secret", "old_secret", "old_until", "made_at")
    yield NotPersonal("stream.Hook", ("shop", "channel", *secrets, "rotated_at", "seen_at"), "names shops that call us")
    yield NotPersonal("stream.HookDelivery", ("delivery", "body"), "tells one delivery from another")
    yield NotPersonal("stream.HookOrder", ("at",), "says when an order was heard of")
    yield NotPersonal(
        "stream.Endpoint",
        ("url", "wanted", *secrets, "state", "why", "failing_since", "failures", "last_ok_at", "next_at"),
        "names systems of the firm that are told",
    )
    yield NotPersonal(
        "stream.Outgoing",
        ("event_id", "message_id", "state", "tries", "next_at", "until", "last_at", "status", "duration_ms", "error"),
        "says how far a message is",
    )


def _theirs(customer_ids: Sequence[int]) -> QuerySet[HookDelivery]:
    from regulars.customers.models import Identity
    from regulars.stream import digests

    refs = Identity.objects.filter(customer_id__in=list(customer_ids), kind="ref").values_list("shop", "key")
    return HookDelivery.objects.filter(about__in=[digests.user(shop, key) for shop, key in refs])


def _orders(customer_ids: Sequence[int]) -> Iterator[QuerySet[HookOrder]]:
    ids = list(customer_ids)
    theirs = (
        Order.objects.filter(Q(customer_id__in=ids) | Q(drained_customer_id__in=ids)) if ids else Order.objects.none()
    )
    orders = list(theirs.values_list("shop", "number"))
    for shop in sorted({shop for shop, _number in orders}):
        numbers = [number for own, number in orders if own == shop]
        for start in range(0, len(numbers), _AT_ONCE):
            yield HookOrder.objects.filter(hook__shop=shop, number__in=numbers[start : start + _AT_ONCE])


def _told_orders(customer_ids: Sequence[int]) -> Iterator[Mapping[str, Any]]:
    for some in _orders(customer_ids):
        yield from some.order_by("pk").values("inner_id", "number", "at")


def _erase_orders(customer_ids: Sequence[int]) -> int:
    return sum(int(some.delete()[0]) for some in _orders(customer_ids))


def _sweep_orders(traces: Traces) -> int:
    """Orders of theirs that only the lake knew, and what is held and mentions them."""
    keys, gone = list(traces.keys), 0
    for start in range(0, len(keys), _AT_ONCE):
        gone += int(HookOrder.objects.filter(number__in=keys[start : start + _AT_ONCE]).delete()[0])
    held = HookOrder.objects.exclude(held=[]).values_list("pk", "held").iterator(chunk_size=_AT_ONCE)
    theirs = [number for number, said in held if traces.removed(said) != said]
    return gone + int(HookOrder.objects.filter(pk__in=theirs).delete()[0])


def _messages(customer_ids: Sequence[int]) -> QuerySet[Outgoing]:
    return Outgoing.objects.filter(customer_id__in=list(customer_ids))


def _erase_messages(customer_ids: Sequence[int]) -> int:
    from regulars.stream import webhooks

    gone = int(_messages(customer_ids).delete()[0])
    webhooks.tell_forgotten(customer_ids)
    return gone


def _told(customer_ids: Sequence[int]) -> Iterable[Mapping[str, Any]]:
    return _messages(customer_ids).order_by("pk").values("type", "at", "body", "state")


def _over(before: datetime) -> QuerySet[Outgoing]:
    return Outgoing.objects.filter(at__lt=before)
