"""What words about orders tell of people: counted, told, erased with their customer, deleted when their time is over.

A word that no customer was found for yet is known by the keys in it, and goes by them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from django.db.models import F, Min, Q
from django.utils.translation import gettext_noop as _

from regulars.platform.personal import OPERATIONS
from regulars.platform.registry import NotPersonal, PersonalData
from regulars.platform.traces import Traces
from regulars.stream.models import Notice, Order, Touched

ROOM = "stream"
KEEP = timedelta(days=400)
"""Refunds come in the year of the order, or hardly ever; one that comes later still finds its order in the lake."""
_AT_ONCE = 500
_of_somebody = Q(customer_id__isnull=False)


def entries() -> Iterable[PersonalData]:
    """For the inventory."""
    yield PersonalData(
        name="orders that came in",
        label=_("Orders as they came in over HTTP"),
        room=ROOM,
        purpose=_("Works out what an order is by now, whatever is heard of it first."),
        where=OPERATIONS,
        columns=(
            *_columns("Order", "customer_id drained_customer_id lost_customer_id number state"),
            *_columns("Notice", "number message_id user_id anonymous_id email phone content"),
            *_columns("Touched", "customer_id"),
        ),
        people=lambda: Order.objects.filter(customer_id__isnull=False).values("customer_id").distinct().count(),
        export=_told,
        erase=_erase,
        sweep=_sweep,
        keep=lambda: KEEP,
        expire=_expire,
        due=_due,
        since=lambda: Notice.objects.aggregate(first=Min("received_at"))["first"],
        orders=lambda ids: _theirs(ids).values_list("shop", "number"),
        needs=_needed,
    )


def not_personal() -> Iterable[NotPersonal]:
    """For the inventory."""
    yield NotPersonal(
        "stream.Order",
        ("shop", "told", "day", "revision", "changed_at", "drained", "version", "problem", "recorded", "judged"),
        "says how far an order is on its way",
    )
    yield NotPersonal(
        "stream.Notice", ("shop", "what", "at", "trusted", "received_at", "waiting"), "says when what came"
    )


def _columns(table: str, names: str) -> Iterable[str]:
    return (f"stream.{table}.{name}" for name in names.split())


def _theirs(customer_ids: Sequence[int]) -> Any:
    ids = list(customer_ids)
    return Order.objects.filter(Q(customer_id__in=ids) | Q(drained_customer_id__in=ids))


def _needed(customer_ids: Sequence[int]) -> set[int]:
    rows = _theirs(customer_ids).values_list("customer_id", "drained_customer_id")
    return {number for row in rows for number in row if number is not None}


def _notices(orders: Sequence[tuple[str, str]]) -> Iterable[Any]:
    for start in range(0, len(orders), _AT_ONCE):
        some = orders[start : start + _AT_ONCE]
        wanted = Q(pk__in=[])
        for shop in {shop for shop, _number in some}:
            wanted |= Q(shop=shop, number__in=[number for own, number in some if own == shop])
        yield Notice.objects.filter(wanted)


def _told(customer_ids: Sequence[int]) -> Iterable[Mapping[str, Any]]:
    orders = list(_theirs(customer_ids).order_by("pk").values_list("shop", "number"))
    for some in _notices(orders):
        yield from some.order_by("at").values(
            "shop", "number", "what", "at", "user_id", "anonymous_id", "email", "phone", "content"
        )


def _erase(customer_ids: Sequence[int]) -> int:
    orders = list(_theirs(customer_ids).values_list("shop", "number"))
    gone = sum(int(some.delete()[0]) for some in _notices(orders))
    Touched.objects.filter(customer_id__in=list(customer_ids)).delete()
    Order.objects.filter(lost_customer_id__in=list(customer_ids)).update(lost_customer_id=None)
    return gone + int(_theirs(customer_ids).delete()[0])


def _sweep(traces: Traces) -> int:
    """Words about orders that were nobody's yet, by the keys in them; not those of an order of who came back since."""
    wanted = Q(user_id__in=traces.keys) | Q(email__in=traces.emails) | Q(phone__in=traces.phones)
    found = Notice.objects.filter(wanted).values_list("pk", "shop", "number")
    rows = [row for row in found if not Order.objects.filter(_of_somebody, shop=row[1], number=row[2]).exists()]
    rows += [
        row for row in Notice.objects.filter(waiting=True).values_list("pk", "shop", "number") if row[2] in traces.keys
    ]
    Notice.objects.filter(pk__in=[pk for pk, *_order in rows]).delete()
    orders = {(shop, number) for _pk, shop, number in rows}
    for shop, number in orders:
        if not Notice.objects.filter(shop=shop, number=number).exists():
            Order.objects.filter(shop=shop, number=number).delete()
    return len(rows)


def _expire(before: datetime) -> int:
    """What the lake has long had; of an order to which something came since, nothing."""
    old, notices = _over(before)
    gone = sum(int(some.delete()[0]) for some in notices)
    return gone + int(old.delete()[0])


def _due(before: datetime) -> int:
    old, notices = _over(before)
    return int(old.count()) + sum(int(some.count()) for some in notices)


def _over(before: datetime) -> tuple[Any, list[Any]]:
    old = Order.objects.filter(changed_at__lt=before, drained=F("revision"))
    orders = list(old.values_list("shop", "number"))
    return old, [some.filter(received_at__lt=before) for some in _notices(orders)]
