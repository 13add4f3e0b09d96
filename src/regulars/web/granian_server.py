"""The web part: granian answers requests with our WSGI application, in as many processes as the firm set."""

from __future__ import annotations

import os
from collections.abc import Callable
from functools import partial
from typing import Any

from regulars.platform.workspace import Workspace
from regulars.web.lifeline import end_with_parent

THREADS = 16
"""Requests answered at the same time by one process; each may hold one of the pool's database connections."""
_STOP_WITHIN_SECONDS = 15


def serve(workspace: Workspace) -> None:
    """Answer requests until SIGTERM; a process that dies is started again."""
    from granian.constants import Interfaces
    from granian.server import Server

    web = workspace.settings.web
    os.environ["REGULARS_HOME"] = str(workspace.path)
    os.environ["REGULARS_PROCESS"] = "web"
    end_with_parent()
    server = Server(
        "regulars.web.wsgi:application",
        address=web.bind,
        port=web.port,
        interface=Interfaces.WSGI,
        workers=web.workers,
        blocking_threads=THREADS,
        backpressure=4 * THREADS,
        websockets=False,
        respawn_failed_workers=True,
        workers_kill_timeout=_STOP_WITHIN_SECONDS,
        log_enabled=False,
    )
    server.serve(target_loader=partial(_load, os.getpid()), wrap_loader=False)


def _load(parent: int) -> Callable[..., Any]:
    end_with_parent(parent)
    from regulars.web.wsgi import application

    return application
