"""Where the operations store is: SQLite in the workspace, or PostgreSQL where the settings name one."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from regulars.base.errors import BadInput
from regulars.platform.workspace import Workspace

PRAGMAS = "PRAGMA journal_mode=WAL; PRAGMA synchronous={durability}; PRAGMA temp_store=MEMORY;"
POOLED_CONNECTIONS = 20
POOL_SECONDS = 10
"""For so long a request waits for a connection; a database that is away is said to be so then."""
_PARTS = {"dbname": "NAME", "user": "USER", "password": "PASSWORD", "host": "HOST", "port": "PORT"}


def configuration(workspace: Workspace, *, pooled: bool = False) -> dict[str, Any]:
    """Django's `DATABASES["default"]` for the workspace.

    pooled : keep connections open between requests, for processes that stay.
    Raises BadInput for an address that isn't one of PostgreSQL.
    """
    address = workspace.settings.store.database
    if not address:
        return _sqlite(workspace, pooled=pooled)
    if urlsplit(address).scheme not in ("postgres", "postgresql"):
        raise BadInput(
            "The setting `database` (or DATABASE_URL) must be like postgresql://user:password@host/name, "
            "or empty for SQLite in the workspace."
        )
    return _postgresql(address, workspace, pooled=pooled)


def _sqlite(workspace: Workspace, *, pooled: bool) -> dict[str, Any]:
    return {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": workspace.database_path,
        # Who closes the last connection writes the whole log back into the file: not after every request.
        "CONN_MAX_AGE": None if pooled else 0,
        "OPTIONS": {
            # Two writers would otherwise both read first and then fail to upgrade their locks.
            "transaction_mode": "IMMEDIATE",
            "timeout": 60,
            "init_command": PRAGMAS.format(durability=workspace.settings.store.durability.upper()),
        },
    }


def _postgresql(address: str, workspace: Workspace, *, pooled: bool) -> dict[str, Any]:
    from psycopg import ProgrammingError
    from psycopg.conninfo import conninfo_to_dict

    try:
        parts = conninfo_to_dict(address)
    except ProgrammingError as error:
        raise BadInput(f"The setting `database` (or DATABASE_URL) can't be read: {error}.") from None
    known = {_PARTS[name]: str(value) for name, value in parts.items() if name in _PARTS}
    options: dict[str, Any] = {name: value for name, value in parts.items() if name not in _PARTS}
    if workspace.settings.store.durability == "normal":
        options["options"] = f"{options.get('options', '')} -c synchronous_commit=off".strip()
    if pooled:
        options["pool"] = {"min_size": 0, "max_size": POOLED_CONNECTIONS, "timeout": POOL_SECONDS}
    return {"ENGINE": "django.db.backends.postgresql", **known, "OPTIONS": options}
