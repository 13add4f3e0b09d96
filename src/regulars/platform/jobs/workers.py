"""Which workers are alive: each says so every few seconds, and one on the same machine can be looked at."""

from __future__ import annotations

import os
import socket
from datetime import datetime, timedelta
from pathlib import Path
from uuid import uuid4

from regulars.base import clock
from regulars.platform.models import Worker

BEAT_EVERY_SECONDS = 5.0
LEASE_SECONDS = 30.0
"""A worker that hasn't said a word for so long is taken for dead."""


def begin() -> str:
    """Put this process down as a worker; returns its name."""
    now = clock.now()
    name = f"{os.getpid()}-{uuid4().hex[:8]}"
    Worker.objects.create(name=name, machine=machine(), process=os.getpid(), started_at=now, beat_at=now)
    return name


def beat(name: str) -> None:
    """Say that this worker is alive; also when it was taken for dead meanwhile."""
    now = clock.now()
    Worker.objects.update_or_create(
        name=name,
        defaults={"beat_at": now},
        create_defaults={"machine": machine(), "process": os.getpid(), "started_at": now, "beat_at": now},
    )


def end(name: str) -> None:
    """Say that this worker stops."""
    Worker.objects.filter(name=name).delete()


def alive() -> set[str]:
    """Names of the workers that live."""
    since = clock.now() - timedelta(seconds=LEASE_SECONDS)
    rows = Worker.objects.filter(beat_at__gt=since).values_list("name", "machine", "process")
    here = machine()
    return {name for name, where, process in rows if where != here or _runs(process)}


def last_beat() -> datetime | None:
    """When a worker last said that it is alive."""
    return Worker.objects.order_by("-beat_at").values_list("beat_at", flat=True).first()


def machine() -> str:
    """What tells this machine from others: its name, and the namespace in which process ids mean something."""
    try:
        space = str(Path("/proc/self/ns/pid").readlink())
    except OSError:  # no Linux: there is only one
        space = ""
    return f"{socket.gethostname()[:80]} {space}".strip()


def _runs(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
