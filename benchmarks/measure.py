"""Running one piece of work in a process of its own: seconds and peak memory.

A worker is `python -m benchmarks.<module> ARG...`. When its last line on stdout is a JSON object, it is its own
account (`seconds` of the work without the start of Python, and what it counted); else the whole process counts.
Linux counts what this process held when it started the worker into the worker's peak, so this one stays small.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Measured:
    """What one process took. `seconds` is the work alone where the worker says it, `wall_seconds` everything."""

    seconds: float
    wall_seconds: float
    peak_mb: float
    said: Mapping[str, Any] = field(default_factory=dict)


class WorkerFailed(Exception):
    """A worker ended with an error; the message has the end of what it said."""


def worker(module: str, *args: object, repeat: int = 1) -> Measured:
    """`python -m benchmarks.<module> args`, the fastest of `repeat` runs (its memory the largest of all)."""
    return command([sys.executable, "-m", f"benchmarks.{module}", *map(str, args)], repeat=repeat)


def command(argv: Sequence[str], *, repeat: int = 1, env: Mapping[str, str] | None = None) -> Measured:
    """Any command, the fastest of `repeat` runs. Raises WorkerFailed when it doesn't end with 0."""
    runs = [_once(argv, env) for _ in range(repeat)]
    best = min(runs, key=lambda run: run.seconds)
    return Measured(best.seconds, best.wall_seconds, max(run.peak_mb for run in runs), best.said)


def _once(argv: Sequence[str], env: Mapping[str, str] | None) -> Measured:
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        started = time.perf_counter()
        process = subprocess.Popen(argv, stdout=out, stderr=err, env={**os.environ, **(env or {})})
        _, status, usage = os.wait4(process.pid, 0)
        wall = time.perf_counter() - started
        process.returncode = os.waitstatus_to_exitcode(status)
        out.seek(0)
        text = out.read().decode(errors="replace")
        if process.returncode != 0:
            err.seek(0)
            tail = (err.read().decode(errors="replace") or text).strip().splitlines()[-8:]
            raise WorkerFailed(f"{' '.join(argv)} ended with {process.returncode}:\n" + "\n".join(tail))
    said = _account(text)
    in_kb = 1024 if sys.platform != "darwin" else 1024 * 1024
    return Measured(float(said.get("seconds", wall)), wall, usage.ru_maxrss / in_kb, said)


def _account(text: str) -> dict[str, Any]:
    lines = text.strip().splitlines()
    if lines and lines[-1].startswith("{"):
        try:
            said = json.loads(lines[-1])
        except ValueError:
            return {}
        return said if isinstance(said, dict) else {}
    return {}


def say(**figures: object) -> None:
    """A worker's own account, printed as its last line."""
    print(json.dumps(figures))
