"""Bring a workspace back to a backup: proved first, put together beside, then exchanged."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import replace as changed
from datetime import timedelta
from pathlib import Path
from tempfile import mkdtemp

import tomlkit

from regulars.base import clock
from regulars.base.errors import Conflict
from regulars.base.progress import Progress, silent
from regulars.platform import settings as toml
from regulars.platform import store
from regulars.platform.backups import archive
from regulars.platform.backups.archive import Archive, Manifest
from regulars.platform.backups.make import SECRETS, SETTINGS, fingerprint
from regulars.platform.workspace import Workspace, open_workspace

PARTS = ("lake", "files", "rejects")
ALIVE = timedelta(seconds=60)
Before = Callable[[Workspace, Manifest, list[Path]], None]
"""Called with the workspace while nobody sees it yet, and folders in which logs lie that are newer than the backup."""


def restore(
    workspace: Workspace,
    path: Path,
    *,
    replace: bool = False,
    new_key: bool = False,
    before: Before = lambda _workspace, _manifest, _folders: None,
    after: Callable[[Workspace], None] = lambda _workspace: None,
    progress: Progress = silent,
) -> Manifest:
    """Make the workspace what it was when the backup was made; its secret key and its database's address stay.

    replace : even where it holds something.  new_key : even with another secret key than then.  before : done with the
    restored content before it takes its place, after : right behind.
    Raises BadInput for what isn't a whole backup, Conflict where it can't be put.
    """
    with archive.opened(path) as found:
        _allowed(workspace, found.manifest, replace=replace, new_key=new_key)
        progress("Proving the backup")
        found.prove()
        for left in workspace.path.glob(".restore-*"):
            shutil.rmtree(left, ignore_errors=True)
        folder = Path(mkdtemp(prefix=".restore-", dir=workspace.path))
        try:
            _put_together(workspace, folder, found, before, progress)
            progress("Taking its place")
            _exchange(workspace, folder)
        finally:
            shutil.rmtree(folder, ignore_errors=True)
    restored = open_workspace(workspace.path)
    store.start(changed(restored, settings=_with_database(restored, workspace)), store.SERVER)
    after(store.opened())
    return found.manifest


def _allowed(workspace: Workspace, manifest: Manifest, *, replace: bool, new_key: bool) -> None:
    kind = "postgresql" if workspace.settings.store.database else "sqlite"
    if manifest.database != kind:
        raise Conflict(
            f"The backup is of a store on {manifest.database}, this workspace is on {kind}. Set `database` of [store] "
            "(or DATABASE_URL) so that they are the same."
        )
    # Only ask the store where there is one: opening it would make it.
    there = workspace.database_path.exists() or workspace.lake_path.exists() or kind == "postgresql"
    if there:
        store.start(workspace, store.SERVER)
        if not replace and _in_use():
            raise Conflict(
                f"There is a firm's data in {workspace.path}. Restore elsewhere, or replace it with --replace."
            )
        _nobody_works()
    key_there = (workspace.path / "secret.key").exists()
    if fingerprint(workspace) != manifest.secret and not new_key:
        if not key_there:
            (workspace.path / "secret.key").unlink(missing_ok=True)
        raise Conflict(
            "The backup was made with another secret key. Put that firm's secret.key into the workspace (or set "
            "REGULARS_SECRET_KEY), then restore. If it is lost, --new-key goes on without: second factors must be set "
            "up anew, and who was forgotten after the backup can't be recognised."
        )


def _in_use() -> bool:
    from django.apps import apps

    return (
        apps.get_model("intake", "Import").objects.exists() or apps.get_model("customers", "Customer").objects.exists()
    )


def _nobody_works() -> None:
    from regulars.platform.models import Worker

    if Worker.objects.filter(beat_at__gt=clock.now() - ALIVE).exists():
        raise Conflict("The server is running. Stop it, wait a minute, then restore.")


def _put_together(workspace: Workspace, folder: Path, found: Archive, before: Before, progress: Progress) -> None:
    progress("Unpacking")
    for part in (*(f"{name}/" for name in PARTS), "forgotten.log", SETTINGS, "regulars.sqlite3"):
        found.extract(part, folder)
    _keep_secrets(workspace, folder / SETTINGS)
    key = workspace.path / "secret.key"
    if key.exists():
        shutil.copy2(key, folder / key.name)
    beside = open_workspace(folder)
    beside = changed(beside, settings=_with_database(beside, workspace))
    folders = [workspace.path, found.path.resolve().parent, workspace.backups_path]
    progress("Bringing the tables up to date")
    if found.manifest.database == "sqlite":
        store.start(beside, store.SERVER)
        before(beside, found.manifest, folders)
        _close()
        return
    from django.db import transaction

    from regulars.platform.backups import tables

    store.start(beside, store.SERVER)
    with transaction.atomic():
        tables.load(found)
        before(beside, found.manifest, folders)


def _exchange(workspace: Workspace, folder: Path) -> None:
    _close()
    old = folder / ".old"
    old.mkdir()
    names = [*PARTS, SETTINGS, "forgotten.log", "regulars.sqlite3", "regulars.sqlite3-wal", "regulars.sqlite3-shm"]
    for name in [*names, "report.html", "report.pdf"]:
        if (workspace.path / name).exists():
            (workspace.path / name).rename(old / name)
    for name in names:
        if (folder / name).exists():
            (folder / name).rename(workspace.path / name)


def _close() -> None:
    """Nothing of the database in memory or in its log: it is going to be moved."""
    from django.db import connection, connections

    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connections.close_all()


def _keep_secrets(workspace: Workspace, path: Path) -> None:
    """What opens other things is this workspace's own."""
    own = workspace.settings_path
    if not own.exists():
        return
    mine = tomlkit.parse(own.read_text(encoding="utf-8-sig"))
    for table, name in SECRETS:
        if name in mine.get(table, {}):
            toml.remember(path, table, {name: mine[table][name]})


def _with_database(opened: Workspace, workspace: Workspace) -> toml.Settings:
    from msgspec.structs import replace as with_

    return with_(opened.settings, store=with_(opened.settings.store, database=workspace.settings.store.database))
