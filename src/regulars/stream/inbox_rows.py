"""The inbox's statements, on both databases: add rows that aren't there, and find those that are."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, NamedTuple

import msgspec
from django.db import connection

from regulars.platform import sql


class Row(msgspec.Struct, frozen=True):
    """One row of the inbox."""

    key: int
    content: int
    who: int | None
    user_id: str | None
    shop: str
    channel: str
    key_id: int | None
    trusted: bool
    kind: str
    name: str
    occurred_at: datetime
    received_at: datetime
    bot: bool
    backfill: bool
    properties: str | None
    item: str | None
    work: int


BARRIER = 0x7265_6775_0001
"""The advisory lock that every writer of the inbox shares for as long as its transaction lasts."""
_TYPES = {"int": "bigint", "str": "text", "bool": "boolean", "datetime": "timestamptz"}
_COLUMNS = {name: _TYPES[kind.partition(" ")[0]] for name, kind in Row.__annotations__.items()}
_NAMES = ", ".join(_COLUMNS)
_MOMENTS = [place for place, kind in enumerate(_COLUMNS.values()) if kind == "timestamptz"]
_SQLITE = (
    f"INSERT INTO stream_entry ({_NAMES}) VALUES ({', '.join(['%s'] * len(_COLUMNS))}) ON CONFLICT (key) DO NOTHING"
)
_POSTGRESQL = (
    f"INSERT INTO stream_entry ({_NAMES}) SELECT * FROM json_to_recordset(%s::json) AS given("
    + ", ".join(f"{name} {kind}" for name, kind in _COLUMNS.items())
    + ") ON CONFLICT (key) DO NOTHING RETURNING key"
)


class Found(NamedTuple):
    """An entry that was there already."""

    entry_id: int
    content: int


def add(rows: Sequence[Row]) -> dict[int, Found]:
    """Add rows, of different keys; returns what was there already, by key. Within a transaction."""
    with connection.cursor() as cursor:
        added = _add_to_postgresql(cursor, rows) if sql.on_postgresql() else _add_to_sqlite(cursor, rows)
        if added is None:
            return {}
        return there(cursor, [row.key for row in rows if row.key not in added])


def _add_to_postgresql(cursor: Any, rows: Sequence[Row]) -> set[int] | None:
    """The keys that were added; None for all of them."""
    cursor.execute("SELECT pg_advisory_xact_lock_shared(%s)", [BARRIER])
    cursor.execute(_POSTGRESQL, [msgspec.json.encode(rows).decode()])
    return {key for (key,) in cursor.fetchall()} if cursor.rowcount < len(rows) else None


def _add_to_sqlite(cursor: Any, rows: Sequence[Row]) -> set[int] | None:
    cursor.execute("SELECT coalesce(max(seq), 0) FROM sqlite_sequence WHERE name = 'stream_entry'")
    last = int(cursor.fetchone()[0])
    cursor.executemany(_SQLITE, [_as_sqlite_keeps_it(row) for row in rows])
    if cursor.rowcount == len(rows):
        return None
    cursor.execute("SELECT key FROM stream_entry WHERE id > %s", [last])
    return {key for (key,) in cursor.fetchall()}


def _as_sqlite_keeps_it(row: Row) -> list[Any]:
    values = list(msgspec.structs.astuple(row))
    for place in _MOMENTS:
        # Django's own form: what the ORM reads back must be what the ORM would have written.
        at = values[place]
        plain = at if at.tzinfo is UTC else at.astimezone(UTC)
        values[place] = plain.replace(tzinfo=None).isoformat(" ", "microseconds")
    return values


def there(cursor: Any, keys: Sequence[int]) -> dict[int, Found]:
    """Entries of these keys."""
    cursor.execute(f"SELECT key, id, content FROM stream_entry WHERE key IN {sql.listed()}", [sql.packed(keys)])
    return {key: Found(number, content) for key, number, content in cursor.fetchall()}
