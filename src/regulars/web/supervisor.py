"""One process that starts the parts of the server, restarts what dies, and stops them cleanly.

It loads neither Django nor the lake, so that it stays small and has little to die of. Each part has a session of its
own: Ctrl-C reaches the supervisor only, which then stops the parts in order, and a part that must be killed goes with
everything it started.
"""

from __future__ import annotations

import logging
import os
import signal
import subprocess  # only this Python with our own commands
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from regulars.web.lifeline import PARENT

log = logging.getLogger(__name__)

STOP_WITHIN_SECONDS = 20.0
"""A part that hasn't ended by then is killed; what it was doing is taken up again."""
_FIRST_DELAY_SECONDS = 0.5
_LONGEST_DELAY_SECONDS = 30.0
_STEADY_SECONDS = 30.0
_LOOK_EVERY_SECONDS = 0.1


@dataclass
class Part:
    """A process to keep running.

    command : what to run.  environment : added to the supervisor's own.  renew_with : the signal upon which it takes
    up new settings; one that ends upon it is started again.
    """

    name: str
    command: Sequence[str]
    environment: Mapping[str, str] = field(default_factory=dict)
    renew_with: signal.Signals = signal.SIGTERM
    process: subprocess.Popen[bytes] | None = None
    restarts: int = 0
    _renewing: bool = False
    _failures: int = 0
    _started: float = 0.0
    _next_start: float = 0.0

    def keep_running(self) -> None:
        """Start it when it isn't there and its time has come."""
        now = time.monotonic()
        if self.process is not None:
            if self.process.poll() is None:
                return
            self._has_ended(self.process.returncode, now)
        if now >= self._next_start:
            self._start(now)

    def _start(self, now: float) -> None:
        self.process = subprocess.Popen(  # noqa: S603 - see the module's docstring
            list(self.command),
            env={**os.environ, **self.environment, PARENT: str(os.getpid())},
            stdin=subprocess.DEVNULL,
            start_new_session=True,
        )
        self._started = now
        log.info("started", extra={"part": self.name, "pid": self.process.pid})

    def _has_ended(self, code: int, now: float) -> None:
        self.kill()  # what it started itself
        self.process = None
        self.restarts += 1
        if self._renewing and code == 0:
            self._renewing, self._next_start = False, now
            log.info("renewed", extra={"part": self.name})
            return
        self._failures = 0 if now - self._started > _STEADY_SECONDS else self._failures + 1
        delay = min(_FIRST_DELAY_SECONDS * 2 ** min(self._failures, 10), _LONGEST_DELAY_SECONDS)
        self._next_start = now + delay
        log.error("ended unexpectedly", extra={"part": self.name, "code": code, "again_in_seconds": delay})

    def send(self, number: signal.Signals) -> None:
        """Send it a signal, when it runs."""
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(number)

    def renew(self) -> None:
        """Let it take up new settings, after finishing what it has at hand."""
        self._renewing = True
        self.send(self.renew_with)

    def kill(self) -> None:
        """End it and everything in its session."""
        if self.process is not None:
            try:
                os.killpg(self.process.pid, signal.SIGKILL)
            except ProcessLookupError:
                return
            self.process.wait()


class Supervisor:
    """Keeps parts running until it is told to stop."""

    def __init__(self, parts: Sequence[Part], *, stop_within_seconds: float = STOP_WITHIN_SECONDS) -> None:
        self._parts = list(parts)
        self._stop_within = stop_within_seconds
        self._stopping = threading.Event()

    def obey_signals(self) -> None:
        """SIGTERM and SIGINT stop it, a second one at once. For the main thread.

        SIGHUP renews the parts; from a terminal, which is being closed then, it stops them; `nohup` is respected.
        """
        signal.signal(signal.SIGTERM, self._on_stop)
        signal.signal(signal.SIGINT, self._on_stop)
        if signal.getsignal(signal.SIGHUP) != signal.SIG_IGN:
            signal.signal(signal.SIGHUP, self._on_stop if sys.stderr.isatty() else self._on_renew)

    def stop(self) -> None:
        """Let `run` come to its end."""
        self._stopping.set()

    def _on_stop(self, *_: object) -> None:
        if self._stopping.is_set():
            self._stop_within = 0.0
        self.stop()

    def _on_renew(self, *_: object) -> None:
        for part in self._parts:
            part.renew()

    def run(self) -> None:
        """Start the parts, keep them running, and stop them when told to."""
        try:
            while not self._stopping.is_set():
                for part in self._parts:
                    part.keep_running()
                self._stopping.wait(_LOOK_EVERY_SECONDS)
        finally:
            self._stop_parts()

    def _stop_parts(self) -> None:
        began = time.monotonic()
        for part in self._parts:
            part.send(signal.SIGTERM)
        waiting = [part for part in self._parts if part.process is not None]
        while waiting and time.monotonic() - began < self._stop_within:
            waiting = [part for part in waiting if part.process is not None and part.process.poll() is None]
            time.sleep(_LOOK_EVERY_SECONDS / 2)
        for part in waiting:
            log.warning("killed, as it didn't stop in time", extra={"part": part.name})
        for part in self._parts:
            part.kill()
        log.info("stopped", extra={"seconds": round(time.monotonic() - began, 1)})
