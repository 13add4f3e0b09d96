"""The backups in the workspace's own folder: listed, made every night, the oldest thrown away."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from regulars.base import clock
from regulars.base.errors import NotFound
from regulars.platform.backups.make import make
from regulars.platform.workspace import Workspace

ENDING = ".backup.zip"


@dataclass(frozen=True)
class Kept:
    """One backup in the folder."""

    path: Path
    bytes: int
    made_at: datetime


def listed(workspace: Workspace) -> list[Kept]:
    """All of them, newest first."""
    found = []
    for path in workspace.backups_path.glob(f"*{ENDING}"):
        told = path.stat()
        found.append(Kept(path, told.st_size, datetime.fromtimestamp(told.st_mtime, UTC)))
    return sorted(found, key=lambda one: (one.made_at, one.path.name), reverse=True)


def one(workspace: Workspace, name: str) -> Kept:
    """The backup of that name. Raises NotFound."""
    found = next((kept for kept in listed(workspace) if kept.path.name == name), None)
    if found is None:
        raise NotFound(f"There is no backup {name} (any more).")
    return found


def add(workspace: Workspace) -> Kept:
    """Make one, and let go of the oldest beyond the firm's number."""
    folder = workspace.backups_path
    folder.mkdir(parents=True, exist_ok=True)
    log = workspace.path / "forgotten.log"
    path = folder / f"{clock.now():%Y-%m-%d-%H%M%S}{ENDING}"
    make(workspace, path)
    if log.exists():
        (folder / log.name).write_bytes(log.read_bytes())
    prune(workspace)
    return one(workspace, path.name)


def prune(workspace: Workspace) -> int:
    """Throw the oldest away, and what a killed backup left; how many backups went."""
    for left in workspace.backups_path.glob(f"*{ENDING}.part"):
        if clock.now().timestamp() - left.stat().st_mtime > 86_400:
            left.unlink()
    old = listed(workspace)[workspace.settings.backups.keep :]
    for kept in old:
        kept.path.unlink()
    return len(old)


def drop(workspace: Workspace, name: str) -> None:
    """Throw one away; gone already is as good."""
    for kept in listed(workspace):
        if kept.path.name == name:
            kept.path.unlink()
