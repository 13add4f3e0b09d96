"""CHECKS 11: events sent again and again, in any order, while processes are killed: each acknowledged one is in the
lake exactly once."""

from __future__ import annotations

import os
import random
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from threading import Event

import pytest
from hard.platform.places import Place
from hard.platform.test_kill_server import Server
from hard.stream import sending
from hard.stream.conftest import Serve

pytestmark = pytest.mark.hard
FULL = os.environ.get("REGULARS_HARD", "small") == "full"
EVENTS = 1_000_000 if FULL else 20_000
BETWEEN_SECONDS = (0.5, 3.0) if FULL else (0.1, 0.8)
"""From one kill to the next: a quiet machine takes the few events of the small size in two seconds."""
SEED = 20_260_314
FORGETFUL = Path(__file__).with_name("forgetful")


@dataclass(frozen=True)
class Sent(Place):
    """A workspace to whose server a great deal may be sent; `extra` is looked for modules in first."""

    extra: str = ""

    @property
    def environment(self) -> dict[str, str]:
        found = Place.environment.fget(self) | {"REGULARS_API_EVENTS_PER_SECOND": "0"}  # type: ignore[attr-defined]
        return found | {"PYTHONPATH": os.pathsep.join(filter(None, [self.extra, found["PYTHONPATH"]]))}


def killing(server: Server, chance: random.Random, killed: list[str]) -> Callable[[Event], None]:
    """Kills a part of the server every so often; mostly one that is well, else nothing would ever be answered."""

    def go_on(done: Event) -> None:
        while not done.wait(chance.uniform(*BETWEEN_SECONDS)):
            if not server.well() and chance.random() < 0.95:
                continue
            name = chance.choice(["answering", "web", "worker"])
            part = server.part(name)
            if part is not None:
                part.kill()
                killed.append(name)

    return go_on


def test_every_acknowledged_event_is_in_the_lake_once(place: Place, serve: Serve) -> None:
    here = Sent(place.home, place.database)
    server, chance, killed = serve(here), random.Random(SEED), list[str]()
    began = time.monotonic()
    statuses = sending.send(
        server,
        sending.key(here),
        sending.shuffled(EVENTS, SEED),
        killing(server, chance, killed),
    )
    took = time.monotonic() - began
    print(f"{EVENTS:,} events and a tenth again in {took:.0f} s, killed {killed}, answers {dict(statuses)}")
    server.process.terminate()
    server.process.wait(60)
    assert sending.in_lake(here) == dict.fromkeys(range(EVENTS), 1)
    assert killed


def test_without_the_memory_of_ids_some_are_there_twice(place: Place, serve: Serve) -> None:
    """The negative control."""
    here = Sent(place.home, place.database, str(FORGETFUL))
    server = serve(here)
    sending.send(server, sending.key(here), sending.shuffled(2_000, SEED), lambda _done: None)
    server.process.terminate()
    server.process.wait(60)
    found = sending.in_lake(here)
    assert set(found) == set(range(2_000))
    assert sum(times > 1 for times in found.values()) == 200
