"""What every test may use."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import nullcontext
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from django.conf import settings as django_settings
from django.utils import translation
from hypothesis import settings
from tests.stores import Stores

from regulars.platform import store
from regulars.platform.workspace import Workspace

store.prepare(store.SERVER)  # before any test module imports a room with models
django_settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]  # the server's takes its time

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


@pytest.fixture(scope="session")
def stores() -> Iterator[Stores]:
    """Makes workspaces on either database. Not in pytest's folder: its other runs clean up there, under our feet."""
    with TemporaryDirectory(prefix="regulars-stores-", ignore_cleanup_errors=True) as folder:
        made = Stores(Path(folder))
        yield made
        made.close()


@pytest.fixture(scope="session", autouse=True)
def _tables_made_once(stores: Stores) -> Iterator[None]:
    with stores.ready_made():
        yield


@pytest.fixture(autouse=True)
def _nobodys_language() -> Iterator[None]:
    """A request leaves its language to the thread, which on a server answers the next one in that one's own."""
    yield
    translation.deactivate()


@pytest.fixture
def database() -> str:
    """The database of `workspace`: SQLite, or what REGULARS_TEST_DATABASE names. `every_database` asks for both."""
    return os.environ.get("REGULARS_TEST_DATABASE", "sqlite")


@pytest.fixture(autouse=True)
def _every_workspace_on_postgresql(stores: Stores, database: str) -> Iterator[None]:
    """Where a test runs on PostgreSQL, the workspaces that it opens by itself are there too."""
    with stores.passing(), stores.on_postgresql() if database != "sqlite" else nullcontext():
        yield


@pytest.fixture
def database_url(stores: Stores, database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """For a test that starts processes: they find the database of its workspaces in the environment."""
    if database != "sqlite":
        monkeypatch.setenv("DATABASE_URL", stores.of(tmp_path / "home"))


@pytest.fixture
def workspace(stores: Stores, database: str, tmp_path: Path) -> Workspace:
    """An empty workspace whose operations store is started."""
    return stores.workspace(database, tmp_path / "home")
