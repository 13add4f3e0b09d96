"""Locks between processes on one machine.

One lake has one writer at a time: its commits touch several Delta tables, and delta-rs gives up when a delete meets
any other commit. The operating system drops a file lock when its holder dies, so a killed process blocks nobody.
Where several locks are needed they are taken in the alphabetical order of their paths.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from regulars.base.errors import Conflict


@contextmanager
def file_lock(path: Path, *, timeout_seconds: float = 600.0, what: str = "This") -> Iterator[None]:
    """Hold the exclusive lock at `path` (made when missing) for the block.

    Raises Conflict when another process still holds it after `timeout_seconds`.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    lock = FileLock(path)
    try:
        lock.acquire(timeout=timeout_seconds)
    except Timeout:
        raise Conflict(
            f"{what} is in use by another Regulars process (lock {path.name}). Wait for it to finish, then try again."
        ) from None
    try:
        yield
    finally:
        lock.release()
