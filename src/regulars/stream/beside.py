"""What the inbox keeps beside itself: items that were refused, and those that contradict earlier ones.

All of one commit is one statement a table, as everybody else who sends waits for it. Of a public key, with which
anybody may send anything, only so many rows wait at a time.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import msgspec
from django.db import connection

from regulars.base import clock
from regulars.platform import sql
from regulars.stream import digests, inbox_rows
from regulars.stream.inbox_rows import Found, Row
from regulars.stream.items import Item, Refused, Source

MOST_WAITING = 10_000
"""Rows of one public key that wait for staff; what is refused beyond them is answered, and not kept."""

_SENDER = {"shop": "text", "channel": "text", "key_id": "bigint", "sender": "text"}
_SET_ASIDE = {
    **_SENDER,
    "digest": "bigint",
    "trusted": "boolean",
    "message_id": "text",
    "raw": "text",
    "code": "text",
    "reason": "text",
    "at": "timestamptz",
    "times": "int",
    "state": "text",
    "by_name": "text",
}
_CONFLICT = {
    **_SENDER,
    "key": "bigint",
    "content": "bigint",
    "entry_id": "bigint",
    "who": "bigint",
    "message_id": "text",
    "name": "text",
    "item": "text",
    "at": "timestamptz",
    "times": "int",
}


def keep(
    refused: Sequence[tuple[Source, Refused]], against: Sequence[tuple[Source, Item, Row]], found: dict[int, Found]
) -> None:
    """Keep what was refused, and what came against an entry that was there first. Within the inbox's transaction.

    found : entries by their key, as far as they were looked for already.
    """
    if refused:
        _put("stream_setaside", _SET_ASIDE, "shop, channel, digest", _set_aside(refused), "state = 'waiting'")
    if against:
        rows = _conflicts(against, found)
        _put("stream_conflict", _CONFLICT, "key, content", rows, "seen_at IS NULL", more=", seen_at = NULL")


def _set_aside(refused: Iterable[tuple[Source, Refused]]) -> list[dict[str, Any]]:
    now = clock.now()
    rows: dict[tuple[str, str, int], dict[str, Any]] = {}
    for source, one in refused:
        raw = one.raw if isinstance(one.raw, str) else msgspec.json.encode(one.raw).decode()
        digest = digests.number(raw.encode("utf-8", "replace"))
        row = rows.setdefault(
            (source.shop, source.channel, digest),
            {
                **_sender(source),
                "digest": digest,
                "trusted": source.trusted,
                "message_id": one.message_id,
                "raw": raw,
                "code": one.code,
                "reason": one.reason,
                "at": now,
                "times": 0,
                "state": "waiting",
                "by_name": "",
            },
        )
        row["times"] += 1
    return [rows[key] for key in sorted(rows)]


def _conflicts(against: Sequence[tuple[Source, Item, Row]], found: dict[int, Found]) -> list[dict[str, Any]]:
    lacking = {row.key for _source, _item, row in against} - found.keys()
    if lacking:  # their first came in the same commit
        with connection.cursor() as cursor:
            found = found | inbox_rows.there(cursor, list(lacking))
    now = clock.now()
    rows: dict[tuple[int, int], dict[str, Any]] = {}
    for source, item, row in against:
        one = rows.setdefault(
            (row.key, row.content),
            {
                **_sender(source),
                "trusted": source.trusted,
                "key": row.key,
                "content": row.content,
                "entry_id": found[row.key].entry_id,
                "who": row.who,
                "message_id": item.message_id,
                "name": item.name,
                "item": msgspec.json.encode(item).decode(),
                "at": now,
                "times": 0,
            },
        )
        one["times"] += 1
    return [rows[key] for key in sorted(rows)]


def _sender(source: Source) -> dict[str, Any]:
    return {"shop": source.shop, "channel": source.channel, "key_id": source.key_id, "sender": source.name}


def _put(
    table: str, columns: dict[str, str], once: str, rows: list[dict[str, Any]], waiting: str, *, more: str = ""
) -> None:
    """Add rows, or count them where they are there. Always in one order: writers who meet lock nobody out."""
    public = {row["key_id"] for row in rows if not row["trusted"]} - {None}
    with connection.cursor() as cursor:
        left = {key: MOST_WAITING - _waiting(cursor, table, waiting, key) for key in public}
        kept = []
        for row in rows:
            room = MOST_WAITING if row["trusted"] else left.get(row["key_id"], MOST_WAITING)
            if room > 0:
                kept.append(row)
                left[row["key_id"]] = room - 1
        if kept:
            names = ", ".join(columns)
            given, packed = _given(columns, kept)
            cursor.execute(
                f"INSERT INTO {table} ({names}) SELECT {names} FROM {given} WHERE true "
                f"ON CONFLICT ({once}) DO UPDATE SET times = {table}.times + excluded.times{more}",
                [packed],
            )


def _given(columns: dict[str, str], rows: list[dict[str, Any]]) -> tuple[str, str]:
    """A table for a FROM clause, and its parameter. PostgreSQL reads a text once that way, not once for each column."""
    if sql.on_postgresql():
        typed = ", ".join(f"{name} {kind}" for name, kind in columns.items())
        return f"json_to_recordset(%s::json) AS given({typed})", sql.packed(rows)
    return f"{sql.rows(columns)} AS given", sql.packed([row[name] for name in columns] for row in rows)


def _waiting(cursor: Any, table: str, waiting: str, key: int) -> int:
    # One key at a time: for a list of them SQLite takes the index of all that wait.
    cursor.execute(f"SELECT count(*) FROM {table} WHERE {waiting} AND key_id = %s", [key])
    return int(cursor.fetchone()[0])
