"""An empty lake, and its tables as plain rows."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from regulars.lake import Lake

Rows = Callable[..., list[dict[str, Any]]]


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    return Lake(tmp_path / "lake", threads=2)


@pytest.fixture
def rows(lake: Lake) -> Rows:
    """Read straight from the files that a snapshot names: quicker than a connection for each look."""

    def read(table: str, *sort: str) -> list[dict[str, Any]]:
        found = [row for path in lake.snapshot().files(table) for row in pq.read_table(path).to_pylist()]
        return sorted(found, key=lambda row: tuple(row[name] for name in sort)) if sort else found

    return read
