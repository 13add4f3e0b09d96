"""A server's addresses for programs, on a workspace of its own."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from socketserver import ThreadingMixIn
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

import msgspec
import pytest
from django.conf import settings

from regulars.api import ingest
from regulars.api.rates import Buckets
from regulars.platform import store
from regulars.platform.workspace import Workspace
from regulars.staff import callers
from regulars.web.lean import LeanHandler

Set = Callable[..., None]


@pytest.fixture(autouse=True)
def _server(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(settings, "ALLOWED_HOSTS", ["127.0.0.1", "testserver"])
    monkeypatch.setattr(ingest, "_buckets", Buckets())
    callers.forget_known()
    yield
    callers.forget_known()


@pytest.fixture
def put_settings(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> Set:
    """Changes settings of a table for the test."""

    def put(table: str, **values: Any) -> None:
        opened = store.opened()
        changed = msgspec.structs.replace(getattr(opened.settings, table), **values)
        monkeypatch.setattr(
            store, "_opened", replace(opened, settings=msgspec.structs.replace(opened.settings, **{table: changed}))
        )

    return put


class _Server(ThreadingMixIn, WSGIServer):
    daemon_threads = True


class _Quiet(WSGIRequestHandler):
    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class's name
        """Nothing: the tests say what matters."""


@pytest.fixture
def address(workspace: Workspace) -> Iterator[str]:
    """Where a server answers programs, on the workspace of this test, over a real connection."""
    server = make_server("127.0.0.1", 0, LeanHandler(), _Server, _Quiet)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()
