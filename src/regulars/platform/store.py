"""Start the operations store of a workspace: Django set up, tables brought up to date by themselves."""

from __future__ import annotations

import os
import sqlite3
from hashlib import blake2b
from pathlib import Path

from regulars.base.errors import Damaged
from regulars.base.locks import file_lock
from regulars.platform.workspace import Workspace

PRAGMAS = "PRAGMA journal_mode=WAL; PRAGMA synchronous={durability}; PRAGMA temp_store=MEMORY;"


def prepare() -> None:
    """Set Django up without a workspace, so that modules with models can be imported."""
    import django
    from django.apps import apps

    os.environ["DJANGO_SETTINGS_MODULE"] = "regulars.platform.django_settings"
    if not apps.ready:
        django.setup()


def start(workspace: Workspace) -> None:
    """Make Django's models usable on this workspace; may be called again, also for another workspace.

    Raises Damaged when the database file is not a database.
    """
    prepare()
    _point_at(workspace)
    try:
        _migrate(workspace)
    except sqlite3.DatabaseError as error:
        raise Damaged(_damage(workspace, error)) from None
    except Exception as error:
        from django.db import DatabaseError

        if isinstance(error, DatabaseError):
            raise Damaged(_damage(workspace, error)) from None
        raise


def _damage(workspace: Workspace, error: Exception) -> str:
    name = workspace.database_path.name
    return f"{name} can't be used ({error}). Restore it from a backup, or move the workspace away and import again."


def _point_at(workspace: Workspace) -> None:
    from django.db import connections

    options = connections.settings["default"]["OPTIONS"]
    pragmas = PRAGMAS.format(durability=workspace.settings.store.durability.upper())
    if connections.settings["default"]["NAME"] == workspace.database_path and options["init_command"] == pragmas:
        return
    connections.close_all()
    connections.settings["default"]["NAME"] = workspace.database_path
    options["init_command"] = pragmas
    if hasattr(connections._connections, "default"):  # type: ignore[attr-defined]  # Django's own registry
        del connections["default"]


def _migrate(workspace: Workspace) -> None:
    from django.core.management import call_command
    from django.db import connection

    # A hash of the migrations' names in the file itself: asking Django each time would cost 0.1 s a command.
    wanted = _migrations_mark()
    with connection.cursor() as cursor:
        if cursor.execute("PRAGMA user_version").fetchone()[0] == wanted:
            return
    with file_lock(workspace.path / ".migrate.lock", what="The operations store"):
        call_command("migrate", verbosity=0, interactive=False)
        with connection.cursor() as cursor:
            cursor.execute(f"PRAGMA user_version = {wanted}")


def _migrations_mark() -> int:
    from django.apps import apps

    names = sorted(
        f"{config.label}/{file.stem}"
        for config in apps.get_app_configs()
        for file in (Path(config.path) / "migrations").glob("0*.py")
    )
    return int.from_bytes(blake2b("\n".join(names).encode(), digest_size=4).digest(), "big") >> 1
