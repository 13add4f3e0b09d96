"""Refreshing in a process of its own, which gets ready while orders are still being read.

Loading all that judging needs takes a second of one core. A command that will judge makes a `RefreshProcess` first
thing; the process loads, says so, waits for one line that says what to judge, and tells how far it is, one JSON object
a line. What went wrong there isn't told: the caller judges by itself then and meets the same error, with nothing lost
but time.
"""

from __future__ import annotations

import os
import subprocess  # only this Python with a fixed program
import sys
import threading
from collections.abc import Callable
from contextlib import suppress
from datetime import date
from pathlib import Path
from queue import SimpleQueue
from types import TracebackType
from typing import IO, TYPE_CHECKING

import msgspec

from regulars.insight.figures import Firm

if TYPE_CHECKING:
    from regulars.base.progress import Progress
    from regulars.customers.refresh import Refreshed
    from regulars.platform.workspace import Workspace

_PROGRAM = "from regulars.customers.refresh_process import work; work()"
_READY = b"ready\n"


class _Request(msgspec.Struct):
    home: str
    as_of: date | None


class _Stage(msgspec.Struct, tag=True):
    stage: str
    done: int
    total: int | None
    unit: str


class _Viewed(msgspec.Struct, tag=True):
    """The figures, before they are kept."""

    firm: Firm


class _Kept(msgspec.Struct, tag=True):
    """The last line: the id of the run."""

    run: int


class RefreshProcess:
    """The process; `with` ends it. It also ends by itself when this one is gone, however that came about.

    `ready` is called once it has loaded, in a thread: from then on it leaves its core to others until it is asked.
    """

    def __init__(self, ready: Callable[[], None] = lambda: None) -> None:
        self._child: subprocess.Popen[bytes] | None = None
        self._waits = threading.Thread(target=self._wait, args=(ready,), daemon=True)
        try:
            self._child = subprocess.Popen(  # noqa: S603 - see _PROGRAM
                [sys.executable, "-P", "-c", _PROGRAM],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
            )
        except OSError:
            return  # no room for another process: the caller judges by itself
        self._waits.start()

    def _wait(self, ready: Callable[[], None]) -> None:
        child = self._child
        if child is not None and child.stdout is not None and child.stdout.readline() == _READY:
            ready()

    def ask(self, workspace: Workspace, as_of: date | None) -> None:
        """Have it begin, and return at once; `refresh` then follows it to its end."""
        child = self._child
        if child is not None and child.stdin is not None:
            with suppress(OSError):  # it died: `refresh` finds out
                child.stdin.write(msgspec.json.encode(_Request(str(workspace.path), as_of)) + b"\n")
                child.stdin.flush()

    def refresh(self, progress: Progress, viewed: Callable[[Firm], None]) -> Refreshed | None:
        """What was asked for, as `refresh.refresh` does it; None when it didn't come to its end there."""
        child = self._child
        if child is None or child.stdout is None:
            return None
        self._waits.join()
        try:
            return _follow(child.stdout, progress, viewed)
        except (OSError, msgspec.DecodeError):  # it died: an empty line is no JSON
            return None

    def close(self) -> None:
        """End the process."""
        child, self._child = self._child, None
        if child is not None:
            child.kill()
            self._waits.join()
            child.communicate()

    def __enter__(self) -> RefreshProcess:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def _follow(lines: IO[bytes], progress: Progress, viewed: Callable[[Firm], None]) -> Refreshed | None:
    from regulars.customers.models import Run
    from regulars.customers.refresh import Refreshed

    firm: Firm | None = None
    while True:
        match msgspec.json.decode(lines.readline(), type=_Stage | _Viewed | _Kept):
            case _Stage(stage, done, total, unit):
                progress(stage, done, total, unit)
            case _Viewed(firm):
                viewed(firm)
            case _Kept(run):
                return Refreshed(Run.objects.get(pk=run), firm) if firm else None


def work() -> None:
    """The process itself: load, wait for the request, do it, end."""
    import signal

    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the command in front decides; this ends with its input
    requests: SimpleQueue[bytes] = SimpleQueue()
    threading.Thread(target=_listen, args=(requests,), daemon=True).start()
    with os.fdopen(os.dup(1), "wb") as answers, Path(os.devnull).open("wb") as nowhere:
        os.dup2(nowhere.fileno(), 1)  # nothing that a library prints may get among the answers
        _load()
        answers.write(_READY)
        answers.flush()
        _do(msgspec.json.decode(requests.get(), type=_Request), answers)


def _listen(requests: SimpleQueue[bytes]) -> None:
    for line in sys.stdin.buffer:
        requests.put(line)
    os._exit(1)  # nobody is left to judge for; what was half done counts for nothing, as after any crash


def _load() -> None:
    """Load everything that judging will need, by judging three orders: much is loaded when it is first used."""
    from regulars.lake import engine

    engine.spare_pandas()
    from regulars.platform import store

    store.prepare()
    import pyarrow as pa

    from regulars import insight
    from regulars.customers import refresh

    _ = refresh
    days = pa.array([1, 20, 30], pa.int32()).cast(pa.date32())
    few = {"customer_id": pa.array([1, 1, 2]), "day": days, "orders": pa.array([1, 1, 1]), "net": pa.array([5, 6, 7])}
    insight.run(insight.Frames({"occasions": pa.table(few)}), 40)


def _do(request: _Request, answers: IO[bytes]) -> None:
    from regulars.customers.refresh import refresh
    from regulars.platform import store
    from regulars.platform.workspace import open_workspace

    def say(what: _Stage | _Viewed | _Kept) -> None:
        answers.write(msgspec.json.encode(what) + b"\n")
        answers.flush()

    def progress(stage: str, done: int = 0, total: int | None = None, unit: str = "") -> None:
        say(_Stage(stage, done, total, unit))

    workspace = open_workspace(request.home)
    store.start(workspace)
    found = refresh(workspace, as_of=request.as_of, progress=progress, viewed=lambda firm: say(_Viewed(firm)))
    say(_Kept(found.run.pk))
