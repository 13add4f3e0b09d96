"""What a job is, and when it runs by itself: entries of two registries, filled when the program starts.

Nothing here loads django-tasks before a job is put down: the command line imports rooms that define jobs, but has
neither their tables nor time to spare.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from regulars.platform.registry import Registry

Lane = Literal["quick", "heavy"]
QUICK: Lane = "quick"
HEAVY: Lane = "heavy"
LANES: tuple[Lane, ...] = (QUICK, HEAVY)


@dataclass(frozen=True)
class Job:
    """Work that is done in the background, at least once: `do` must do nothing more when it is done again.

    A worker may die after the work and before it could say so; another one then does it again. So `do` looks at what
    is there already (a unique key, a status, a version) instead of counting on being called once.

    do : takes values that JSON can hold.  retries : how often it is tried again after a failure.
    wait_seconds : before the first retry, doubled for each one after, at most longest_wait_seconds; a random part is
    added, so that what failed together isn't tried together.  lane : QUICK jobs never wait behind HEAVY ones, which
    are those that take minutes or much memory; one worker does one job of each lane at a time.
    """

    name: str
    do: Callable[..., object]
    retries: int = 4
    wait_seconds: float = 10.0
    longest_wait_seconds: float = 3600.0
    lane: Lane = QUICK

    def __call__(self, *args: Any, **arguments: Any) -> object:
        """Do it here and now."""
        return self.do(*args, **arguments)

    def enqueue(self, *, after: datetime | None = None, once: bool = False, **arguments: Any) -> str:
        """Put it down in the current transaction; a worker does it when that is committed. Returns the job's id.

        after : not before this moment.  once : when the same with the same arguments waits already, that one is it.
        Raises RuntimeError in a process that isn't the server's (such as `regulars import`).
        """
        from regulars.platform.jobs import actions

        return actions.enqueue(self, arguments, after=after, once=once)


@dataclass(frozen=True)
class Planned:
    """A job that runs by itself. cron : five fields, in the firm's time zone, until the firm sets another."""

    name: str
    cron: str
    job: Job


jobs: Registry[Job] = Registry("job")
schedules: Registry[Planned] = Registry("schedule")


def job(
    *,
    name: str,
    retries: int = 4,
    wait_seconds: float = 10.0,
    longest_wait_seconds: float = 3600.0,
    lane: Lane = QUICK,
) -> Callable[[Callable[..., object]], Job]:
    """Make the decorated function a Job of this name. It must bear being done twice; see Job."""

    def define(do: Callable[..., object]) -> Job:
        defined = Job(name, do, retries, wait_seconds, longest_wait_seconds, lane)
        jobs.add(defined)
        return defined

    return define


def schedule(name: str, cron: str, job: Job) -> None:
    """Let `job` run by itself; called in a room's `AppConfig.ready`, and the same again changes nothing.

    name : unique among schedules.  cron : such as "0 2 * * *", every night at two in the firm's time zone. The job is
    enqueued without arguments, once for each time that came, and once for all times that passed while nothing ran.
    """
    schedules.add(Planned(name, cron, job))
