"""Locks by name that hold between all processes of one firm.

On PostgreSQL they are advisory locks of the database, so that they hold between machines; on SQLite, which is one
machine, files in the workspace. Either is dropped when its holder dies. Several are taken in alphabetical order.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import blake2b
from pathlib import Path

from django.db import connection, connections

from regulars.base.errors import Conflict
from regulars.base.locks import file_lock

_FIRST_WAIT_SECONDS = 0.02
LONGEST_WAIT_SECONDS = 0.5
"""Who waits for a lock looks at least so often whether it is free."""


@contextmanager
def held(name: str, *, timeout_seconds: float = 600.0, what: str = "This") -> Iterator[None]:
    """Hold the lock `name` (lower-case letters, digits, hyphens) for the block.

    Raises Conflict when somebody else still holds it after `timeout_seconds`.
    """
    if connection.vendor != "postgresql":
        folder = Path(str(connection.settings_dict["NAME"])).parent
        with file_lock(folder / f".{name}.lock", timeout_seconds=timeout_seconds, what=what):
            yield
        return
    key = int.from_bytes(blake2b(name.encode(), digest_size=8).digest(), "big", signed=True)
    # A connection of its own: the lock belongs to a session, and must outlive the caller's transactions.
    own = connections.create_connection("default")
    try:
        with own.cursor() as cursor:
            _wait(cursor, key, timeout_seconds, what)
            try:
                yield
            finally:
                cursor.execute("SELECT pg_advisory_unlock(%s)", [key])
    finally:
        own.close()


def _wait(cursor: object, key: int, timeout_seconds: float, what: str) -> None:
    end, wait = time.monotonic() + timeout_seconds, _FIRST_WAIT_SECONDS
    while True:
        cursor.execute("SELECT pg_try_advisory_lock(%s)", [key])  # type: ignore[attr-defined]  # Django's cursor is untyped
        if cursor.fetchone()[0]:  # type: ignore[attr-defined]
            return
        if time.monotonic() > end:
            raise Conflict(f"{what} is in use by another Regulars process. Wait for it to finish, then try again.")
        time.sleep(wait)
        wait = min(wait * 2, LONGEST_WAIT_SECONDS)
