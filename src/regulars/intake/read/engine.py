"""The DuckDB connection that reading works on: bounded memory, UTC, our functions; and progress from beside it."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb

from regulars.intake.values import instants, numbers

Progress = Callable[[int, int], None]


@contextmanager
def connection(work: Path, memory_limit: str) -> Iterator[duckdb.DuckDBPyConnection]:
    """A connection for one file; what doesn't fit in memory goes to `work`."""
    with duckdb.connect() as con:
        con.execute(f"SET memory_limit='{memory_limit}'")
        spill = str(work / "spill").replace("'", "''")  # a folder of its own: DuckDB removes it when it is done
        con.execute(f"SET temp_directory='{spill}'")
        con.execute("SET TimeZone='UTC'; SET enable_progress_bar=false")
        yield con


def teach(con: duckdb.DuckDBPyConnection) -> None:
    """Make the functions of the slow lane known to the connection."""
    for macro in (*instants.macros(), *numbers.MACROS):
        con.execute(macro)


@contextmanager
def watched(size: int, rows: int, progress: Progress | None) -> Iterator[None]:
    """Call `progress(done, rows)` a few times a second while DuckDB reads a file of `size` bytes in the block.

    What is done is told by the bytes that this process has read. DuckDB's own `query_progress` must not be asked from a
    second thread: it can wait for the connection while holding Python's lock, and both stand still for ever.
    """
    if progress is None:
        yield
        return
    done = threading.Event()
    start = _bytes_read()

    def watch() -> None:
        while not done.wait(0.2):
            share = min(1.0, (_bytes_read() - start) / max(1, size))
            progress(int(rows * share), rows)

    thread = threading.Thread(target=watch, daemon=True)
    thread.start()
    try:
        yield
    finally:
        done.set()
        thread.join()


def _bytes_read() -> int:
    """Bytes that this process has read so far; 0 where the system doesn't say."""
    try:
        return int(Path("/proc/self/io").read_text(encoding="ascii").split()[1])
    except (OSError, ValueError, IndexError):
        return 0
