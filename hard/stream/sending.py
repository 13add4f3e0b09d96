"""Clients that send events to a real server until each was acknowledged, and what the lake has of them then."""

from __future__ import annotations

import base64
import http.client
import json
import random
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from threading import Event
from typing import Any

from hard.platform.places import ROOT, Place
from hard.platform.test_kill_server import Server

PATIENCE_SECONDS = 300.0
Batch = list[dict[str, Any]]


def shuffled(events: int, seed: int, size: int = 100) -> list[Batch]:
    """Batches of so many different events, a tenth of them twice, in any order."""
    chance = random.Random(seed)
    numbers = [*range(events), *chance.sample(range(events), events // 10)]
    chance.shuffle(numbers)
    every = [event(number) for number in numbers]
    return [every[at : at + size] for at in range(0, len(every), size)]


def event(number: int) -> dict[str, Any]:
    """The event with this number."""
    return {
        "type": "track",
        "event": "Product Viewed",
        "messageId": f"event {number}",
        "anonymousId": f"visitor {number % 997}",
        "properties": {"product_id": f"P{number % 50}", "position": number},
    }


def key(place: Place) -> str:
    """A public key of the workspace."""
    out = subprocess.run(
        [sys.executable, "-m", "hard.stream.one_drain", str(place.home), "key"],
        cwd=ROOT,
        env=place.environment,
        capture_output=True,
        text=True,
        check=True,
        timeout=120,
    )
    return out.stdout.strip().splitlines()[-1]


class Client:
    """Sends batches one after the other, each again and again until it is acknowledged."""

    def __init__(self, port: int, key: str) -> None:
        self._port = port
        self._head = {
            "Authorization": "Basic " + base64.b64encode(f"{key}:".encode()).decode(),
            "Content-Type": "application/json",
        }
        self._connection: http.client.HTTPConnection | None = None
        self.seen: Counter[int] = Counter()
        """Status -> how often; 0 is no answer."""

    def until_acknowledged(self, batch: Batch) -> None:
        """Raises AssertionError when that takes too long."""
        body, end = json.dumps({"batch": batch}).encode(), time.monotonic() + PATIENCE_SECONDS
        while True:
            status = self.once(body)
            if status == 200:
                return
            assert status in (0, 429, 503), f"answered {status}"
            assert time.monotonic() < end, f"never acknowledged: {dict(self.seen)}"
            time.sleep(0.05)

    def once(self, body: bytes) -> int:
        """The status; 0 where there was none."""
        try:
            if self._connection is None:
                self._connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=90)
            self._connection.request("POST", "/v1/batch", body, self._head)
            answer = self._connection.getresponse()
            answer.read()
            status = answer.status
            if status == 503:
                assert answer.headers.get("Retry-After"), "a 503 says when to come again"
        except (OSError, http.client.HTTPException):
            status = 0
        if status == 0 and self._connection is not None:
            self._connection.close()
            self._connection = None
        self.seen[status] += 1
        return status


def send(server: Server, key: str, batches: Sequence[Batch], meanwhile: Callable[[Event], None]) -> Counter[int]:
    """Send all batches from four clients while `meanwhile` does what it does, until the event it is given is set."""
    done = Event()
    clients = [Client(server.port, key) for _ in range(4)]

    def work(number: int) -> None:
        for batch in batches[number :: len(clients)]:
            clients[number].until_acknowledged(batch)

    with ThreadPoolExecutor(len(clients) + 1) as pool:
        trouble = pool.submit(meanwhile, done)
        try:
            list(pool.map(work, range(len(clients))))
        finally:
            done.set()
        trouble.result()
    return sum((client.seen for client in clients), Counter())


def in_lake(place: Place) -> Counter[int]:
    """Take everything to the lake; how often each event (by its number) is there."""
    out = subprocess.run(
        [sys.executable, "-m", "hard.stream.one_drain", str(place.home), "drain"],
        cwd=ROOT,
        env=place.environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=1_800,
    )
    assert out.returncode == 0, out.stderr[-2_000:]
    return Counter(json.loads(out.stdout.strip().splitlines()[-1]))
