"""A moment in which nobody writes to store and lake at once: no import, no drain, no refresh. Screens go on."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from regulars.base.locks import file_lock
from regulars.platform.locks import held
from regulars.platform.workspace import Workspace


@contextmanager
def quiet(workspace: Workspace) -> Iterator[None]:
    """Hold the locks of imports, of drains and of refreshes for the block. Raises Conflict when one doesn't end."""
    with (
        file_lock(workspace.files_path / "imports" / ".lock", what="Importing"),
        held("drain", what="Taking events to the lake"),
        held("refresh", what="Judging the customers"),
    ):
        yield
