"""CSV of orders -> lake and operations store, stage by stage, beside bare DuckDB CSV -> Parquet in the same run.

`python -m benchmarks.intake_csv [--rows N]`: N orders (12.3 million) by a twelfth as many customers, all of them new.
CPU seconds are shown beside the wall clock, because other work on the machine stretches only the latter.
"""

from __future__ import annotations

import argparse
import resource
import shutil
import sys
import tempfile
import time
from pathlib import Path

from benchmarks.measure import command

ROWS = 12_300_000


class Clock:
    """Wall and CPU seconds by stage of the import, from the progress it reports."""

    def __init__(self) -> None:
        self.stages: dict[str, tuple[float, float]] = {}
        self._stage = ""
        self._since = (0.0, 0.0)

    def __call__(self, stage: str, done: int = 0, total: int | None = None, unit: str = "") -> None:
        if stage != self._stage:
            self.stop()
            self._stage, self._since = stage, (time.perf_counter(), time.process_time())

    def stop(self) -> None:
        if self._stage:
            wall, cpu = self.stages.get(self._stage, (0.0, 0.0))
            since_wall, since_cpu = self._since
            self.stages[self._stage] = (
                wall + time.perf_counter() - since_wall,
                cpu + time.process_time() - since_cpu,
            )
        self._stage = ""


def make(path: Path, rows: int) -> None:
    """The orders, sorted by day as shops export them."""
    import duckdb

    with duckdb.connect() as con:
        con.execute("SET threads = 2")
        con.execute(
            f"""COPY (
                SELECT 1000000 + i AS order_number, DATE '2022-01-01' + (i * 1096 // {rows})::INTEGER AS "date",
                    'C' || (hash(i) % {max(rows // 12, 1)}) AS customer,
                    (hash(i + {rows}) % 20000 / 100)::DECIMAL(12, 2) AS total
            FROM range({rows}) r(i)) TO '{path}' (FORMAT csv, HEADER)"""
        )


def take_in(file: Path, home: Path) -> None:
    """Import, and print what it took; runs in a process of its own, so that its peak memory is its own."""
    from regulars.intake.pipeline import import_files
    from regulars.platform.workspace import open_workspace

    clock = Clock()
    start, cpu = time.perf_counter(), time.process_time()
    result = import_files(open_workspace(home), [file], progress=clock)
    wall, used = time.perf_counter() - start, time.process_time() - cpu
    clock.stop()
    for stage, (seconds, busy) in clock.stages.items():
        print(f"  {stage:<32} {seconds:6.1f} s  {busy:6.1f} CPU s")
    print(f"rows {result.counts.rows_in:,}  kept {result.counts.kept:,}  customers {result.new_customers:,}")
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"import {wall:.2f} s  {used:.2f} CPU s  peak {peak:,.0f} MB")


def main() -> None:
    """Make the file, read it with DuckDB alone, import it, and print the ratio."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=ROWS)
    parser.add_argument("--take-in", nargs=2, metavar=("FILE", "HOME"), help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.take_in:
        take_in(*map(Path, options.take_in))
        return
    with tempfile.TemporaryDirectory() as scratch:
        file = Path(scratch) / "orders.csv"
        make(file, options.rows)
        bare = command(
            [sys.executable, "-m", "benchmarks.peers", "csv", str(file), f"{scratch}/bare.parquet"], repeat=2
        )
        print(f"{options.rows:,} orders, {file.stat().st_size / 1e6:,.0f} MB; bare DuckDB {bare.seconds:.2f} s")
        argv = [sys.executable, "-m", "benchmarks.intake_csv", "--take-in", str(file), f"{scratch}/home"]
        import subprocess

        start = time.perf_counter()
        subprocess.run(argv, check=True)
        wall = time.perf_counter() - start
        print(f"ratio {wall / bare.seconds:.1f} (aim 4), the start of Python included")
        shutil.rmtree(f"{scratch}/home", ignore_errors=True)


if __name__ == "__main__":
    main()
