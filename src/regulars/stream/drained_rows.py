"""Rows of the operations store as the lake's table of events has them: column by column, never row by row."""

from __future__ import annotations

import gc
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
import numpy as np
import numpy.typing as npt
import pyarrow as pa
from django.db import connection

from regulars.lake import TABLES
from regulars.lake.tables import INSTANT
from regulars.platform import sql
from regulars.platform.models import Event
from regulars.stream import digests, visitors
from regulars.stream.models import Drain

SCHEMA = TABLES["events"].schema
OWN = "regulars"
"""The source of events that rooms of ours told of."""
_QUARTER = 900_000_000
_DAY = 86_400_000_000
_EPOCH = date(1970, 1, 1).toordinal()
_ENTRIES = (
    "SELECT id, key, who, user_id, name, {occurred}, {received}, shop, channel, {bot}, {backfill}, properties "
    "FROM stream_entry WHERE id BETWEEN %s AND %s AND kind <> 'order' ORDER BY id"
)
# Expressions have no declared type, for which Django would call Python for each value.
_TEXT = "{} || ''"
_MICROSECONDS = "(extract(epoch FROM {}) * 1000000)::bigint"


@contextmanager
def _no_cycles() -> Iterator[None]:
    """Python doesn't look for cycles among fifty thousand rows, again and again, of which none is in one: a fifth of
    the drainer's work."""
    was = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was:
            gc.enable()


@_no_cycles()
def entries(one: Drain, time_zone: str, known_days: int) -> tuple[pa.Table, pa.Table]:
    """The inbox's rows of a drain, and (message_id, day) of those that may have come before longer ago than the inbox
    remembers (`known_days`)."""
    moment, truth = (_MICROSECONDS, "{}") if sql.on_postgresql() else (_TEXT, "{} + 0")
    shown = {name: moment.format(f"{name}_at") for name in ("occurred", "received")}
    query = _ENTRIES.format(**shown, **{name: truth.format(name) for name in ("bot", "backfill")})
    with connection.cursor() as cursor:
        cursor.execute(query, [one.low, one.high])
        rows = cursor.fetchall()
    if not rows:
        return SCHEMA.empty_table(), _old(SCHEMA.empty_table(), known_days)
    ids, key, who, user, name, occurred, received, shop, channel, bot, backfill, properties = zip(*rows, strict=True)
    visitor, customer = _whose(who, shop, user)
    occurred_at = _instants(occurred)
    table = pa.table(
        [
            pa.array(ids, pa.int64()),
            pa.array(key, pa.int64()),
            customer,
            visitor,
            pa.array(name, pa.string()),
            occurred_at,
            _instants(received),
            days(occurred_at, time_zone),
            pa.array(shop, pa.string()),
            pa.array(channel, pa.string()),
            _truths(bot),
            _truths(backfill),
            pa.array(properties, pa.string()),
        ],
        schema=SCHEMA,
    )
    return table, _old(table, known_days)


def events(one: Drain, time_zone: str, known_days: int) -> tuple[pa.Table, None]:
    """Events of rooms of ours: their ids are below zero, so that they are no others'."""
    del known_days  # the platform knows its message ids for as long as it has the events
    rows = list(
        Event.objects.filter(drain_id=one.pk)
        .order_by("pk")
        .values_list("pk", "message_id", "customer_id", "name", "occurred_at", "recorded_at", "properties")
    )
    if not rows:
        return SCHEMA.empty_table(), None
    ids, message, customer, name, occurred, recorded, properties = zip(*rows, strict=True)
    occurred_at, count = pa.array(occurred, INSTANT), len(rows)
    no = pa.array(np.zeros(count, dtype=bool))
    table = pa.table(
        [
            pa.array([-number for number in ids], pa.int64()),
            pa.array([digests.number(text.encode()) for text in message], pa.int64()),
            pa.array(customer, pa.int64()),
            pa.nulls(count, pa.int64()),
            pa.array(name, pa.string()),
            occurred_at,
            pa.array(recorded, INSTANT),
            days(occurred_at, time_zone),
            pa.nulls(count, pa.string()),
            pa.array([OWN] * count, pa.string()),
            no,
            no,
            pa.array([msgspec.json.encode(said).decode() if said else None for said in properties], pa.string()),
        ],
        schema=SCHEMA,
    )
    return table, None


def days(instants: pa.Array, time_zone: str) -> pa.Array:
    """The calendar days of instants in a time zone. Clocks are moved at full quarters of an hour."""
    zone = ZoneInfo(time_zone)
    moments = instants.cast(pa.int64()).to_numpy(zero_copy_only=False)
    quarters, place = np.unique(moments // _QUARTER, return_inverse=True)
    found = [datetime.fromtimestamp(int(one) * 900, zone).toordinal() - _EPOCH for one in quarters]
    return pa.array(np.array(found, dtype=np.int32)[place]).cast(pa.date32())


def _whose(whos: Sequence[int | None], shops: Sequence[str], users: Sequence[str | None]) -> tuple[pa.Array, pa.Array]:
    """The visitor's number of each row, and the customer's where the row names one that is known."""
    named = np.array([who is not None for who in whos])
    filled = np.array([who or 0 for who in whos], dtype=np.int64)
    every, first, place = np.unique(filled, return_index=True, return_inverse=True)
    wanted = [
        (int(who), shops[where], users[where])
        for who, where in zip(every.tolist(), first.tolist(), strict=True)
        if named[where]
    ]
    number = visitors.numbers(wanted)
    visitors.catch_up([number[who] for who, _, user in wanted if user is not None])
    customer = visitors.customers([who for who, _, user in wanted if user is not None])
    return (
        _looked_up(number, every, place, named),
        _looked_up(customer, every, place, named),
    )


def _looked_up(
    found: dict[int, int], every: npt.NDArray[np.int64], place: npt.NDArray[np.intp], named: npt.NDArray[np.bool_]
) -> pa.Array:
    values = np.array([found.get(who, 0) for who in every.tolist()], dtype=np.int64)
    there = np.array([who in found for who in every.tolist()], dtype=bool)
    return pa.array(values[place], mask=~(there[place] & named))


def _instants(given: Sequence[Any]) -> pa.Array:
    if isinstance(given[0], int):
        return pa.array(given, pa.int64()).cast(INSTANT)
    return pa.array(given, pa.string()).cast(pa.timestamp("us")).cast(INSTANT)


def _truths(given: Sequence[Any]) -> pa.Array:
    return pa.array(np.array(given, dtype=bool))


def _old(table: pa.Table, known_days: int) -> pa.Table:
    apart = table["received_at"].cast(pa.int64()).to_numpy() - table["occurred_at"].cast(pa.int64()).to_numpy()
    return table.select(["message_id", "day"]).filter(pa.array(apart >= known_days * _DAY))
