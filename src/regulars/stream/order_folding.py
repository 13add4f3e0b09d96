"""Waiting words about orders become what the orders are, with their customers; the house hears of it once.

By one process at a time (the applier). Everything of a batch is one transaction, but for the numbers that customers
are given before it: asking for those again gives the same.
"""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from hashlib import blake2b
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
from django.db import transaction

from regulars.base import clock
from regulars.customers import merges, suppression
from regulars.customers.sync_some import sync_some
from regulars.platform import events, store
from regulars.stream import order_claims, order_owners, suppressed
from regulars.stream.models import Notice, Order, Touched
from regulars.stream.order_rules import OrderState, fold
from regulars.stream.orders import is_backfill, notice_of

log = logging.getLogger(__name__)

AT_ONCE = 2_000
"""Waiting notices read at a time."""

Key = tuple[str, str]
"""Shop and number."""


@dataclass(frozen=True)
class Known:
    """What the waiting words about one order come to. `fresh`: some of them aren't history."""

    key: Key
    state: OrderState
    day: date | None
    fresh: bool


def fold_waiting() -> bool:
    """Work out the orders that something waits for; whether there may be more."""
    waiting = list(Notice.objects.filter(waiting=True).order_by("pk")[:AT_ONCE])
    if not waiting:
        return False
    read = [row.pk for row in waiting]
    fresh = {(row.shop, row.number) for row in waiting if not is_backfill(row.at, row.received_at)}
    known = _states({(row.shop, row.number) for row in waiting}, fresh)
    gone = _forgotten(known)
    known = [one for one in known if one.key not in gone]
    claimed = order_claims.taken(one.key for one in known if not one.state.trusted)
    known = [one for one in known if one.key not in claimed]
    owners = order_owners.assign({one.key: one.state for one in known})
    with transaction.atomic():
        if owners.new:
            sync_some(owners.new)
        _write(known, owners.of)
        Notice.objects.filter(pk__in=read).update(waiting=False)
        for shop, number in sorted(gone):
            suppressed.drop(list(Notice.objects.filter(shop=shop, number=number)))
    return len(waiting) == AT_ONCE


def _states(keys: Iterable[Key], fresh: set[Key]) -> list[Known]:
    by_shop: dict[str, list[str]] = defaultdict(list)
    for shop, number in sorted(keys):
        by_shop[shop].append(number)
    notices: dict[Key, list[Notice]] = defaultdict(list)
    for shop, numbers in by_shop.items():
        for start in range(0, len(numbers), 500):
            for row in Notice.objects.filter(shop=shop, number__in=numbers[start : start + 500]):
                notices[shop, row.number].append(row)
    found = []
    for key, rows in sorted(notices.items()):
        try:
            state = fold(notice_of(row) for row in rows)
            at = None if state is None else day(state)
        except Exception:
            # One order that nobody foresaw must not hold up all others; its notices stay as they came, and in the log.
            log.exception("an order could not be worked out", extra={"notice": rows[-1].pk})
            continue
        if state is not None:
            found.append(Known(key, state, at, key in fresh))
    return found


def _forgotten(known: Sequence[Known]) -> set[Key]:
    """Orders of somebody who was forgotten after them; of what nobody told yet, after what became of it."""
    asked: dict[Key, list[suppressed.Key]] = {}
    for one in known:
        shop, number = one.key
        own = order_owners.keys(one.state)
        named = {"ref": own.ref, "email": own.email, "phone": own.phone}
        asked[one.key] = [(shop, kind, key) for kind, key in named.items() if key is not None]
        asked[one.key].append((shop, suppression.ORDER, number))
    at = suppressed.when({key for some in asked.values() for key in some})
    return {one.key for one in known if any(_before(one, key, at) for key in asked[one.key])}


def _before(one: Known, key: suppressed.Key, at: Mapping[suppressed.Key, datetime]) -> bool:
    if key not in at:
        return False
    state = one.state
    happened = [moment for moment in (state.cancelled_at, *(refund.at for refund in state.refunds)) if moment]
    moment = state.ordered_at or min(happened, default=None)
    return key[1] == suppression.ORDER or moment is None or moment <= at[key]


def _rows(keys: Sequence[Key]) -> dict[Key, Order]:
    by_shop: dict[str, list[str]] = defaultdict(list)
    for shop, number in keys:
        by_shop[shop].append(number)
    found: dict[Key, Order] = {}
    for shop, numbers in by_shop.items():
        for start in range(0, len(numbers), 500):
            some = Order.objects.select_for_update().filter(shop=shop, number__in=numbers[start : start + 500])
            found |= {(shop, row.number): row for row in some}
    return found


def _write(known: Sequence[Known], owners: Mapping[Key, int | None]) -> None:
    there = _rows([one.key for one in known])
    now = clock.now()
    new: list[Order] = []
    changed: list[Order] = []
    touched: set[int] = set()
    rows: list[tuple[Known, Order]] = []
    for one in known:
        row = there.get(one.key)
        content, owner = _plain(one.state), owners.get(one.key)
        if row is None:
            row = Order(shop=one.key[0], number=one.key[1], changed_at=now, recorded=[])
            new.append(row)
        elif row.state == content and row.customer_id == owner:
            continue
        else:
            changed.append(row)
            row.revision += 1
        if one.fresh:
            touched |= {who for who in (row.customer_id, row.drained_customer_id, owner) if who is not None}
        row.state, row.customer_id, row.told, row.day = content, owner, one.state.told, one.day
        row.changed_at, row.problem = now, ""
        rows.append((one, row))
    Order.objects.bulk_create(new)
    told = _tell(rows, now)
    names = ["state", "customer_id", "told", "day", "changed_at", "problem", "revision", "recorded"]
    Order.objects.bulk_update(changed, names, batch_size=200)
    made = {row.pk for row in new}
    Order.objects.bulk_update([row for row in told if row.pk in made], ["recorded"], batch_size=500)
    Touched.objects.bulk_create(Touched(customer_id=who) for who in sorted(touched))


def _plain(state: OrderState) -> Any:
    """As the database gives it back."""
    return msgspec.json.decode(msgspec.json.encode(state))


def day(state: OrderState) -> date | None:
    """The firm's day of an order that counts as placed; None for others."""
    if not state.told or state.ordered_at is None or state.content.get("is_test") is True:
        return None
    if state.content.get("status") in ("test", "unpaid", "cancelled"):
        return None
    zone = ZoneInfo(store.opened().settings.firm.time_zone)
    found = state.ordered_at.astimezone(zone).date()
    at_once = state.cancelled_at is not None and state.cancelled_at.astimezone(zone).date() <= found
    return None if at_once else found


def _tell(rows: Sequence[tuple[Known, Order]], now: datetime) -> list[Order]:
    """Record what hasn't been recorded of these orders; those of which anything is. Of history nobody is told."""
    current = merges.current_of({row.customer_id for _one, row in rows if row.customer_id is not None})
    told, happened = [], []
    for one, row in rows:
        news = [item for item in _news(one.state, row) if item[0] not in row.recorded]
        if news:
            told.append(row)
        for mark, name, at, more in news:
            row.recorded = [*row.recorded, mark]
            if is_backfill(at, now):
                continue
            happened.append(
                events.made(
                    name,
                    customer_id=None if row.customer_id is None else current[row.customer_id],
                    occurred_at=at,
                    message_id=f"{name}:{row.pk}:{mark}",
                    properties={"shop": row.shop, "number": row.number} | more,
                )
            )
    events.record_all(happened)
    return told


def _news(state: OrderState, row: Order) -> Iterable[tuple[str, str, datetime, dict[str, Any]]]:
    if row.day is not None and state.ordered_at is not None:
        told: dict[str, Any] = {name: state.content[name] for name in ("total", "currency") if name in state.content}
        yield "placed", "order placed", state.ordered_at, told
    for one in state.refunds:
        mark = blake2b(one.id.encode(), digest_size=8).hexdigest()
        yield mark, "order refunded", one.at, {"amount": one.amount} if one.amount else {}
    if state.cancelled_at is not None:
        yield "cancelled", "order cancelled", state.cancelled_at, {}
