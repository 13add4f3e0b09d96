"""Deleted rows leave the disk: databases only mark their place as free, and keep samples of columns for planning."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db import connection, transaction

from regulars.platform import sql

BUSY_MS = 120_000


@contextmanager
def erasing() -> Iterator[None]:
    """A transaction whose deleted rows are overwritten at once, where the database can do that."""
    if not sql.on_postgresql():
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA secure_delete = ON")
    with transaction.atomic():
        yield


def scrub() -> None:
    """Write the database anew without what was deleted from it. Others wait for as long as that takes.

    Give it many erasures at once. On PostgreSQL the server's own log (pg_wal) lives on until the server recycles it.
    """
    if sql.on_postgresql():
        _postgresql()
    else:
        _sqlite()


def _sqlite() -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"PRAGMA busy_timeout = {BUSY_MS}")
        # Rows that were overwritten before secure_delete was on lie in free pages, and older states in the log.
        cursor.execute("VACUUM")
        cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def _postgresql() -> None:
    with connection.cursor() as cursor:
        for table in sorted(connection.introspection.table_names(cursor)):
            # FULL, because a plain VACUUM leaves what a deleted row was in the free space of its page.
            cursor.execute(f"VACUUM (FULL, ANALYZE) {connection.ops.quote_name(table)}")
            _without_samples(cursor, table)
        cursor.execute("SELECT pg_has_role(datdba, 'MEMBER') FROM pg_database WHERE datname = current_database()")
        if cursor.fetchone()[0]:
            cursor.execute("VACUUM FULL pg_catalog.pg_statistic")  # the commonest, smallest and largest values
        cursor.execute("SELECT pg_has_role('pg_checkpoint', 'MEMBER')")
        if cursor.fetchone()[0]:
            cursor.execute("CHECKPOINT")


def _without_samples(cursor: Any, table: str) -> None:
    """Let go of the samples of a table that has no row left: ANALYZE keeps the last ones of an empty table."""
    cursor.execute(f"SELECT 1 FROM {connection.ops.quote_name(table)} LIMIT 1")
    if cursor.fetchone():
        return
    cursor.execute(
        "SELECT attname, format_type(atttypid, atttypmod) FROM pg_attribute "
        "WHERE attrelid = %s::regclass AND attname IN "
        "(SELECT attname FROM pg_stats WHERE schemaname = current_schema() AND tablename = %s)",
        [connection.ops.quote_name(table), table],
    )
    # The same type again drops what is known of a column, and is no work where there are no rows.
    changes = [f"ALTER COLUMN {connection.ops.quote_name(name)} TYPE {kind}" for name, kind in cursor.fetchall()]
    if changes:
        cursor.execute(f"ALTER TABLE {connection.ops.quote_name(table)} {', '.join(changes)}")
