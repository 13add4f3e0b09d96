"""What every test may use."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import settings

from regulars.platform import store
from regulars.platform.workspace import Workspace, open_workspace

store.prepare()  # before any test module imports a room with models

# The same examples on every machine and day: a failure can be repeated.
settings.register_profile("same every time", derandomize=True, deadline=None)
settings.load_profile("same every time")

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="session")
def test_data() -> Path:
    """The folder of real data sets, beside the project or at REGULARS_TEST_DATA; the test is skipped without it."""
    folder = Path(os.environ.get("REGULARS_TEST_DATA", ROOT.parent / "shared" / "data"))
    if not folder.is_dir():
        pytest.skip("the real data sets are not here: put them at ../shared/data or name them in REGULARS_TEST_DATA")
    return folder


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    """An empty workspace whose operations store is started."""
    opened = open_workspace(tmp_path / "home")
    store.start(opened)
    return opened
