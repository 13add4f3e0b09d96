"""kill -9 of the worker that tells other systems: each message comes, always with its own id, whoever died when."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import time
from collections import defaultdict
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler

import pytest
from hard.platform.places import ROOT, Place, until
from standardwebhooks.webhooks import Webhook
from tests.platform.egress.servers import Local, local, plain

pytestmark = pytest.mark.hard
FULL = os.environ.get("REGULARS_HARD", "small") == "full"
MESSAGES = 2_000 if FULL else 200
KILLS = 30 if FULL else 3
SEED = 20_261_122


def slowly(handler: BaseHTTPRequestHandler) -> None:
    """A receiver that takes a moment, so that a kill is likely to hit messages on their way."""
    time.sleep(0.05)
    plain(204, b"")(handler)


@pytest.fixture
def receiver() -> Iterator[Local]:
    with local(slowly) as server:
        yield server


def worker(place: Place, receiver: Local, *words: str) -> subprocess.Popen[str]:
    return place.start(
        sys.executable, "-m", "hard.stream.one_teller", str(place.home), str(receiver.port), "work", *words
    )


def happened(place: Place, receiver: Local, messages: int) -> str:
    """So many things happen that the receiver is to be told; its secret."""
    words = [sys.executable, "-m", "hard.stream.one_teller", str(place.home), str(receiver.port), "put", str(messages)]
    made = subprocess.run(words, cwd=ROOT, env=place.environment, capture_output=True, text=True, check=True)
    return made.stdout.strip().splitlines()[-1]


def arrived(receiver: Local, secret: str) -> dict[str, list[str]]:
    """Customer -> ids of the messages that told of them; every signature is good."""
    check, found = Webhook(secret), defaultdict(list)
    for one in list(receiver.seen):
        check.verify(one.body, one.headers)
        found[json.loads(one.body)["data"]["customer"]].append(one.headers["webhook-id"])
    return found


def waiting(place: Place) -> int:
    (row,) = place.ask(
        "SELECT (SELECT count(*) FROM platform_event WHERE reacted_at IS NULL) + "
        "(SELECT count(*) FROM stream_outgoing WHERE state <> 'done')"
    )
    return int(row[0])


def test_workers_are_killed_again_and_again(place: Place, receiver: Local) -> None:
    chance, secret = random.Random(SEED), happened(place, receiver, MESSAGES)
    running = worker(place, receiver)
    try:
        for _ in range(KILLS):
            before = len(receiver.seen)
            until(lambda at=before: len(receiver.seen) > at or waiting(place) == 0, "a message")  # type: ignore[misc]
            time.sleep(chance.random() * 0.2)
            running.kill()
            running.wait()
            running = worker(place, receiver)
        until(lambda: waiting(place) == 0, f"all told; {waiting(place)} are not", 120)
        running.send_signal(signal.SIGTERM)
        assert running.wait(30) == 0, place.log()
    finally:
        running.kill()
    found = arrived(receiver, secret)
    assert set(found) == {str(number + 1) for number in range(MESSAGES)}, "nothing is lost"
    assert all(len(set(ids)) == 1 for ids in found.values()), "the same message has the same id"
    assert len({ids[0] for ids in found.values()}) == MESSAGES
    again = sum(len(ids) - 1 for ids in found.values())
    print(f"{KILLS} workers were killed, {again} of {MESSAGES} messages came again; seed {SEED}")


@pytest.mark.parametrize("words", [(), ("forgetful",)], ids=["as it is", "without the claim"])
def test_killed_between_the_claim_and_the_call(place: Place, receiver: Local, words: tuple[str, ...]) -> None:
    """Without putting off its next try, instead of taking it as sent, a message is lost: the negative control."""
    messages, secret = 40, happened(place, receiver, 40)
    dying = worker(place, receiver, "die", *words)
    try:
        assert dying.wait(60) == -signal.SIGKILL, place.log()
    finally:
        dying.kill()
    again = worker(place, receiver, *words)
    try:
        until(lambda: waiting(place) == 0, "all that is known of is told")
    finally:
        again.kill()
        again.wait()
    lost = {str(number + 1) for number in range(messages)} - set(arrived(receiver, secret))
    assert bool(lost) == bool(words), lost
