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
        con.execute(f"SET temp_directory='{str(work).replace(chr(39), chr(39) * 2)}'")
        con.execute("SET TimeZone='UTC'; SET enable_progress_bar=true; SET enable_progress_bar_print=false")
        con.execute("SET progress_bar_time=0")
        yield con


def teach(con: duckdb.DuckDBPyConnection) -> None:
    """Make the functions of the slow lane known to the connection."""
    for macro in (*instants.macros(), *numbers.MACROS):
        con.execute(macro)


@contextmanager
def watched(con: duckdb.DuckDBPyConnection, rows: int, progress: Progress | None) -> Iterator[None]:
    """Call `progress(done, rows)` a few times a second while a statement runs in the block."""
    if progress is None:
        yield
        return
    done = threading.Event()

    def watch() -> None:
        most = 0
        while not done.wait(0.2):
            share = con.query_progress()
            most = max(most, int(rows * min(max(share, 0.0), 100.0) / 100))
            progress(most, rows)

    thread = threading.Thread(target=watch, daemon=True)
    thread.start()
    try:
        yield
    finally:
        done.set()
        thread.join()
