"""The supervisor restarts what dies, passes signals on, and leaves nothing behind."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from regulars.web import supervisor as supervising
from regulars.web.lifeline import PARENT
from regulars.web.supervisor import Part, Supervisor

STAYS = "import time; time.sleep(60)"
STUBBORN = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print(flush=True); time.sleep(60)"
SPAWNS = f"import subprocess, sys, time; subprocess.Popen([sys.executable, '-c', {STAYS!r}]); time.sleep(60)"


def part(program: str, name: str = "part") -> Part:
    return Part(name, [sys.executable, "-c", program])


def until(true: Callable[[], object], seconds: float = 10.0) -> None:
    """Wait for it; fails when it doesn't come."""
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, "it never came"
        time.sleep(0.02)


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., Supervisor]]:
    """Runs a supervisor in a thread; it is stopped after the test."""
    monkeypatch.setattr(supervising, "_FIRST_DELAY_SECONDS", 0.05)
    monkeypatch.setattr(supervising, "_LOOK_EVERY_SECONDS", 0.02)
    running: list[tuple[Supervisor, threading.Thread]] = []

    def start(*parts: Part, stop_within_seconds: float = 5.0) -> Supervisor:
        made = Supervisor(parts, stop_within_seconds=stop_within_seconds)
        thread = threading.Thread(target=made.run)
        thread.start()
        running.append((made, thread))
        return made

    yield start
    for made, thread in running:
        made.stop()
        thread.join(10)
        assert not thread.is_alive()


def test_what_dies_is_started_again_and_the_other_left_alone(run: Callable[..., Supervisor]) -> None:
    dies, stays = part(STAYS), part(STAYS)
    run(dies, stays)
    until(lambda: dies.process and stays.process)
    assert dies.process
    assert stays.process
    first, other = dies.process.pid, stays.process.pid
    os.kill(first, signal.SIGKILL)
    until(lambda: dies.process and dies.process.pid != first)
    assert dies.restarts == 1
    assert stays.process.pid == other


def test_what_dies_at_once_is_started_less_and_less_often(run: Callable[..., Supervisor]) -> None:
    dies = part("raise SystemExit(3)")
    run(dies)
    began = time.monotonic()
    until(lambda: dies.restarts >= 3)
    # At least 0.1 and 0.2 seconds were waited between the three.
    assert time.monotonic() - began > 0.3


def test_parts_know_whose_they_are_and_are_stopped(run: Callable[..., Supervisor]) -> None:
    one = part(STAYS)
    supervisor = run(one)
    until(lambda: one.process)
    assert one.process
    assert psutil.Process(one.process.pid).environ()[PARENT] == str(os.getpid())
    process = one.process
    supervisor.stop()
    until(lambda: process.poll() is not None)
    assert process.returncode == -signal.SIGTERM


RENEWS = (
    "import signal, sys, time; signal.signal(signal.SIGUSR1, lambda *_: sys.exit(0)); print(flush=True); time.sleep(60)"
)


def test_a_part_is_renewed_without_counting_as_failed(run: Callable[..., Supervisor]) -> None:
    one = Part("renews", [sys.executable, "-c", RENEWS], renew_with=signal.SIGUSR1)
    run(one)
    until(lambda: one.process)
    assert one.process
    first = one.process.pid
    time.sleep(0.5)  # until it listens to the signal
    one.renew()
    until(lambda: one.process and one.process.pid != first)
    assert one._failures == 0


def test_who_does_not_stop_in_time_is_killed(run: Callable[..., Supervisor]) -> None:
    one = Part("stubborn", [sys.executable, "-c", STUBBORN])
    supervisor = run(one, stop_within_seconds=0.3)
    until(lambda: one.process)
    assert one.process
    time.sleep(0.5)  # until it ignores the signal
    began = time.monotonic()
    supervisor.stop()
    process = one.process
    until(lambda: process.poll() is not None)
    assert 0.2 < time.monotonic() - began < 5


def test_what_a_part_has_started_goes_with_it(run: Callable[..., Supervisor]) -> None:
    one = part(SPAWNS)
    supervisor = run(one)
    until(lambda: one.process and psutil.Process(one.process.pid).children())
    assert one.process
    (child,) = psutil.Process(one.process.pid).children()
    supervisor.stop()
    until(lambda: not child.is_running() or child.status() == psutil.STATUS_ZOMBIE)


LIVES = """
import os, sys, time
from regulars.web.lifeline import end_with_parent
end_with_parent()
print(os.getpid(), flush=True)
time.sleep(60)
"""
STARTS = f"""
import os, subprocess, sys, time
told = {{{PARENT!r}: str(os.getpid())}} if sys.argv[1] == "told" else {{}}
child = subprocess.Popen([sys.executable, "-c", {LIVES!r}], env=os.environ | told)
time.sleep(60)
"""


@pytest.mark.parametrize("told", [True, False])
def test_a_part_ends_with_a_killed_supervisor(told: bool) -> None:
    """Told nothing (negative control) it lives on, as `regulars web` must after the shell that started it."""
    source = str(Path(supervising.__file__).parents[2])
    parent = subprocess.Popen(
        [sys.executable, "-c", STARTS, "told" if told else "not"],
        stdout=subprocess.PIPE,
        text=True,
        env=os.environ | {"PYTHONPATH": source},
    )
    assert parent.stdout
    child = psutil.Process(int(parent.stdout.readline()))
    parent.kill()
    parent.wait()
    try:
        if told:
            until(lambda: not child.is_running() or child.status() == psutil.STATUS_ZOMBIE)
        else:
            time.sleep(0.7)
            assert child.is_running()
    finally:
        if child.is_running():
            child.kill()
