"""`import_files`: recognise, read, assemble, commit; the one way by which files come in."""

from __future__ import annotations

import shutil
import time
from collections.abc import Iterator, Sequence
from collections.abc import Mapping as Named
from contextlib import contextmanager
from pathlib import Path

from regulars.base.errors import BadInput
from regulars.base.locks import file_lock
from regulars.base.progress import Progress, silent
from regulars.intake.fields import KINDS, Kind
from regulars.intake.mapping import Mapping
from regulars.intake.result import ImportResult
from regulars.platform import store
from regulars.platform.workspace import Workspace

DEFAULT_SHOP = "shop"


def import_files(
    workspace: Workspace,
    paths: Sequence[Path],
    *,
    kind: str | None = None,
    mapping: Mapping | None = None,
    corrections: Named[str, Mapping] | None = None,
    dry_run: bool = False,
    progress: Progress | None = None,
    shop: str = DEFAULT_SHOP,
) -> ImportResult:
    """Take files in. The same files again change nothing; after an interruption the same call goes on.

    kind : what the files are, where recognition isn't wanted. mapping : what their columns mean; it is remembered for
    files with the same titles. corrections : the same for single files, by the name under which they are shown.
    dry_run : say what would happen, change nothing.
    Raises BadInput when a file can't be read at all, Conflict when another import doesn't end.
    """
    if kind is not None and kind not in KINDS:
        raise BadInput(f"There is no kind '{kind}'. There are: {', '.join(KINDS)}.")
    started = time.perf_counter()
    store.start(workspace)
    from regulars.intake.command import Command  # its models need the store to be started

    with folder_of_imports(workspace, dry_run=dry_run) as folder:
        command = Command(workspace, folder, shop, progress or silent, dry_run, dict(corrections or {}))
        result = command.take_in([Path(path) for path in paths], _kind(kind), mapping)
    result.seconds = time.perf_counter() - started
    return result


def _kind(name: str | None) -> Kind | None:
    return next((kind for kind in KINDS if kind == name), None)


@contextmanager
def folder_of_imports(workspace: Workspace, *, dry_run: bool) -> Iterator[Path]:
    """Where imports keep their files; one import at a time, dry runs in a folder of their own."""
    if dry_run:
        import tempfile

        with tempfile.TemporaryDirectory(prefix="regulars-dry-run-") as temporary:
            yield Path(temporary)
        return
    folder = workspace.files_path / "imports"
    with file_lock(folder / ".lock", what="Importing"):
        shutil.rmtree(folder / "mended", ignore_errors=True)
        try:
            yield folder
        finally:
            shutil.rmtree(folder / "mended", ignore_errors=True)
