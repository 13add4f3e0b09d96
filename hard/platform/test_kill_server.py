"""kill -9 of any process of `regulars serve`: it heals by itself, and nothing stays behind when the top one goes."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil
import pytest
from hard.platform.places import REGULARS, Place, free_port, until

pytestmark = pytest.mark.hard
FULL = os.environ.get("REGULARS_HARD", "small") == "full"
ROUNDS = 5 if FULL else 1
MOST_MEMORY_MB = 300


@dataclass
class Server:
    """`regulars serve` on a workspace."""

    place: Place
    port: int
    process: subprocess.Popen[str]

    def health(self) -> dict[str, Any]:
        """What /health says, {} when nobody answers."""
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/health", timeout=5) as answer:
                return dict(json.load(answer))
        except (OSError, urllib.error.URLError):
            return {}

    def well(self) -> bool:
        return self.health().get("status") == "ok"

    def processes(self) -> list[psutil.Process]:
        """Everything below the supervisor."""
        return psutil.Process(self.process.pid).children(recursive=True)

    def part(self, name: str) -> psutil.Process | None:
        """The process of a part: web (granian's first), answering (the one that answers), worker; None while gone."""
        try:
            for process in psutil.Process(self.process.pid).children():
                words = process.cmdline()
                if "regulars.cli" in words and words[words.index("regulars.cli") + 1] == name.replace(
                    "answering", "web"
                ):
                    return process if name != "answering" else next(iter(process.children()), None)
        except (psutil.NoSuchProcess, psutil.ZombieProcess):
            return None
        return None

    def kill(self, name: str) -> None:
        """Kill a part, and wait until it is there again and the server is well."""
        killed = self.part(name)
        assert killed
        also = killed.children(recursive=True)
        killed.kill()
        until(lambda: all(map(gone, [killed, *also])), f"{name} and its own are gone", 10)
        until(lambda: self.part(name) not in (None, killed), f"another {name}: {self.place.log()}", 60)
        until(lambda: self.well() and (name != "worker" or self.working()), f"well again: {self.place.log()}", 60)

    def working(self) -> bool:
        """Whether the present worker has said that it works."""
        part = self.part("worker")
        return part is not None and (part.pid,) in self.place.ask("SELECT process FROM platform_worker")


def gone(process: psutil.Process) -> bool:
    return not process.is_running() or process.status() == psutil.STATUS_ZOMBIE


def started(place: Place, port: int) -> Server:
    server = Server(place, port, place.start(str(REGULARS), "serve", "--port", str(port)))
    until(server.well, f"the server is well: {server.health()} {place.log()}", 90)
    return server


@pytest.fixture
def server(place: Place) -> Iterator[Server]:
    """A server that is well."""
    running = started(place, free_port())
    yield running
    for process in (
        [*running.processes(), psutil.Process(running.process.pid)] if running.process.poll() is None else []
    ):
        process.kill()


def test_every_part_heals_and_nothing_is_left_behind(server: Server) -> None:
    for _ in range(ROUNDS):
        for name in ("answering", "web", "worker"):
            server.kill(name)
    answering = server.part("answering")
    assert answering
    assert answering.memory_info().rss / 2**20 < MOST_MEMORY_MB

    everything = server.processes()
    server.process.kill()
    server.process.wait()
    began = time.monotonic()
    until(lambda: all(map(gone, everything)), "all processes are gone with the supervisor", 10)
    print(f"after kill -9 of the supervisor the others were gone in {time.monotonic() - began:.1f} s")

    again = started(server.place, server.port)
    everything = again.processes()
    began = time.monotonic()
    again.process.send_signal(signal.SIGTERM)
    assert again.process.wait(30) == 0, server.place.log()
    assert all(map(gone, everything))
    print(f"SIGTERM stopped all in {time.monotonic() - began:.1f} s")


def test_a_second_server_on_the_port_says_so(server: Server, tmp_path: Path) -> None:
    second = Place(tmp_path, "")
    process = second.start(str(REGULARS), "serve", "--port", str(server.port))
    assert process.wait(60) == 1
    assert "--port" in second.log()
