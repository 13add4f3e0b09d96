"""`regulars serve`, `web` and `worker`: the server in one command, or its parts for several machines."""

from __future__ import annotations

import os
import signal
import socket
import subprocess  # only this Python with our own commands
import sys
import threading
import time
from pathlib import Path

import typer

from regulars.base.errors import BadInput, Conflict
from regulars.platform import logs
from regulars.platform.workspace import Workspace, open_workspace
from regulars.web.supervisor import Part, Supervisor

_READY_WITHIN_SECONDS = 60.0


def serve(home: Path | None, *, port: int | None = None, bind: str | None = None) -> None:
    """Start web and worker, keep them running, and stop them on Ctrl-C or SIGTERM."""
    workspace = _opened(home, port, bind)
    logs.configure("serve")
    _refuse_taken_port(workspace)
    _prepare(workspace)
    supervisor = Supervisor(
        [
            Part("web", _command("web", workspace), {"REGULARS_PROCESS": "web"}, renew_with=signal.SIGHUP),
            Part("worker", _command("worker", workspace), {"REGULARS_PROCESS": "worker"}),
        ]
    )
    supervisor.obey_signals()
    threading.Thread(target=_announce, args=(workspace,), daemon=True).start()
    supervisor.run()


def web(home: Path | None, *, port: int | None = None, bind: str | None = None) -> None:
    """Answer requests, nothing else."""
    workspace = _opened(home, port, bind)
    logs.configure("web")
    if "REGULARS_PARENT" not in os.environ:
        _refuse_taken_port(workspace)
    from regulars.web.granian_server import serve as answer

    answer(workspace)


def worker(home: Path | None) -> None:
    """Do background work, nothing else."""
    workspace = open_workspace(home)
    logs.configure("worker")
    from regulars.web.background import work

    work(workspace)


def _opened(home: Path | None, port: int | None, bind: str | None) -> Workspace:
    """The workspace, with what the command line says about the network; the parts inherit it."""
    for name, value in (("REGULARS_WEB_PORT", port), ("REGULARS_WEB_BIND", bind)):
        if value is not None:
            os.environ[name] = str(value)
    workspace = open_workspace(home)
    web = workspace.settings.web
    if "REGULARS_WEB_ADDRESS" not in os.environ and port is not None and web.address == "http://127.0.0.1:8000":
        os.environ["REGULARS_WEB_ADDRESS"] = f"http://127.0.0.1:{port}"
        workspace = open_workspace(home)
    return workspace


def _command(name: str, workspace: Workspace) -> list[str]:
    return [sys.executable, "-P", "-m", "regulars.cli", name, "--home", str(workspace.path)]


def _prepare(workspace: Workspace) -> None:
    """Bring the tables up to date and say how to sign in first, in a process of its own: this one stays small."""
    program = "from regulars.web.prepare import prepare; prepare()"
    done = subprocess.run(  # noqa: S603 - see `program`
        [sys.executable, "-P", "-c", program], env={**os.environ, "REGULARS_HOME": str(workspace.path)}, check=False
    )
    if done.returncode:
        raise typer.Exit(done.returncode)


def _refuse_taken_port(workspace: Workspace) -> None:
    # The web server shares its port between its processes, so it wouldn't notice another server on it.
    web = workspace.settings.web
    try:
        family, kind, _, _, address = socket.getaddrinfo(web.bind, web.port, type=socket.SOCK_STREAM)[0]
    except (OSError, UnicodeError):
        raise BadInput(
            f"'{web.bind}' (bind) is no network address of this machine. Use 127.0.0.1 or 0.0.0.0."
        ) from None
    with socket.socket(family, kind) as trial:
        trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            trial.bind(address)
        except OSError as error:
            raise Conflict(
                f"Port {web.port} of {web.bind} can't be used ({error.strerror}). Stop what runs there, or name "
                "another one with --port."
            ) from None


def _announce(workspace: Workspace) -> None:
    """Say where it is once it answers."""
    web = workspace.settings.web
    host = "127.0.0.1" if web.bind in ("0.0.0.0", "::", "") else web.bind  # noqa: S104 - compared, not bound
    end = time.monotonic() + _READY_WITHIN_SECONDS
    while time.monotonic() < end:
        try:
            socket.create_connection((host, web.port), timeout=1).close()
        except OSError:
            time.sleep(0.1)
            continue
        typer.echo(f"Regulars is at {web.address} (Ctrl-C stops it).")
        return
