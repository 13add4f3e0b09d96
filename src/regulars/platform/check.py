"""Is everything as it should be? Findings in plain words, each with its cure; nothing is changed."""

from __future__ import annotations

import shutil
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from django.db import connection

from regulars.platform import sql
from regulars.platform.models import Event, Schedule
from regulars.platform.workspace import Workspace

LEAST_FREE_BYTES = 1 << 30
OLDEST_POSTGRESQL = 150_000
RESTORE = "Restore the workspace from a backup: regulars restore FILE --replace."
MOST_EVENTS = 1_000_000


@dataclass(frozen=True)
class Finding:
    """What isn't as it should be, and what to do. `serious`: data are wrong or in danger, not only untidy."""

    what: str
    cure: str
    serious: bool = True


def findings(workspace: Workspace) -> Iterator[Finding]:
    """Everything that the platform can say of the workspace and its database."""
    yield from _database()
    yield from _migrations()
    yield from _disk(workspace)
    yield from _permissions(workspace)
    yield from _schedules()


def _database() -> Iterator[Finding]:
    with connection.cursor() as cursor:
        if sql.on_postgresql():
            cursor.execute("SHOW server_version_num")
            if int(cursor.fetchone()[0]) < OLDEST_POSTGRESQL:
                yield Finding("PostgreSQL is older than version 15.", "Upgrade the server to 15 or newer.")
            cursor.execute(
                "SELECT conrelid::regclass::text FROM pg_constraint WHERE contype = 'f' AND NOT convalidated"
            )
            for (table,) in cursor.fetchall():
                yield Finding(f"A reference of the table {table} was never checked.", RESTORE)
            return
        cursor.execute("PRAGMA integrity_check(5)")
        for (said,) in cursor.fetchall():
            if said != "ok":
                yield Finding(f"The operations store is damaged: {said}", RESTORE)
        cursor.execute("PRAGMA foreign_key_check")
        lost = cursor.fetchall()
        if lost:
            tables = ", ".join(sorted({row[0] for row in lost}))
            yield Finding(f"{len(lost):,} rows refer to something that isn't there (tables {tables}).", RESTORE)


def _migrations() -> Iterator[Finding]:
    from django.db.migrations.executor import MigrationExecutor

    executor = MigrationExecutor(connection)
    waiting = executor.migration_plan(executor.loader.graph.leaf_nodes())
    if waiting:
        yield Finding(
            f"{len(waiting)} changes of tables are waiting.",
            "Start any command of Regulars again: it makes them by itself.",
        )
    known = set(executor.loader.disk_migrations)
    newer = [f"{app} {name}" for app, name in executor.loader.applied_migrations if (app, name) not in known]
    own = [one for one in newer if one.split()[0] in ("platform", "customers", "intake", "stream", "staff", "console")]
    if own:
        yield Finding(
            f"The tables were changed by a newer release ({', '.join(own)}).",
            "Install that release again, or a newer one.",
        )


def _disk(workspace: Workspace) -> Iterator[Finding]:
    free = shutil.disk_usage(workspace.path).free
    needed = max(LEAST_FREE_BYTES, 2 * _size(workspace))
    if free < needed:
        yield Finding(
            f"Only {free / 1e9:.1f} GB are free on the disk of {workspace.path}; imports and backups may need "
            f"{needed / 1e9:.1f} GB.",
            "Make room, or move old backups to another disk.",
            serious=free < LEAST_FREE_BYTES,
        )


def _size(workspace: Workspace) -> int:
    own = [workspace.database_path, *workspace.lake_path.rglob("*.parquet")]
    return sum(path.stat().st_size for path in own if path.is_file())


def _permissions(workspace: Workspace) -> Iterator[Finding]:
    for name in ("secret.key", "regulars.toml", "forgotten.log"):
        path = workspace.path / name
        if path.exists() and name == "secret.key" and path.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO):
            yield Finding(f"Others on this machine can read {name}.", f"chmod 600 {path}", serious=False)
    for path in (workspace.path, workspace.lake_path, workspace.files_path):
        if path.exists() and not _writable(path):
            yield Finding(f"{path} can't be written to.", "Give the user who runs Regulars the right to write there.")


def _writable(path: Path) -> bool:
    import os

    return os.access(path, os.W_OK | os.X_OK)


def _schedules() -> Iterator[Finding]:
    for row in Schedule.objects.filter(paused=True):
        yield Finding(
            f"The schedule '{row.name}' is paused.",
            "Let it run again under Jobs if that was not on purpose.",
            serious=False,
        )
    waiting = Event.objects.filter(reacted_at__isnull=True).count()
    if waiting > MOST_EVENTS:
        yield Finding(
            f"{waiting:,} events wait to be handled.",
            "Start a worker: regulars serve, or regulars worker.",
            serious=False,
        )
