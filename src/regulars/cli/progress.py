"""Progress bars on stderr for people; nothing where stderr is not a terminal, or machines read."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager

from regulars.base.progress import Progress, silent


@contextmanager
def shown(*, json: bool) -> Iterator[Progress]:
    """A `Progress` that draws one bar a stage, with rate and time."""
    if json or not sys.stderr.isatty():
        yield silent
        return
    from rich.console import Console
    from rich.progress import BarColumn, TaskID, TextColumn, TimeElapsedColumn
    from rich.progress import Progress as Bars

    bars = Bars(
        TextColumn("{task.description}"),
        BarColumn(bar_width=30),
        TextColumn("{task.fields[rate]}"),
        TimeElapsedColumn(),
        console=Console(stderr=True),
        transient=True,
    )
    tasks: dict[str, TaskID] = {}

    def progress(stage: str, done: int = 0, total: int | None = None, unit: str = "") -> None:
        if stage not in tasks:
            for earlier in tasks.values():  # a new stage means that the ones before it are done
                bars.update(earlier, total=1, completed=1)
                bars.stop_task(earlier)
            tasks[stage] = bars.add_task(stage, total=total, rate="")
        task = bars.tasks[bars.task_ids.index(tasks[stage])]
        elapsed = task.elapsed or 0.0
        rate = f"{done:,} {unit}, {done / elapsed:,.0f}/s" if done and elapsed > 0.2 else ""
        bars.update(tasks[stage], completed=done, total=total, rate=rate)

    with bars:
        yield progress
