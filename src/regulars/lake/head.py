"""`head.json`: the one file that says which version of every table belongs together.

A step commits to several Delta tables, and Delta knows nothing of its neighbours. So readers never look for the newest
version of a table: they read the head, which is replaced in one move after all tables of a step are on disk.
"""

from __future__ import annotations

import os
from pathlib import Path

import msgspec

from regulars.base.errors import Damaged

REMEMBERED_STEPS = 5_000
"""Results of keyed steps kept in the head. An older import that comes again is known by its orders' fingerprints."""
REMEMBERED_CHANGES = 200
"""Links of the chain of changed customers; beyond it `changed_customers` answers None."""


class Change(msgspec.Struct, frozen=True):
    """How the occasions went from one version to the next: `file` lists the customers, "" says nobody's changed."""

    before: int
    after: int
    file: str


class Head(msgspec.Struct, kw_only=True):
    """The committed state of the lake."""

    sequence: int = 0
    versions: dict[str, int] = {}
    last_order_id: int = 0
    done: dict[str, dict[str, int]] = {}
    changes: list[Change] = []
    sweep_due: bool = False  # an erasure has committed, its old files and log entries are still to go
    cleaned_at: float = 0.0  # when files of old versions were last looked for, in seconds since 1970
    compacted: dict[str, int] = {}  # versions that a full compaction made


def read(folder: Path) -> Head:
    """The head of the lake in `folder`; a lake that was never written has an empty one. Raises Damaged."""
    path = folder / "head.json"
    try:
        return msgspec.json.decode(path.read_bytes(), type=Head)
    except FileNotFoundError:
        return Head()
    except msgspec.DecodeError as error:
        raise Damaged(f"{path} can't be read ({error}). Restore the workspace from a backup.") from None


def write(folder: Path, head: Head) -> None:
    """Replace the head in one move that survives a power cut."""
    for key in list(head.done)[:-REMEMBERED_STEPS]:
        del head.done[key]
    del head.changes[:-REMEMBERED_CHANGES]
    temporary = folder / "head.json.new"
    with temporary.open("wb") as out:
        out.write(msgspec.json.format(msgspec.json.encode(head), indent=1))
        out.flush()
        os.fsync(out.fileno())
    temporary.replace(folder / "head.json")
    sync(folder)


def sync(path: Path) -> None:
    """Wait until a file's content, or a folder's list of names, is on disk."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
