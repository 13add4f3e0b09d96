"""Who was forgotten, known by nothing but keyed hashes of their keys: so that an old file or an old backup doesn't
bring them back.

A hash is of shop, kind of key and key (of shop and order number, and of the customer's own number too), under the
workspace's secret: without it nobody can try out e-mail addresses until one fits. The hashes are in the operations
store, and once more in a log beside it and beside the backups, because restoring a backup takes the store back to a
time before.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from pathlib import Path

from regulars.customers.models import Forgotten
from regulars.platform.workspace import Workspace

ORDER = "order"
"""The kind of "key" that an order's number is."""
NUMBER = "number"
"""The kind of "key" that a customer's own number is: all that somebody has whom staff put down with a name."""
LOG = "forgotten.log"
_PURPOSE = "regulars: who was forgotten"


@dataclass(frozen=True)
class Entry:
    """One line of the log."""

    digest: str
    request: str
    at: datetime


def secret(workspace: Workspace) -> str:
    """What hashes are made with; other than what links are signed with, though from the same key."""
    return sha256(f"{_PURPOSE}\x1f{workspace.secret_key()}".encode()).hexdigest()


def digest(key_of_hash: str, shop: str, kind: str, key: str) -> str:
    """The hash by which a key is known."""
    inner = sha256("\x1f".join((key_of_hash, shop, kind, key)).encode()).hexdigest()
    return sha256((key_of_hash + inner).encode()).hexdigest()


def of_customer(key_of_hash: str, customer_id: int) -> str:
    """The hash by which a customer's own number is known in a backup; no shop has a key like it."""
    return digest(key_of_hash, "", NUMBER, str(customer_id))


def digest_sql(key_of_hash: str, shop: str, kind: str, key: str) -> str:
    """The same for DuckDB. key : SQL of the key; the rest are values."""
    fixed = "\x1f".join((key_of_hash, shop, kind, "")).replace("'", "''")
    return f"sha256('{key_of_hash}' || sha256('{fixed}' || {key}))"


def known() -> dict[str, datetime]:
    """Hash -> when its person was forgotten."""
    return dict(Forgotten.objects.values_list("digest", "at"))


def note(workspace: Workspace, entries: Sequence[Entry], folders: Iterable[Path] = ()) -> None:
    """Put entries into the logs (of the workspace, and of these folders), on disk before this returns; each once."""
    for folder in (workspace.path, *folders):
        path = folder / LOG
        there = {(entry.digest, entry.request) for entry in read(path)}
        fresh = [entry for entry in entries if (entry.digest, entry.request) not in there]
        if not fresh:
            continue
        with path.open("a", encoding="utf-8") as log:
            for entry in fresh:
                line = {"digest": entry.digest, "request": entry.request, "at": entry.at.isoformat()}
                log.write(json.dumps(line) + "\n")
            log.flush()
            os.fsync(log.fileno())


def folders(workspace: Workspace) -> list[Path]:
    """Where else the log is kept: beside the backups, once there are any."""
    return [workspace.backups_path] if workspace.backups_path.is_dir() else []


def read(path: Path) -> list[Entry]:
    """The entries of a log; a last line that a crash cut off is no entry."""
    found = []
    for line in path.read_text(encoding="utf-8").splitlines() if path.exists() else ():
        try:
            told = json.loads(line)
        except json.JSONDecodeError:
            continue
        found.append(Entry(told["digest"], told["request"], datetime.fromisoformat(told["at"])))
    return found
