"""The disk under PostgreSQL's tables fills up: clear 503s, what was acknowledged is there, and it recovers by itself.

The tables lie on a small disk of their own (a tablespace in memory), which is filled to the last byte. PostgreSQL's log
lies elsewhere: without room for that the server itself stops, which is as when it is away.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Event

import psycopg
import pytest
from hard.platform.places import postgresql, until
from hard.stream import sending
from hard.stream.conftest import Serve
from hard.stream.test_exactly_once import SEED, Sent
from hard.stream.test_trouble import AWAY_SECONDS, EVENTS

pytestmark = pytest.mark.hard
DISK_MB = 128
BATCH = 100
_CHUNK = bytes(1 << 16)


@pytest.fixture
def disk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A disk of a few megabytes."""
    folder = tmp_path_factory.mktemp("full") / "disk"
    folder.mkdir()
    mount = shutil.which("mount")
    words = [str(mount), "-t", "tmpfs", "-o", f"size={DISK_MB}m,mode=0755", "tmpfs", str(folder)]
    made = subprocess.run(words, capture_output=True, text=True, check=False) if mount else None
    if made is None or made.returncode:
        pytest.skip("no small disk can be mounted here (it takes root, and a container that may mount)")
    yield folder
    subprocess.run(["umount", "--lazy", str(folder)], check=True)


@pytest.fixture
def here(disk: Path) -> Iterator[Sent]:
    """A workspace on a PostgreSQL whose tables are on the small disk."""
    home = disk.parent / "home"
    home.mkdir()
    with postgresql(disk.parent) as address:
        tables = disk / "tables"
        tables.mkdir()
        owner = (disk.parent / "pg" / "PG_VERSION").stat()
        shutil.chown(tables, owner.st_uid, owner.st_gid)
        with psycopg.connect(address.replace("@/postgres?", "@/template1?"), autocommit=True) as con:
            con.execute(f"CREATE TABLESPACE small LOCATION '{tables}'".encode())
            con.execute("ALTER DATABASE postgres SET TABLESPACE small")
        yield Sent(home, address)


@contextmanager
def filled(disk: Path) -> Iterator[None]:
    """There is no room left within the block."""
    ballast = disk / "ballast"
    with ballast.open("wb", buffering=0) as file:
        try:
            while file.write(_CHUNK):
                pass
        except OSError:
            pass
    try:
        yield
    finally:
        ballast.unlink()


def test_a_full_disk_under_the_tables(here: Sent, disk: Path, serve: Serve) -> None:
    server, key = serve(here), sending.key(here)
    client, acknowledged = sending.Client(server.port, key), set(range(EVENTS))
    refused: list[int] = []

    def meanwhile(_done: Event) -> None:
        first = EVENTS
        with filled(disk):
            end = time.monotonic() + AWAY_SECONDS
            while time.monotonic() < end:
                numbers = range(first, first := first + BATCH)
                body = json.dumps({"batch": [sending.event(number) for number in numbers]}).encode()
                if client.once(body) == 200:
                    acknowledged.update(numbers)
                else:
                    refused.extend(numbers)
                    time.sleep(0.2)
        client.until_acknowledged([sending.event(first)])
        acknowledged.add(first)

    statuses = sending.send(server, key, sending.shuffled(EVENTS, SEED), meanwhile)
    print(dict(statuses), dict(client.seen), f"{len(refused)} events were refused")
    assert refused
    assert set(client.seen) <= {200, 503}, "the server is there, and says what is wrong"
    until(server.well, "the server is well again")
    server.process.terminate()
    server.process.wait(90)
    assert sending.in_lake(here) == dict.fromkeys(acknowledged, 1)
