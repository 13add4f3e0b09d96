"""Many threads, one commit: who comes while another commits waits, and then all who waited are committed together.

A commit costs a wait for the disk, whatever is in it. Nobody waits on purpose: where nobody else is there, a
request is committed at once and alone.
"""

from __future__ import annotations

from collections.abc import Callable
from threading import Event, Lock
from typing import Generic, TypeVar

T = TypeVar("T")
R = TypeVar("R")


class _Turn(Generic[T, R]):
    __slots__ = ("answer", "done", "error", "woken", "work")

    def __init__(self, work: T) -> None:
        self.work = work
        self.woken = Event()
        self.done = False
        self.answer: R | None = None
        self.error: BaseException | None = None

    def result(self) -> R:
        if self.error is not None:
            raise self.error
        return self.answer  # type: ignore[return-value]  # set where there is no error


class Gathering(Generic[T, R]):
    """`commit` takes works and answers each of them, in their order; it is called by one thread at a time.

    alone : an error of these kinds is of everybody; after any other each work is tried by itself, so that nobody fails
    for another's fault.
    """

    def __init__(self, commit: Callable[[list[T]], list[R]], *, shared: type[Exception], most: int = 64) -> None:
        self._commit = commit
        self._shared = shared
        self._most = most
        self._lock = Lock()
        self._waiting: list[_Turn[T, R]] = []
        self._busy = False

    def submit(self, work: T) -> R:
        """Have the work done, together with others'. Raises what `commit` raises."""
        turn: _Turn[T, R] = _Turn(work)
        with self._lock:
            self._waiting.append(turn)
            leads = not self._busy
            self._busy = True
        if not leads:
            turn.woken.wait()
        if not turn.done:
            self._lead(turn)
        return turn.result()

    def _lead(self, own: _Turn[T, R]) -> None:
        with self._lock:
            turns = self._waiting[: self._most]
            del self._waiting[: self._most]
        try:
            self._do(turns)
        finally:
            with self._lock:
                following = self._waiting[0] if self._waiting else None
                self._busy = following is not None
            for turn in turns:
                turn.done = True
                if turn is not own:
                    turn.woken.set()
            if following is not None:
                following.woken.set()

    def _do(self, turns: list[_Turn[T, R]]) -> None:
        try:
            for turn, answer in zip(turns, self._commit([turn.work for turn in turns]), strict=True):
                turn.answer = answer
        except BaseException as error:
            if isinstance(error, Exception) and not isinstance(error, self._shared) and len(turns) > 1:
                for turn in turns:
                    self._do([turn])
                return
            for turn in turns:
                turn.error = error
