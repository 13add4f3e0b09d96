"""Writing files beside the work on the rows that follow: one after the other, in a thread of its own.

A finished file goes to the disk at once, beside those that follow, so that nobody waits for all of them at the end.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import ParamSpec, Self

import pyarrow.parquet as pq

from regulars.lake.head import sync

P = ParamSpec("P")
WAITING = 2
"""Calls that may wait: enough to keep both sides busy, few enough to hold little in memory."""


class Beside:
    """Does calls in their order while the caller goes on; what one raises comes out of a later `do` or the end."""

    def __init__(self) -> None:
        self._pool, self._disk = ThreadPoolExecutor(1), ThreadPoolExecutor(1)
        self._calls: deque[Future[object]] = deque()

    def do(self, call: Callable[P, object], *args: P.args, **kwargs: P.kwargs) -> None:
        """Have it done, after the calls before it."""
        while len(self._calls) > WAITING:
            self._calls.popleft().result()
        self._calls.append(self._pool.submit(call, *args, **kwargs))

    def finish(self, writer: pq.ParquetWriter, path: Path) -> None:
        """Have a file closed, and on its way to the disk."""
        self.do(self._close, writer, path)

    def _close(self, writer: pq.ParquetWriter, path: Path) -> None:
        writer.close()
        self._disk.submit(sync, path)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, *error: object) -> None:
        self._pool.shutdown(cancel_futures=kind is not None)
        self._disk.shutdown(wait=False)
        if kind is None:
            for call in self._calls:
                call.result()
