"""`make bench` (`python -m benchmarks [ROW...] [--scale small]`): the speed table, each row beside its peer.

Without rows all run. Ends with 1 when a row is over its aim. At small size the aims that are meant for the large firm
are left out, and the figures only shown.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import cached_property
from pathlib import Path

from benchmarks import data, main_job
from benchmarks.measure import Measured, WorkerFailed, worker
from benchmarks.table import Aim, Row, show


class Bench:
    """What the rows share: the large firm's files, and a workspace into which they were imported."""

    def __init__(self, scale: str) -> None:
        self.scale = scale

    @cached_property
    def firm(self) -> data.Firm:
        return data.firm(self.scale)

    @property
    def home(self) -> Path:
        return self.firm.folder / "home"

    @cached_property
    def imported(self) -> Measured:
        """The measured import that made the workspace at `home`."""
        return main_job.import_orders(self.home, self.firm.csv)

    @cached_property
    def scored(self) -> Measured:
        _ = self.imported
        return worker("insight_scoring", self.home / "lake", "first")

    @cached_property
    def lifetimes(self) -> Measured:
        return worker("peers", "lifetimes", self.firm.parquet, "customer", "date", "total")


def help_row(_: Bench) -> Iterator[Row]:
    """regulars --help"""
    yield Row("regulars --help", main_job.help_text(), Aim(seconds=0.3), "python -c pass", main_job.bare_python())


def cdnow_row(_: Bench) -> Iterator[Row]:
    """CDNOW, first command to report"""
    orders = data.cdnow()
    peer = worker("peers", "lifetimes", orders, "customer_id", "date", "dollars", repeat=3)
    ours = main_job.run_with_report(orders)
    yield Row("CDNOW (69,659 rows): regulars run with HTML", ours, Aim(seconds=3), "lifetimes script", peer)


def csv_row(bench: Bench) -> Iterator[Row]:
    """CSV of orders by new customers -> lake and operations store"""
    target = bench.firm.folder / "bare.parquet"
    peer = worker("peers", "csv", bench.firm.csv, target, repeat=2)
    target.unlink()
    yield Row(
        "CSV of orders, all customers new: regulars import", bench.imported, Aim(ratio=4), "DuckDB to Parquet", peer
    )


def score_row(bench: Bench) -> Iterator[Row]:
    """summary, fit, standing, value, next date for all, from the lake"""
    ours = bench.scored
    files = sorted((bench.home / "lake" / "orders").glob("*.parquet"))
    bare = worker("peers", "aggregation", *files, repeat=2)
    aim = Aim(seconds=4, peak_mb=1200, ratio=2)
    yield Row("lake -> all customers judged", ours, aim, "DuckDB aggregation", bare)
    yield Row("lake -> all customers judged", ours, Aim(seconds=4), "lifetimes", bench.lifetimes)


def again_rows(bench: Bench) -> Iterator[Row]:
    """the same again after 1% new orders, same day and next day"""
    _ = bench.scored
    added = main_job.add_orders(bench.home, bench.firm.new_csv)
    yield Row("1% new orders: regulars import", added)
    for mode, name, most in (("same", "same day", 1.5), ("next", "next day", 2.5)):
        ours = worker("insight_scoring", bench.home / "lake", mode)
        yield Row(f"again after 1% new orders, {name}", ours, Aim(seconds=most), "first time", bench.scored)


def lake_rows(bench: Bench) -> Iterator[Row]:
    """the lake's own work: taking in, changing, reading in order, erasing"""
    from benchmarks import lake_io

    _ = bench.firm
    yield from lake_io.rows(bench.scale)


def sync_rows(bench: Bench) -> Iterator[Row]:
    """the store's pictures of all customers: sync, pages, searches, on SQLite and PostgreSQL"""
    from benchmarks import customers_store

    _ = bench.imported
    yield from customers_store.rows(bench.home)


def stream_rows(bench: Bench) -> Iterator[Row]:
    """events over HTTP through the real server and on to the lake, on SQLite and PostgreSQL"""
    from benchmarks import stream

    yield from stream.rows(bench.scale)


def standing_rows(bench: Bench) -> Iterator[Row]:
    """an order over HTTP to its customer's changed standing, through the real server and worker, under load"""
    from benchmarks import stream_standing

    _ = bench.imported
    yield from stream_standing.rows(bench.home, bench.scale)


def model_rows(bench: Bench) -> Iterator[Row]:
    """the models of repeat buying by themselves (prints a table of its own)"""
    customers = str(data.CUSTOMERS[bench.scale])
    argv = [sys.executable, "-m", "benchmarks.stats_models", "--customers", customers]
    if subprocess.run(argv, check=False).returncode:
        raise WorkerFailed("benchmarks.stats_models could not be run to its end")
    yield from ()


ROWS: dict[str, Callable[[Bench], Iterator[Row]]] = {
    "help": help_row,
    "cdnow": cdnow_row,
    "csv": csv_row,
    "score": score_row,
    "again": again_rows,
    "lake": lake_rows,
    "sync": sync_rows,
    "stream": stream_rows,
    "standing": standing_rows,
    "models": model_rows,
}
OF_ANY_SIZE = {"help", "cdnow"}
"""Rows that don't depend on the large firm: their aims hold at small size too."""


def main() -> int:
    """Run the rows that were asked for and print the table; 1 when one is over its aim or could not be run."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    described = "; ".join(f"{name}: {row.__doc__}" for name, row in ROWS.items()).replace("%", "%%")
    parser.add_argument("rows", nargs="*", metavar="ROW", help=described)
    parser.add_argument("--scale", choices=sorted(data.CUSTOMERS), default="full")
    asked = parser.parse_args()
    if unknown := set(asked.rows) - set(ROWS):
        parser.error(f"no such row: {', '.join(sorted(unknown))}. There are: {', '.join(ROWS)}")
    bench, done, failed = Bench(asked.scale), [], []
    for name in asked.rows or ROWS:
        print(f"{name}: {ROWS[name].__doc__} ...", file=sys.stderr, flush=True)
        try:
            rows = list(ROWS[name](bench))
            small = asked.scale != "full" and name not in OF_ANY_SIZE
            done += [replace(row, aim=Aim()) for row in rows] if small else rows
        except WorkerFailed as error:
            failed.append(f"{name}: {error}")
    show(done, asked.scale)
    for message in failed:
        print(message, file=sys.stderr)
    return 1 if failed or any(row.over for row in done) else 0


if __name__ == "__main__":
    sys.exit(main())
