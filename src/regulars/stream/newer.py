"""Whom a sync must not take back: customers who were judged with orders that its run didn't see (`customers.ahead`)."""

from __future__ import annotations

from collections.abc import Iterable

from django.db.models import F, QuerySet

from regulars.customers.ahead import Newer, Versions
from regulars.stream.models import Order


def _seen(versions: Versions) -> QuerySet[Order]:
    return Order.objects.filter(judged=True, drained=F("revision"), version__lte=versions.get("orders", -1))


def _ahead(versions: Versions) -> Iterable[int]:
    newer = Order.objects.filter(judged=True).exclude(pk__in=_seen(versions).values("pk"))
    return _current(newer)


def _judged(versions: Versions) -> Iterable[int]:
    return set(_current(_seen(versions))) - set(_ahead(versions))


def _settle(versions: Versions) -> None:
    _seen(versions).update(judged=False, lost_customer_id=None)


def _current(rows: QuerySet[Order]) -> list[int]:
    """Whose they are, and whose they were in the lake: who lost an order was judged anew without it."""
    from regulars.customers import merges

    found = rows.values_list("customer_id", "drained_customer_id", "lost_customer_id").distinct()
    ids = {who for each in found for who in each if who is not None}
    ends = merges.ends() if ids else {}
    return sorted({ends.get(who, who) for who in ids})


NEWER = Newer("stream", _ahead, _judged, _settle)
