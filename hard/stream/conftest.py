"""Workspaces on SQLite and on a real PostgreSQL, and servers on them that are ended with the test."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import psutil
import pytest
from hard.platform.conftest import place as place
from hard.platform.places import Place, free_port
from hard.platform.test_kill_server import Server, started
from tests.stores import Stores

Serve = Callable[[Place], Server]


@pytest.fixture(scope="session")
def stores() -> Iterator[Stores]:
    """Empty operations stores, on either database."""
    with TemporaryDirectory(prefix="regulars-stores-", ignore_cleanup_errors=True) as folder:
        made = Stores(Path(folder))
        yield made
        made.close()


@pytest.fixture
def serve() -> Iterator[Serve]:
    """Starts a server that is well."""
    running: list[Server] = []

    def start(place: Place) -> Server:
        running.append(started(place, free_port()))
        return running[-1]

    yield start
    for server in running:
        if server.process.poll() is None:
            for process in [*server.processes(), psutil.Process(server.process.pid)]:
                process.kill()
            server.process.wait()
