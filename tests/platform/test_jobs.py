"""Jobs are claimed once, tried again when they fail or their worker dies, dead after the last try, and restartable."""

from __future__ import annotations

import os
import threading
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from django.db import transaction
from django_tasks_db.models import DBTaskResult
from tests.platform.threads import at_once
from tests.stores import every_database

from regulars.base import clock
from regulars.platform.jobs import HEAVY, QUICK, actions, job, pruning, queries, queue, workers
from regulars.platform.jobs.worker import Worker, perform
from regulars.platform.models import AuditEntry
from regulars.platform.models import Worker as WorkerRow
from regulars.platform.workspace import Workspace

pytestmark = every_database
done: list[object] = []
begun, may_end = threading.Event(), threading.Event()


@job(name="tests: note", retries=2, wait_seconds=10, longest_wait_seconds=15)
def note(what: object = None, fail: str = "") -> None:
    """Puts down that it ran."""
    done.append(what)
    if fail:
        raise ValueError(fail)


@job(name="tests: leave")
def leaves() -> None:
    """As a library's command would."""
    raise SystemExit(1)


@job(name="tests: slow", lane=HEAVY)
def slow() -> None:
    """Goes on until it may end."""
    begun.set()
    may_end.wait(10)


@job(name="tests: heavy", lane=HEAVY)
def heavy() -> None:
    """Of the other lane."""


@pytest.fixture(autouse=True)
def _nothing_done() -> None:
    done.clear()
    begun.clear()
    may_end.clear()


def work_off(lane: str = QUICK) -> int:
    """Do everything that is ready; how many tries that were."""
    worker, tries = workers.begin(), 0
    while claimed := queue.claim(worker, lane):
        perform(claimed)
        tries += 1
    workers.end(worker)
    return tries


def make_due() -> None:
    """Let every waiting job's pause be over."""
    DBTaskResult.objects.filter(status="READY").update(run_after=datetime(2020, 1, 1, tzinfo=UTC))


def the_job() -> DBTaskResult:
    return DBTaskResult.objects.get()


def test_a_job_is_done_with_its_arguments(workspace: Workspace) -> None:
    note.enqueue(what={"a": [1, None]})
    assert work_off() == 1
    assert done == [{"a": [1, None]}]
    assert the_job().status == "SUCCESSFUL"
    assert work_off() == 0


def test_a_job_is_put_down_in_the_callers_transaction(workspace: Workspace) -> None:
    with transaction.atomic():
        note.enqueue()
        transaction.set_rollback(True)
    assert work_off() == 0


def test_a_job_waits_for_its_time_and_its_lane(workspace: Workspace) -> None:
    note.enqueue(after=datetime.now(UTC) + timedelta(hours=1))
    heavy.enqueue()
    assert work_off(QUICK) == 0
    assert work_off(HEAVY) == 1


def test_the_same_job_is_put_down_once_where_that_is_asked(workspace: Workspace) -> None:
    first = note.enqueue(what=1, once=True)
    assert note.enqueue(what=1, once=True) == first
    assert note.enqueue(what=2, once=True) != first
    assert work_off() == 2
    assert note.enqueue(what=1, once=True) != first


def test_many_workers_share_jobs_and_none_is_done_twice(workspace: Workspace) -> None:
    for number in range(30):
        note.enqueue(what=number)
    at_once(work_off, threads=3)
    assert sorted(done) == list(range(30))  # type: ignore[type-var]


def test_without_the_condition_a_job_is_done_twice(workspace: Workspace) -> None:
    """Negative control: claim what was read, without asking whether it still waits."""
    note.enqueue(what=1)
    both_have_read = threading.Barrier(2)

    def claim_blindly() -> None:
        row = DBTaskResult.objects.ready().first()
        both_have_read.wait(10)
        assert row is not None
        row.claim("somebody")
        perform(queue._claimed(row))

    at_once(claim_blindly)
    assert done == [1, 1]


def test_a_failed_job_is_tried_again_later_and_is_dead_after_its_last_try(workspace: Workspace) -> None:
    note.enqueue(fail="no luck")
    for failures in (1, 2):
        now = datetime.now(UTC)
        assert work_off() == 1
        assert the_job().status == "READY"
        wait = (the_job().run_after - now).total_seconds()
        assert 10 * failures * 0.75 <= wait <= 15 * 1.25 + 5
        assert work_off() == 0
        make_due()
    assert work_off() == 1
    assert the_job().status == "FAILED"
    (dead,) = queries.dead()
    assert (dead.name, dead.tries, dead.error) == ("tests: note", 3, "ValueError: no luck")
    assert "Traceback" in dead.trace


def test_a_dead_job_can_be_restarted_with_all_its_tries_or_dropped(workspace: Workspace) -> None:
    job_id = note.enqueue(fail="no luck")
    for _ in range(3):
        work_off()
        make_due()
    assert actions.restart(job_id)
    assert not actions.restart(job_id)
    assert queries.dead() == []
    assert len(done) == 3
    for _ in range(3):
        assert work_off() == 1
        make_due()
    assert actions.drop(job_id)
    assert not actions.drop(job_id)
    assert not DBTaskResult.objects.exists()
    assert list(AuditEntry.objects.order_by("id").values_list("action", flat=True)) == ["job.restarted", "job.dropped"]


def test_what_went_wrong_is_kept_without_personal_data(workspace: Workspace) -> None:
    note.enqueue(fail="mail to mari@example.com bounced; call +358 40 123 4567")
    work_off()
    assert "mari" not in the_job().traceback
    assert "123" not in the_job().traceback.rpartition("ValueError")[2]


def test_a_job_nobody_knows_is_tried_again(workspace: Workspace) -> None:
    """As between two releases, while workers are replaced one by one."""
    note.enqueue()
    DBTaskResult.objects.update(args_kwargs={"args": ["tests: of tomorrow"], "kwargs": {}})
    assert work_off() == 1
    assert the_job().status == "READY"
    assert "KeyError" in the_job().exception_class_path


def test_jobs_of_a_dead_worker_are_taken_back(workspace: Workspace) -> None:
    note.enqueue(what=1)
    living, elsewhere, gone = workers.begin(), workers.begin(), workers.begin()
    assert queue.claim(living, QUICK)
    assert queue.take_back() == 0
    # On another machine only the missing beat tells.
    WorkerRow.objects.filter(name=elsewhere).update(machine="another", process=1)
    DBTaskResult.objects.update(worker_ids=[elsewhere])
    assert queue.take_back() == 0
    with clock.fixed(datetime.now(UTC) + timedelta(seconds=workers.LEASE_SECONDS + 1)):
        workers.beat(living)
        assert queue.take_back() == 1
    assert the_job().status == "READY"
    # On this machine its process can be looked for.
    make_due()
    assert queue.claim(gone, QUICK)
    assert queue.take_back() == 0
    WorkerRow.objects.filter(name=gone).update(process=_no_process())
    assert queue.take_back() == 1
    assert "WorkerDied" in the_job().exception_class_path


def test_a_job_that_kills_its_worker_every_time_is_dead_at_last(workspace: Workspace) -> None:
    note.enqueue()
    for _ in range(queue.MOST_DEATHS + 1):
        make_due()
        assert queue.claim("never alive", QUICK)
        assert queue.take_back() == 1
    assert [dead.error.split(":")[0] for dead in queries.dead()] == ["WorkerDied"]


def test_deaths_of_workers_leave_a_job_its_retries(workspace: Workspace) -> None:
    """As when the server is stopped again and again while a long import goes on."""
    note.enqueue(fail="no luck")
    for _ in range(3):
        for _ in range(2):
            make_due()
            assert queue.claim("never alive", QUICK)
            before = datetime.now(UTC)
            queue.take_back()
            assert (the_job().run_after - before).total_seconds() < 60 * 1.25 + 5
        make_due()
        assert queries.dead() == []
        assert work_off() == 1
    assert [(dead.error, dead.tries) for dead in queries.dead()] == [("ValueError: no luck", 9)]


def test_a_worker_taken_for_dead_has_no_say_any_more(workspace: Workspace) -> None:
    note.enqueue(what=1)
    first = queue.claim("asleep", QUICK)
    assert first
    queue.take_back()
    make_due()
    second = queue.claim("awake", QUICK)
    assert second
    assert not queue.finish(first)
    assert not queue.fail(first, ValueError())
    assert the_job().status == "RUNNING"
    assert queue.finish(second)


def test_a_job_of_which_nothing_could_be_said_is_tried_again(workspace: Workspace) -> None:
    """The database was gone when the worker, which lives on, was done with it."""
    note.enqueue(what=1)
    note.enqueue(what=2)
    name = workers.begin()
    doing, lost = queue.claim(name, QUICK), queue.claim(name, QUICK)
    assert doing
    assert lost
    assert queue.take_back_own(name, {doing.id}) == 0  # it may just have been claimed
    with clock.fixed(datetime.now(UTC) + timedelta(seconds=workers.LEASE_SECONDS + 1)):
        workers.beat(name)
        assert queue.take_back() == 0
        assert queue.take_back_own(name, {doing.id}) == 1
    assert DBTaskResult.objects.get(status="READY").id == UUID(lost.id)


def test_a_job_that_wants_to_end_the_process_has_failed(workspace: Workspace) -> None:
    leaves.enqueue()
    assert work_off() == 1
    assert the_job().exception_class_path == "builtins.SystemExit"


def _no_process() -> int:
    child = os.fork()
    if child == 0:
        os._exit(0)
    os.waitpid(child, 0)
    return child


def test_a_worker_does_jobs_and_what_is_beside_and_stops_between_jobs(workspace: Workspace) -> None:
    beside = threading.Event()
    worker = Worker(beside=[lambda: bool(beside.set())], poll_seconds=0.02)
    thread = threading.Thread(target=worker.run)
    thread.start()
    try:
        note.enqueue(what=1)
        assert beside.wait(10)
        for _ in range(500):
            if DBTaskResult.objects.successful().exists():
                break
            threading.Event().wait(0.02)
        assert done == [1]
        assert queries.running_workers()
    finally:
        worker.stop()
        thread.join(10)
    assert not thread.is_alive()
    assert queries.running_workers() == []


def test_a_worker_says_that_it_lives_until_its_last_job_is_done(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(workers, "BEAT_EVERY_SECONDS", 0.02)
    worker = Worker(lanes=[HEAVY], poll_seconds=0.02)
    thread = threading.Thread(target=worker.run)
    slow.enqueue()
    thread.start()
    try:
        assert begun.wait(10)
        worker.stop()
        threading.Event().wait(0.2)  # a beat that was under way is over
        stopped = clock.now()
        for _ in range(250):
            if WorkerRow.objects.filter(beat_at__gt=stopped).exists():
                break
            threading.Event().wait(0.02)
        assert [row.name for row in WorkerRow.objects.filter(beat_at__gt=stopped)] == [worker.name]
        assert the_job().status == "RUNNING"
    finally:
        may_end.set()
        thread.join(10)
    assert not WorkerRow.objects.exists()
    assert the_job().status == "SUCCESSFUL"


def test_finished_jobs_and_dead_workers_are_removed_in_time(workspace: Workspace) -> None:
    note.enqueue(what=1)
    work_off()
    note.enqueue(fail="always")
    for _ in range(3):
        make_due()
        work_off()
    note.enqueue(what=2)
    workers.begin()
    assert pruning.prune() == 0
    with clock.fixed(datetime.now(UTC) + pruning.KEEP_DONE + timedelta(minutes=1)):
        assert pruning.prune() == 2
    assert sorted(DBTaskResult.objects.values_list("status", flat=True)) == ["FAILED", "READY"]
    with clock.fixed(datetime.now(UTC) + pruning.KEEP_DEAD + timedelta(minutes=1)):
        assert pruning.prune() == 1
    assert DBTaskResult.objects.get().status == "READY"
