"""Crash, race and load tests. `make hard` runs them; REGULARS_HARD is `small` (CI) or `full`."""

from __future__ import annotations

import os

import pytest

from regulars.platform import store

store.prepare()


@pytest.fixture(scope="session")
def scale() -> str:
    """`small` or `full`."""
    chosen = os.environ.get("REGULARS_HARD", "small")
    assert chosen in ("small", "full"), f"SCALE is small or full, not {chosen}"
    return chosen
