"""The operations store in a backup: SQLite as a file written anew, PostgreSQL table by table as COPY writes it."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from django.core.management import call_command
from django.db import connection, connections, transaction
from django.db.migrations.recorder import MigrationRecorder

from regulars.platform import sql
from regulars.platform.backups.archive import Archive, Writer

SQLITE = "regulars.sqlite3"
FOLDER = "database/"
_READ = 1 << 18


def applied() -> dict[str, str]:
    """App -> its last migration, as the database has it."""
    found: dict[str, str] = {}
    for app, name in sorted(MigrationRecorder(connection).applied_migrations()):
        found[app] = name
    return found


def names() -> list[str]:
    """All tables."""
    with connection.cursor() as cursor:
        return sorted(connection.introspection.table_names(cursor))


def counted() -> dict[str, int]:
    """Rows of every table."""
    found = {}
    for name in names():
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT count(*) FROM {connection.ops.quote_name(name)}")
            found[name] = int(cursor.fetchone()[0])
    return found


@contextmanager
def frozen(scratch: Path) -> Iterator[Any]:
    """The store as it is now, for `write`: whatever others do meanwhile. scratch : a folder on the same disk."""
    if not sql.on_postgresql():
        copy = scratch / SQLITE
        with connection.cursor() as cursor:
            cursor.execute("VACUUM INTO %s", [str(copy)])  # what was deleted is not in it
        yield copy
        return
    own = connections.create_connection("default")
    try:
        with own.cursor() as cursor:
            cursor.execute("BEGIN TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
            cursor.execute("SELECT 1 FROM django_migrations LIMIT 1")  # the moment that holds from here on
            yield cursor
            cursor.execute("ROLLBACK")
    finally:
        own.close()


def write(store: Any, out: Writer) -> dict[str, int]:
    """Put the frozen store into a backup; rows by table."""
    if isinstance(store, Path):
        out.add(SQLITE, store)
        with closing(sqlite3.connect(f"file:{store}?mode=ro", uri=True)) as con:
            tables = con.execute("SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'")
            return {
                name: con.execute(f'SELECT count(*) FROM "{name}"').fetchone()[0]
                for (name,) in sorted(tables.fetchall())
            }
    rows = {}
    for name in names():
        quoted = connection.ops.quote_name(name)
        store.execute(f"SELECT count(*) FROM {quoted}")
        rows[name] = int(store.fetchone()[0])
        columns = ", ".join(connection.ops.quote_name(column) for column in _columns(store, name))
        out.stream(f"{FOLDER}{name}.columns", [columns.encode()])
        with store.copy(f"COPY (SELECT {columns} FROM {quoted} ORDER BY {_order(store, name)}) TO STDOUT") as copy:
            out.stream(f"{FOLDER}{name}.copy", copy)
    return rows


def _columns(cursor: Any, table: str) -> list[str]:
    cursor.execute(
        "SELECT column_name FROM information_schema.columns WHERE table_schema = current_schema() AND table_name = %s "
        "ORDER BY ordinal_position",
        [table],
    )
    return [name for (name,) in cursor.fetchall()]


def _order(cursor: Any, table: str) -> str:
    """By the primary key, so that the same content is the same file."""
    cursor.execute(
        "SELECT a.attname FROM pg_index i JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = ANY(i.indkey) "
        "WHERE i.indrelid = %s::regclass AND i.indisprimary ORDER BY a.attnum",
        [connection.ops.quote_name(table)],
    )
    return ", ".join(connection.ops.quote_name(name) for (name,) in cursor.fetchall()) or "1"


@transaction.atomic
def load(archive: Archive) -> None:
    """Put a backup's tables in the place of all of PostgreSQL's, and bring them up to date; all of it or nothing."""
    with connection.cursor() as cursor:
        for name in names():
            cursor.execute(f"DROP TABLE {connection.ops.quote_name(name)} CASCADE")
        for app, migration in archive.manifest.migrations.items():
            call_command("migrate", app, migration, verbosity=0, interactive=False)
        for name in names():  # rows that migrations made are in the backup as well
            cursor.execute(f"DELETE FROM {connection.ops.quote_name(name)}")
        cursor.execute("SET CONSTRAINTS ALL DEFERRED")  # a row may come before the one that it refers to
        for name in archive.manifest.tables:
            with archive.read(f"{FOLDER}{name}.columns") as given:
                columns = given.read().decode()
            statement = f"COPY {connection.ops.quote_name(name)} ({columns}) FROM STDIN"
            with archive.read(f"{FOLDER}{name}.copy") as given, cursor.copy(statement) as copy:
                while block := given.read(_READ):
                    copy.write(block)
            _count_on(cursor, name)
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
    call_command("migrate", verbosity=0, interactive=False)


def _count_on(cursor: Any, table: str) -> None:
    """New rows get numbers after those that were loaded."""
    cursor.execute(
        "SELECT column_name FROM information_schema.columns WHERE table_schema = current_schema() AND table_name = %s "
        "AND is_identity = 'YES'",
        [table],
    )
    for (column,) in cursor.fetchall():
        quoted, own = connection.ops.quote_name(table), connection.ops.quote_name(column)
        cursor.execute(
            f"SELECT setval(pg_get_serial_sequence(%s, %s), greatest((SELECT max({own}) FROM {quoted}), 1), "
            f"(SELECT count(*) FROM {quoted}) > 0)",
            [quoted, column],
        )
