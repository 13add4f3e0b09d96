"""kill -9 of workers at random moments: every job is done, every reaction has its effect once."""

from __future__ import annotations

import os
import random
import signal
import time

import pytest
from hard.platform.places import Place, until

pytestmark = pytest.mark.hard
FULL = os.environ.get("REGULARS_HARD", "small") == "full"
KILLS = 25 if FULL else 4
JOBS = 500 if FULL else 60
SECONDS = 0.3
SEED = 20_261_121


def effects(place: Place) -> list[tuple[int, int]]:
    """Job number -> how often the reaction to it had its effect."""
    return place.ask(
        "SELECT customer_id, count(*) FROM platform_auditentry WHERE action = 'counted' GROUP BY customer_id ORDER BY 1"
    )


def working(place: Place) -> set[int]:
    """Process ids of workers that have put themselves down."""
    return {row[0] for row in place.ask("SELECT process FROM platform_worker")}


def test_two_workers_are_killed_again_and_again(place: Place) -> None:
    rng = random.Random(SEED)
    place.put(JOBS, seconds=SECONDS)
    workers = [place.worker(), place.worker()]
    try:
        for _ in range(KILLS):
            until(lambda: {worker.pid for worker in workers} <= working(place), "two workers at work")
            time.sleep(rng.random() * SECONDS)
            killed = rng.randrange(2)
            workers[killed].kill()
            workers[killed].wait()
            workers[killed] = place.worker()
        until(lambda: place.statuses() == {"SUCCESSFUL": JOBS}, f"all jobs done; {place.statuses()}", 180)
        until(lambda: len(effects(place)) == JOBS, "all effects")
        for worker in workers:
            worker.send_signal(signal.SIGTERM)
        assert [worker.wait(30) for worker in workers] == [0, 0], place.log()
    finally:
        for worker in workers:
            worker.kill()
    assert effects(place) == [(number, 1) for number in range(JOBS)]
    assert place.ask("SELECT count(*) FROM platform_event WHERE name = 'counted'") == [(JOBS,)]
    tries = place.ask("SELECT CAST(worker_ids AS text) FROM django_tasks_database_dbtaskresult")
    again = sum(str(row[0]).count(",") for row in tries)
    print(f"{KILLS} workers were killed, {again} tries of {JOBS} jobs were made again; seed {SEED}")


@pytest.mark.parametrize(("words", "times"), [((), 1), (("unmarked",), 2)])
def test_killed_right_after_a_reaction(place: Place, words: tuple[str, ...], times: int) -> None:
    """Negative control: without the mark, those reactions that were done before the kill are done again."""
    place.put(3, seconds=0.0)
    dying = place.worker("die", *words)
    try:
        assert dying.wait(60) == -signal.SIGKILL, place.log()
    finally:
        dying.kill()
    again = place.worker(*words)
    try:
        until(lambda: place.ask("SELECT 1 FROM platform_event WHERE reacted_at IS NULL") == [], "all events reacted to")
        until(lambda: len(effects(place)) == 3, "all effects")
    finally:
        again.kill()
        again.wait()
    assert max(count for _, count in effects(place)) == times


def test_a_worker_that_is_told_to_stop_finishes_its_job(place: Place) -> None:
    place.put(2, seconds=2.0)
    worker = place.worker()
    try:
        until(lambda: "RUNNING" in place.statuses(), "a job is running")
        worker.send_signal(signal.SIGTERM)
        assert worker.wait(30) == 0, place.log()
    finally:
        worker.kill()
    assert place.statuses() == {"SUCCESSFUL": 1, "READY": 1}
    assert working(place) == set()
