"""One row of the speed table: what was measured, beside what, against which aim; and how the table is printed."""

from __future__ import annotations

import os
import platform
import sys
from dataclasses import dataclass
from importlib.metadata import version

from benchmarks.measure import Measured


@dataclass(frozen=True)
class Aim:
    """What must hold; None where nothing is asked."""

    seconds: float | None = None
    peak_mb: float | None = None
    ratio: float | None = None

    def __str__(self) -> str:
        parts = [
            None if self.seconds is None else f"<= {self.seconds:g} s",
            None if self.peak_mb is None else f"< {self.peak_mb:,.0f} MB",
            None if self.ratio is None else f"<= {self.ratio:g}x",
        ]
        return ", ".join(part for part in parts if part)


@dataclass(frozen=True)
class Row:
    """A measurement beside its peer."""

    work: str
    ours: Measured
    aim: Aim = Aim()
    peer: str = ""
    theirs: Measured | None = None

    @property
    def ratio(self) -> float | None:
        """Our seconds for each of the peer's."""
        return None if self.theirs is None else self.ours.seconds / self.theirs.seconds

    @property
    def over(self) -> list[str]:
        """Which parts of the aim are missed."""
        measured = {"seconds": self.ours.seconds, "memory": self.ours.peak_mb, "ratio": self.ratio}
        aims = {"seconds": self.aim.seconds, "memory": self.aim.peak_mb, "ratio": self.aim.ratio}
        return [n for n, aim in aims.items() if aim is not None and (got := measured[n]) is not None and got > aim]


def show(rows: list[Row], scale: str) -> None:
    """Print the machine, the libraries and the table."""
    from rich.console import Console  # late, so that this process stays small while it starts workers
    from rich.table import Table

    console = Console(width=180, soft_wrap=True)
    console.print(f"{platform.machine()}, {os.cpu_count()} cores, Python {sys.version.split()[0]}, scale {scale}")
    console.print(", ".join(f"{name} {version(name)}" for name in ("numpy", "duckdb", "deltalake", "lifetimes")))
    table = Table(box=None, pad_edge=False)
    for name in ("work", "seconds", "peak MB", "beside", "its s", "its MB", "ratio", "aim", ""):
        table.add_column(name, justify="left" if name in ("work", "beside", "aim", "") else "right", overflow="fold")
    for row in rows:
        table.add_row(
            row.work,
            f"{row.ours.seconds:.2f}",
            f"{row.ours.peak_mb:,.0f}",
            row.peer,
            "" if row.theirs is None else f"{row.theirs.seconds:.2f}",
            "" if row.theirs is None else f"{row.theirs.peak_mb:,.0f}",
            "" if row.ratio is None else f"{row.ratio:.2f}",
            str(row.aim),
            f"over: {', '.join(row.over)}" if row.over else "ok" if str(row.aim) else "",
        )
    console.print(table)
