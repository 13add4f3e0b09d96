"""Start the operations store of a workspace: Django set up, tables brought up to date by themselves."""

from __future__ import annotations

import logging
import os
import sqlite3
from dataclasses import replace
from pathlib import Path

import msgspec

from regulars.base.errors import BadInput, Damaged
from regulars.platform import database
from regulars.platform.logs import redacted
from regulars.platform.workspace import Workspace, open_workspace

LIGHT = "regulars.platform.django_settings"
SERVER = "regulars.web.settings"
log = logging.getLogger(__name__)
_opened: Workspace | None = None
_read: tuple[int, int] = (0, 0)
"""When the settings file of `_opened` was changed last, and its size."""


def prepare(settings: str = LIGHT) -> None:
    """Set Django up without a workspace, so that modules with models can be imported.

    settings : LIGHT for the command line, SERVER for what also signs people in and shows screens. The first call in a
    process decides.
    """
    import django
    from django.apps import apps

    if not apps.ready:
        os.environ["DJANGO_SETTINGS_MODULE"] = settings
        django.setup()


def start(workspace: Workspace, settings: str = LIGHT) -> None:
    """Make Django's models usable on this workspace; may be called again, also for another workspace.

    Raises Damaged when the database is not one that can be used.
    """
    global _opened, _read
    prepare(settings)
    _point_at(workspace)
    _opened, _read = workspace, _stamp(workspace)
    try:
        _migrate()
    except sqlite3.DatabaseError as error:
        raise Damaged(_damage(workspace, error)) from None
    except Exception as error:
        from django.db import DatabaseError, OperationalError

        if isinstance(error, OperationalError) and workspace.settings.store.database:
            raise BadInput(f"The database of DATABASE_URL can't be reached: {error}") from None
        if isinstance(error, DatabaseError):
            raise Damaged(_damage(workspace, error)) from None
        raise


def opened() -> Workspace:
    """The workspace that was started last in this process: what a screen or a job works on, with today's settings.

    Settings that somebody changed meanwhile hold from the next call on, but for those that a process needs when it
    starts: the tables `[store]` and `[web]`. A file that can't be read leaves them as they were.
    Raises RuntimeError when none was started.
    """
    global _opened, _read
    if _opened is None:
        raise RuntimeError("no workspace is started in this process")
    changed = _stamp(_opened)
    if changed != _read:
        _read = changed
        try:
            found = open_workspace(_opened.path).settings
        except BadInput as error:
            log.warning("settings can't be read", extra={"reason": redacted(str(error))})
        else:
            settings = msgspec.structs.replace(found, store=_opened.settings.store, web=_opened.settings.web)
            _opened = replace(_opened, settings=settings)
    return _opened


def _stamp(workspace: Workspace) -> tuple[int, int]:
    try:
        found = workspace.settings_path.stat()
    except OSError:
        return 0, 0
    return found.st_mtime_ns, found.st_size


def _damage(workspace: Workspace, error: Exception) -> str:
    name = "The database of DATABASE_URL" if workspace.settings.store.database else workspace.database_path.name
    return f"{name} can't be used ({error}). Restore it from a backup, or move the workspace away and import again."


def is_server() -> bool:
    """Whether this process was set up for the server."""
    return os.environ.get("DJANGO_SETTINGS_MODULE") == SERVER


def _point_at(workspace: Workspace) -> None:
    from django.db import connections

    # Tests change workspaces and drop databases, for which a pool that stays is in the way.
    wanted = connections.configure_settings({"default": database.configuration(workspace, pooled=_stays())})["default"]
    if connections.settings["default"] == wanted:
        return
    connections.close_all()
    connections.settings["default"] = wanted
    if hasattr(connections._connections, "default"):  # type: ignore[attr-defined]  # Django's own registry
        del connections["default"]


def _stays() -> bool:
    return os.environ.get("REGULARS_PROCESS", "") in ("web", "worker")


def _migrate() -> None:
    from django.core.management import call_command

    from regulars.platform.locks import held

    if _all_applied():  # asked by ourselves: Django takes 0.1 s a command, and half a second more where staff are
        return
    with held("migrate", what="The operations store"):
        call_command("migrate", verbosity=0, interactive=False)


def _all_applied() -> bool:
    from django.db import connection

    with connection.cursor() as cursor:
        if "django_migrations" not in connection.introspection.table_names(cursor):
            return False
        cursor.execute("SELECT app, name FROM django_migrations")
        return _migrations() <= set(cursor.fetchall())


def _migrations() -> set[tuple[str, str]]:
    from django.apps import apps

    return {
        (config.label, file.stem)
        for config in apps.get_app_configs()
        for file in (Path(config.path) / "migrations").glob("0*.py")
    }
