"""Visitors: numbers for anonymous ids and for customers' ids, and who they turned out to be.

A visit belongs to the customer that was identified on that visitor the latest before it, else to the first one after
it: so visits from before somebody said who they are join them, and on a shared device each has their own.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import UTC, datetime
from typing import Any, NamedTuple

import pyarrow as pa
from django.db import connection

from regulars.base import clock
from regulars.customers.identity import RAW
from regulars.lake.events import VISITS
from regulars.platform import sql
from regulars.stream import digests
from regulars.stream.models import Identified, Visitor

ALWAYS = datetime(1970, 1, 1, tzinfo=UTC)
"""Since when a visitor known by the shop's own customer id is that customer."""
_COLUMNS = {"who": "bigint", "shop": "text", "user_id": "text", "seen_at": "timestamptz"}


class Named(NamedTuple):
    """An anonymous id that was said to be a customer's, at a moment."""

    shop: str
    anonymous_id: str
    customer_id: int
    since: datetime


def numbers(whos: Collection[tuple[int, str, str | None]]) -> dict[int, int]:
    """Numbers of visitors by their digests, handed out where there are none yet.

    whos : (digest, shop, the shop's customer id where it is of one).
    """
    if not whos:
        return {}
    now = clock.now()
    wanted = sql.packed(who for who, _, _ in whos)
    with connection.cursor() as cursor:
        known = _known(cursor, wanted)
        new = [(*one, now) for one in whos if one[0] not in known]
        if not new:
            return known
        names = ", ".join(_COLUMNS)
        cursor.execute(
            f"INSERT INTO stream_visitor ({names}) SELECT {names} FROM {sql.rows(_COLUMNS)} AS given WHERE true "
            "ON CONFLICT (who) DO NOTHING",
            [sql.packed(new)],
        )
        return _known(cursor, wanted)


def identified(named: Sequence[Named]) -> None:
    """Let anonymous visits join customers; in the caller's transaction. The same again changes nothing."""
    by_who = {digests.anonymous(one.shop, one.anonymous_id): one for one in named}
    number = numbers([(who, one.shop, None) for who, one in by_who.items()])
    rows = []
    for one in sorted(named, key=lambda one: one.since):
        visitor = number[digests.anonymous(one.shop, one.anonymous_id)]
        last = (
            Identified.objects.filter(visitor_id=visitor, since__lte=one.since, forgotten=False)
            .order_by("-since", "-pk")
            .values_list("customer_id", flat=True)
            .first()
        )
        if last != one.customer_id:
            rows.append(Identified(visitor_id=visitor, customer_id=one.customer_id, since=one.since))
            Identified.objects.bulk_create(rows[-1:], ignore_conflicts=True)


def catch_up(visitor_ids: Collection[int] | None = None) -> None:
    """Let visitors that are known by a customer's id join the customer, where there is one; all, or these.

    They join whom the id meant before any merge, as orders do: who reads looks merges up, and an undone one takes
    nothing along.
    """
    some = "" if visitor_ids is None else f"AND v.id IN {sql.listed()} "
    given = [] if visitor_ids is None else [sql.packed(visitor_ids)]
    joined = (
        f"SELECT v.id AS visitor_id, {RAW} AS customer_id FROM stream_visitor v "
        "JOIN customers_identity i ON i.shop = v.shop AND i.kind = 'ref' AND i.key = v.user_id "
        f"WHERE v.user_id IS NOT NULL {some}"
    )
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO stream_identified (visitor_id, customer_id, since, forgotten) "
            f"SELECT j.visitor_id, j.customer_id, %s, false FROM ({joined}) AS j "
            "WHERE NOT EXISTS (SELECT 1 FROM stream_identified d WHERE d.visitor_id = j.visitor_id) "
            "ON CONFLICT DO NOTHING",
            [ALWAYS, *given],
        )
        cursor.execute(
            "SELECT d.id, j.customer_id FROM stream_identified d "
            f"JOIN ({joined}) AS j ON j.visitor_id = d.visitor_id "
            "WHERE d.customer_id <> j.customer_id AND NOT d.forgotten",
            given,
        )
        for number, customer in cursor.fetchall():
            Identified.objects.filter(pk=number).update(customer_id=customer)


def customers(whos: Collection[int]) -> dict[int, int]:
    """Customers of visitors that are known by the shop's customer id, by digest."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT v.who, d.customer_id FROM stream_visitor v JOIN stream_identified d ON d.visitor_id = v.id "
            f"WHERE v.user_id IS NOT NULL AND NOT d.forgotten AND v.who IN {sql.listed()}",
            [sql.packed(whos)],
        )
        return dict(cursor.fetchall())


def visits(customer_ids: Collection[int] | None = None, *, forgotten: bool = False) -> pa.Table:
    """Whose visits are whose, as `lake.events.VISITS`; of all customers, or of some.

    forgotten : of those that are being forgotten, instead.
    """
    rows, some = Identified.objects.order_by("visitor_id", "since", "pk"), Identified.objects.all()
    if customer_ids is not None:
        some = some.filter(customer_id__in=list(customer_ids))
    if forgotten:
        some = some.filter(forgotten=True)
    if customer_ids is not None or forgotten:
        rows = rows.filter(visitor__in=some.values("visitor"))
    wanted = None if customer_ids is None else set(customer_ids)
    every = list(rows.values_list("visitor_id", "since", "customer_id", "forgotten"))
    found = [
        (visitor, from_at, until_at, customer)
        for visitor, from_at, until_at, customer, gone in _spans(every)
        if gone == forgotten and (wanted is None or customer in wanted)
    ]
    columns = list(zip(*found, strict=True)) or [()] * len(VISITS)
    return pa.table([pa.array(column, field.type) for column, field in zip(columns, VISITS, strict=True)], VISITS)


def spans() -> str:
    """SQL: the same as `visits` of all visitors of the customers that are its parameter, with who shared them, and
    those that are being forgotten."""
    return (
        "SELECT visitor_id, customer_id, forgotten, CASE WHEN row_number() OVER w > 1 THEN since END AS from_at, "
        "lead(since) OVER w AS until_at FROM stream_identified WHERE visitor_id IN "
        f"(SELECT visitor_id FROM stream_identified WHERE customer_id IN {sql.listed()}) "
        "WINDOW w AS (PARTITION BY visitor_id ORDER BY since, id)"
    )


def _spans(rows: Iterable[tuple[int, datetime, int, bool]]) -> Iterable[tuple[Any, ...]]:
    """Rows of Identified in order -> (visitor, from, until, customer, forgotten)."""
    ordered = list(rows)
    for place, (visitor, since, customer, gone) in enumerate(ordered):
        first = place == 0 or ordered[place - 1][0] != visitor
        following = ordered[place + 1] if place + 1 < len(ordered) else None
        until = following[1] if following is not None and following[0] == visitor else None
        yield visitor, None if first else since, until, customer, gone


def _known(cursor: Any, wanted: str) -> dict[int, int]:
    cursor.execute(f"SELECT who, id FROM stream_visitor WHERE who IN {sql.listed()}", [wanted])
    return dict(cursor.fetchall())


def visitors_of(customer_ids: Collection[int]) -> set[int]:
    """Numbers of the visitors that are, or were at a time, one of these customers."""
    return set(Visitor.objects.filter(identified__customer_id__in=list(customer_ids)).values_list("pk", flat=True))
