"""A disk that fills up, a database that goes away: 503 that says when to come again, and it recovers by itself."""

from __future__ import annotations

import json
import os
import resource
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Event

import psutil
import pytest
from hard.platform.places import Place
from hard.platform.test_kill_server import Server
from hard.stream import sending
from hard.stream.conftest import Serve
from hard.stream.test_exactly_once import SEED, Sent

pytestmark = pytest.mark.hard
FULL = os.environ.get("REGULARS_HARD", "small") == "full"
AWAY_SECONDS = 60.0 if FULL else 8.0
EVENTS = 50_000 if FULL else 5_000


@contextmanager
def away(place: Place) -> Iterator[None]:
    """Nobody can use the database within the block."""
    if not place.database:
        connection = sqlite3.connect(place.home / "regulars.sqlite3", timeout=30, isolation_level=None)
        connection.execute("BEGIN IMMEDIATE")
        try:
            yield
        finally:
            connection.close()
        return
    import psycopg

    other = place.database.replace("@/postgres?", "@/template1?")
    with psycopg.connect(other, autocommit=True) as con:
        con.execute("ALTER DATABASE postgres ALLOW_CONNECTIONS false")
        try:
            for _ in range(3):
                con.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = 'postgres'")
                time.sleep(0.1)
            yield
        finally:
            con.execute("ALTER DATABASE postgres ALLOW_CONNECTIONS true")


@contextmanager
def full_disk(server: Server) -> Iterator[None]:
    """No file may grow within the block."""
    processes = [psutil.Process(server.process.pid), *server.processes()]
    limits = {one.pid: resource.prlimit(one.pid, resource.RLIMIT_FSIZE) for one in processes}
    for pid, (_, hard) in limits.items():
        resource.prlimit(pid, resource.RLIMIT_FSIZE, (4_096, hard))
    try:
        yield
    finally:
        for pid, limit in limits.items():
            if psutil.pid_exists(pid):
                resource.prlimit(pid, resource.RLIMIT_FSIZE, limit)


def refused_within(server: Server, key: str, trouble: Callable[[], object]) -> Callable[[Event], None]:
    """While clients send, there is trouble for a time; within it somebody is told 503."""

    def meanwhile(_done: Event) -> None:
        time.sleep(0.5)
        with trouble():  # type: ignore[attr-defined]
            end, client = time.monotonic() + AWAY_SECONDS, sending.Client(server.port, key)
            body = json.dumps({"batch": sending.shuffled(1, SEED)[0]}).encode()
            while time.monotonic() < end:
                client.once(body)
                time.sleep(0.2)
            assert client.seen[503] > 0, dict(client.seen)

    return meanwhile


def test_a_database_that_goes_away(place: Place, serve: Serve) -> None:
    here = Sent(place.home, place.database)
    server, key = serve(here), sending.key(here)
    statuses = sending.send(
        server, key, sending.shuffled(EVENTS, SEED), refused_within(server, key, lambda: away(here))
    )
    print(dict(statuses))
    server.process.terminate()
    server.process.wait(90)
    assert sending.in_lake(here) == dict.fromkeys(range(EVENTS), 1)


def test_a_disk_that_fills_up(place: Place, serve: Serve) -> None:
    if place.database:
        pytest.skip("the files are PostgreSQL's: see test_full_postgresql.py")
    here = Sent(place.home, place.database)
    server, key = serve(here), sending.key(here)
    statuses = sending.send(
        server, key, sending.shuffled(EVENTS, SEED), refused_within(server, key, lambda: full_disk(server))
    )
    print(dict(statuses))
    server.process.terminate()
    server.process.wait(90)
    assert sending.in_lake(here) == dict.fromkeys(range(EVENTS), 1)
