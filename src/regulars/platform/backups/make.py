"""Make a backup while everything runs: store, lake and files of one moment."""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import datetime
from pathlib import Path
from tempfile import mkdtemp

import tomlkit

from regulars.base import clock
from regulars.base.errors import BadInput
from regulars.base.progress import Progress, silent
from regulars.base.version import VERSION
from regulars.platform.backups import archive, tables
from regulars.platform.backups.archive import Manifest, Writer
from regulars.platform.quiet import quiet
from regulars.platform.workspace import Workspace

LEFT_OUT = ("files/imports/", "files/charts/")
"""Half-read imports, which are read again, and drawings, which are drawn again."""
SECRETS = (("store", "database"), ("mail", "password"))
"""Settings that open something outside the workspace: a backup doesn't have them."""
SETTINGS = "regulars.toml"


def make(workspace: Workspace, path: Path, *, progress: Progress = silent) -> Manifest:
    """Write a backup to `path`. Imports and refreshes wait for the moment in which its beginning is held fast.

    Raises BadInput where it can't be written there.
    """
    if path.is_dir() or not (path.parent.is_dir() or path.parent == workspace.backups_path):
        raise BadInput(f"{path}: name a file in a folder that is there, such as regulars.backup.zip.")
    with _scratch(workspace) as scratch, ExitStack() as stack:
        progress("Holding the moment fast")
        with quiet(workspace):
            # Before the copy: what happens while it is taken may not be in it, so it counts as later.
            made_at = clock.now()
            store = stack.enter_context(tables.frozen(scratch))
            files = [*_lake(workspace, scratch), *_files(workspace)]
            manifest = _manifest(workspace, made_at)
        with archive.written(path) as (out, finish):
            progress("Writing the operations store")
            manifest.tables = tables.write(store, out)
            for number, (name, source) in enumerate(files):
                progress("Writing files", number, len(files), "files")
                _add(out, name, source)
            out.stream(SETTINGS, [_settings(workspace)])
            finish(manifest)
    return manifest


def fingerprint(workspace: Workspace) -> str:
    """By what a secret key is known again, without saying what it is."""
    return hashlib.sha256(f"regulars: backup\x1f{workspace.secret_key()}".encode()).hexdigest()[:32]


@contextmanager
def _scratch(workspace: Workspace) -> Iterator[Path]:
    """A folder on the workspace's disk; what a killed backup left there goes."""
    for left in workspace.path.glob(".backup-*"):
        if clock.now().timestamp() - left.stat().st_mtime > 86_400:
            shutil.rmtree(left, ignore_errors=True)
    folder = Path(mkdtemp(prefix=".backup-", dir=workspace.path))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _manifest(workspace: Workspace, made_at: datetime) -> Manifest:
    from django.db import connection

    return Manifest(
        release=VERSION,
        made_at=made_at,
        firm=workspace.settings.firm.name,
        database=connection.vendor,
        migrations=tables.applied(),
        tables={},
        secret=fingerprint(workspace),
    )


def _lake(workspace: Workspace, scratch: Path) -> list[tuple[str, Path]]:
    """What the lake's head names, as links of our own: writers may take files out of the lake meanwhile."""
    from regulars.lake import head
    from regulars.lake.delta import LOG, files

    root = workspace.lake_path
    if not (root / "head.json").exists():
        return []
    wanted = [root / "head.json"]
    for table, version in head.read(root).versions.items():
        wanted += [root / table / name for name in files(root / table, version)]
        wanted += sorted(path for path in (root / table / LOG).iterdir() if path.is_file())
    wanted += sorted((root / "changes").glob("*.parquet"))
    found = []
    for path in wanted:
        name = f"lake/{path.relative_to(root)}"
        held = scratch / name
        held.parent.mkdir(parents=True, exist_ok=True)
        try:
            if path.suffix != ".parquet":
                raise OSError  # small, and written anew in its place: a copy
            os.link(path, held)
        except OSError:
            shutil.copy2(path, held)
        found.append((name, held))
    return found


def _files(workspace: Workspace) -> Iterator[tuple[str, Path]]:
    for folder in (workspace.files_path, workspace.rejects_path):
        for path in sorted(folder.rglob("*")):
            name = str(path.relative_to(workspace.path))
            if path.is_file() and not path.is_symlink() and not name.startswith(LEFT_OUT) and path.name != ".lock":
                yield name, path
    log = workspace.path / "forgotten.log"
    if log.exists():
        yield log.name, log


def _add(out: Writer, name: str, source: Path) -> None:
    try:
        out.add(name, source)
    except FileNotFoundError:
        if name.startswith("lake/"):
            raise
        # A file that waited for its import has been imported meanwhile.


def _settings(workspace: Workspace) -> bytes:
    path = workspace.settings_path
    document = tomlkit.parse(path.read_text(encoding="utf-8-sig")) if path.exists() else tomlkit.document()
    for table, name in SECRETS:
        if table in document:
            document[table].pop(name, None)
    return tomlkit.dumps(document).encode()
