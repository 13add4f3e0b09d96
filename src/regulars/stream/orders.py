"""Orders as they come in: words about them are written down, and asked for what they come to.

`note` is for whoever hears of an order (the applier, a resource, a webhook); the applier works out the rest.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta

import msgspec
from django.db.models import F, Max, Q, QuerySet

from regulars.base import clock
from regulars.base.errors import BadInput
from regulars.customers import merges
from regulars.platform import store
from regulars.stream.items import OrderNotice, Source
from regulars.stream.models import Notice, Order
from regulars.stream.order_events import LONGEST_NUMBER
from regulars.stream.order_rules import RANKS, OrderState, fold

_CONTACT = 320


def note(source: Source, notices: Sequence[OrderNotice]) -> None:
    """Write down what was said of orders, in the caller's transaction. The same message again changes nothing.

    What a public key says of orders is left out where the firm doesn't take orders from such keys. Raises BadInput for
    a number that can't be one.
    """
    if not source.trusted and not store.opened().settings.stream.public_orders:
        return
    for one in notices:
        if not 0 < len(one.number.strip()) <= LONGEST_NUMBER:
            raise BadInput(f"An order's number has 1 to {LONGEST_NUMBER} letters.")
        if one.what not in RANKS:
            raise BadInput(f"'{one.what}' is nothing that can be said of an order. There are: {', '.join(RANKS)}.")
    now = clock.now()
    Notice.objects.bulk_create([_row(source, one, now) for one in notices], ignore_conflicts=True)


def _row(source: Source, one: OrderNotice, now: datetime) -> Notice:
    return Notice(
        shop=one.shop,
        number=one.number.strip(),
        message_id=one.message_id,
        what=one.what,
        at=one.at,
        trusted=one.trusted and source.trusted,
        user_id=one.user_id,
        anonymous_id=one.anonymous_id,
        email=(one.email or "")[:_CONTACT] or None,
        phone=(one.phone or "")[:_CONTACT] or None,
        content=one.content,
        received_at=one.received_at or now,
    )


def notice_of(row: Notice) -> OrderNotice:
    """A row as the rules see it."""
    return OrderNotice(
        message_id=row.message_id,
        shop=row.shop,
        number=row.number,
        what=row.what,
        at=row.at,
        trusted=row.trusted,
        user_id=row.user_id,
        anonymous_id=row.anonymous_id,
        email=row.email,
        phone=row.phone,
        content=row.content,
        received_at=row.received_at,
    )


def wait_again(shop: str, anonymous_id: str) -> None:
    """Orders of a visitor who said who they are find their customer anew; in the caller's transaction."""
    Notice.objects.filter(shop=shop, anonymous_id=anonymous_id, user_id=None).update(waiting=True)


def state(shop: str, number: str) -> OrderState | None:
    """What is known of an order from the stream, the last word included; None where nothing is (or believed)."""
    return fold(notice_of(row) for row in Notice.objects.filter(shop=shop, number=number))


def kept(row: Order) -> OrderState:
    """The state of a row."""
    return msgspec.convert(row.state, OrderState)


def of_customer(customer_id: int, most: int = 50) -> list[Order]:
    """Orders of a customer (and of who is one with them) that came in over HTTP, the latest first."""
    ids = merges.everyone_of([merges.current(customer_id)])
    return list(Order.objects.filter(customer_id__in=ids, told=True).order_by("-day", "-pk")[:most])


def undrained() -> QuerySet[Order]:
    """Orders that the lake hasn't got yet, or not so."""
    return Order.objects.exclude(drained=F("revision"))


def newer_than(versions: dict[str, int] | None) -> QuerySet[Order]:
    """Placed orders that a run of these versions of the lake's tables doesn't know (None: that no run knows)."""
    unseen = Q(version=None) | ~Q(drained=F("revision"))
    if versions is not None:
        unseen |= Q(version__gt=versions.get("orders", -1))
    return Order.objects.filter(unseen, told=True, day__isnull=False, problem="")


def last_day(versions: dict[str, int] | None) -> date | None:
    """The last day, up to today, of an order that such a run doesn't know; None where there is none."""
    today = clock.today(store.opened().settings.firm.time_zone)
    found: date | None = newer_than(versions).filter(day__lte=today).aggregate(last=Max("day"))["last"]
    return found


def is_backfill(at: datetime, now: datetime) -> bool:
    """Whether what happened at a moment is history by now, to which nothing reacts."""
    return now - at > timedelta(days=store.opened().settings.stream.backfill_days)
