"""An empty lake, and its tables as plain rows."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from regulars.lake import Lake

Rows = Callable[..., list[dict[str, Any]]]


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    return Lake(tmp_path / "lake", threads=2)


@pytest.fixture
def rows(lake: Lake) -> Rows:
    def read(table: str, *sort: str) -> list[dict[str, Any]]:
        with lake.snapshot() as snapshot:
            found = snapshot.table(table)
            return (found.order_by(*sort) if sort else found).to_pyarrow().to_pylist()

    return read
