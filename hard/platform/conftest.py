"""Workspaces on SQLite and on a real PostgreSQL."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from hard.platform.places import Place, postgresql


@pytest.fixture(params=["sqlite", "postgresql"])
def place(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    """An empty workspace."""
    folder: Path = tmp_path_factory.mktemp("place")
    (folder / "home").mkdir()
    if request.param == "sqlite":
        yield Place(folder / "home", "")
        return
    with postgresql(folder) as address:
        yield Place(folder / "home", address)
