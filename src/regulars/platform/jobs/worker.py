"""The worker: does jobs, one of each lane at a time, and what goes on beside them.

Threads: one for each lane; one that says the worker is alive, takes back what dead workers had and enqueues what is
due; one for each further loop that the caller gives, such as reactions. A database that can't be reached for a while
stops none of them.
"""

from __future__ import annotations

import logging
import signal
import threading
import time
from collections.abc import Callable, Sequence

from django.db import connection

from regulars.platform import store
from regulars.platform.audit import SYSTEM, acting
from regulars.platform.jobs import queue, ticker, workers
from regulars.platform.jobs.definition import LANES, jobs
from regulars.platform.logs import redacted
from regulars.platform.workspace import open_workspace

log = logging.getLogger(__name__)

POLL_SECONDS = 0.5
_AFTER_ERROR_SECONDS = 2.0


class Worker:
    """Does background work until it is stopped; between jobs, never in the middle of one.

    beside : further work; each is called again and again, and returns whether there may be more to do at once.
    """

    def __init__(
        self,
        *,
        lanes: Sequence[str] = LANES,
        beside: Sequence[Callable[[], bool]] = (),
        poll_seconds: float = POLL_SECONDS,
    ) -> None:
        self._lanes = lanes
        self._beside = beside
        self._poll = poll_seconds
        self._stopping = threading.Event()
        self._idle = threading.Event()
        self._at_hand: set[str] = set()
        self.name = ""

    def obey_signals(self) -> None:
        """SIGTERM and SIGINT stop it. For the main thread."""
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: self.stop())

    def stop(self) -> None:
        """Let `run` return once the jobs at hand are done."""
        self._stopping.set()

    def run(self) -> None:
        """Work until stopped."""
        self.name = workers.begin()
        ticker.adopt(_time_zone())
        log.info("working", extra={"worker": self.name})
        loops = [self._lane(lane) for lane in self._lanes] + [*self._beside]
        threads = [threading.Thread(target=self._repeat, args=(loop, self._poll, self._stopping)) for loop in loops]
        # It goes on while a job at hand does: a silent worker is taken for dead, and its job done again elsewhere.
        around = (self._look_around, workers.BEAT_EVERY_SECONDS, self._idle)
        beating = threading.Thread(target=self._repeat, args=around)
        for thread in [*threads, beating]:
            thread.start()
        # Waiting without a limit would keep the main thread from noticing signals on some systems.
        while any(thread.is_alive() for thread in threads):
            self._stopping.wait(0.2)
            time.sleep(0.05)
        self._idle.set()
        beating.join()
        workers.end(self.name)
        log.info("stopped", extra={"worker": self.name})

    def _repeat(self, loop: Callable[[], bool], pause_seconds: float, until: threading.Event) -> None:
        try:
            # The connection stays open: a new one for each question would double what an idle worker costs.
            while not until.is_set():
                try:
                    more = loop()
                    pause = pause_seconds
                except Exception:
                    log.exception("can't work at the moment")
                    connection.close()
                    more, pause = False, _AFTER_ERROR_SECONDS
                if not more:
                    until.wait(pause)
        finally:
            connection.close()

    def _lane(self, lane: str) -> Callable[[], bool]:
        def next_job() -> bool:
            claimed = queue.claim(self.name, lane)
            if claimed is None:
                return False
            self._at_hand.add(claimed.id)
            try:
                perform(claimed)
            finally:
                self._at_hand.discard(claimed.id)
            return True

        return next_job

    def _look_around(self) -> bool:
        workers.beat(self.name)
        lost = queue.take_back() + queue.take_back_own(self.name, self._at_hand)
        if lost:
            log.warning("took back jobs of a worker that died", extra={"jobs": lost})
        if not self._stopping.is_set():
            ticker.tick(_time_zone())
        return False


def perform(claimed: queue.Claimed) -> bool:
    """Do one try of a job and say how it went; whether it is done."""
    about = {"job": claimed.name, "id": claimed.id, "tries": claimed.tries}
    began = time.perf_counter()
    try:
        with acting(SYSTEM):
            jobs[claimed.name].do(**claimed.arguments)
    except (Exception, SystemExit) as error:
        connection.close()  # whatever state it was left in
        log.exception("job failed", extra=about)
        queue.fail(claimed, error)
        return False
    about["seconds"] = round(time.perf_counter() - began, 2)
    if not queue.finish(claimed):
        log.warning("job was done, but this worker had been taken for dead meanwhile", extra=about)
        return False
    log.info("job done", extra=about)
    return True


def _time_zone() -> str:
    """As the firm has it now: the settings may have changed since the worker started."""
    try:
        return open_workspace(store.opened().path).settings.firm.time_zone
    except Exception as error:
        log.warning("settings can't be read", extra={"reason": redacted(str(error))})
        return store.opened().settings.firm.time_zone
