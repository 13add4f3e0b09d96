"""A part of the server doesn't outlive the process that started it, however that one ended.

Otherwise a killed supervisor would leave a web server on the port and a worker that nobody stops. A look at the parent
every quarter of a second works on every Unix, also for parts that another program starts as its grandchildren.
"""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Callable

PARENT = "REGULARS_PARENT"
"""Environment variable by which a process tells those it starts that they are to end with it: its process id."""

_LOOK_EVERY_SECONDS = 0.25


def end_with_parent(parent: int | None = None, *, end: Callable[[], None] | None = None) -> None:
    """End this process as soon as `parent` (else who REGULARS_PARENT names, else nobody) is no longer its parent.

    It ends as by kill -9, which every part must survive anyway; `end` is for tests.
    """
    named = os.environ.get(PARENT, "")
    parent = parent or (int(named) if named.isdigit() else None)
    if parent is None:
        return
    threading.Thread(target=_watch, args=(parent, end or _end), name="lifeline", daemon=True).start()


def _watch(parent: int, end: Callable[[], None]) -> None:
    while os.getppid() == parent:
        time.sleep(_LOOK_EVERY_SECONDS)
    end()


def _end() -> None:
    os.kill(os.getpid(), signal.SIGKILL)
