"""The lake: one folder of Delta tables with one writer at a time and any number of readers."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import duckdb

from regulars.base.errors import Conflict, NotFound
from regulars.lake import changes, check, compact, delta, erase, events, head, occasions, orders, small, undo
from regulars.lake.check import Problem
from regulars.lake.head import Head
from regulars.lake.snapshot import Snapshot
from regulars.lake.step import CommitResult, OrderBatch, OrderCounts, Source, Step
from regulars.lake.tables import TABLES, TableSpec
from regulars.lake.work import Work
from regulars.lake.writer import Writer

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt
    import pyarrow as pa

T = TypeVar("T")
READ_ATTEMPTS = 8
CLEAN_EVERY = 86_400
"""Seconds between two looks for files that may go."""


class Lake:
    """The lake in folder `path`. Cheap to make; holds no open file between calls.

    `memory_limit` bounds DuckDB (a process that imports takes some 200 MB more). `lock=False` leaves the writer's lock
    out: for tests that show what it is for.
    """

    def __init__(
        self, path: Path, *, lock: bool = True, memory_limit: str = "600MB", threads: int | None = None
    ) -> None:
        self.path = Path(path)
        self._memory_limit = memory_limit
        self._threads = threads
        self._specs = dict(TABLES)
        self._writer = Writer(self.path, self._specs, memory_limit, threads, lock)

    def define(self, spec: TableSpec) -> None:
        """Make another table known, such as one that insight keeps between runs. It exists for this object."""
        self._specs[spec.name] = spec

    # reading

    def snapshot(self, at: Mapping[str, int] | None = None) -> Snapshot:
        """The present state, or the state `at` the versions of an earlier snapshot.

        Reading from versions that an erasure removed raises NotFound.
        """
        state = head.read(self.path)
        return Snapshot(
            self.path,
            state.versions if at is None else at,
            state.sequence,
            self._specs,
            memory_limit=self._memory_limit,
            threads=self._threads,
        )

    def read(self, work: Callable[[Snapshot], T]) -> T:
        """`work` on a snapshot, again on a fresh one when an erasure took its files away meanwhile.

        It should return results: what it leaves unread of the snapshot can't be read afterwards.
        """
        for attempt in range(READ_ATTEMPTS):
            snapshot = self.snapshot()
            try:
                return work(snapshot)
            except (duckdb.IOException, FileNotFoundError, NotFound):
                if attempt == READ_ATTEMPTS - 1 or head.read(self.path).sequence == snapshot.sequence:
                    raise
            finally:
                snapshot.close()
        raise AssertionError

    def changed_customers(
        self, since: Mapping[str, int], now: Mapping[str, int] | None = None
    ) -> npt.NDArray[np.int64] | None:
        """Sorted ids of customers whose occasions changed from the versions `since` to `now` (the present).

        None when it isn't known: too long ago, an erasure in between, or another lake.
        """
        state = head.read(self.path)
        return changes.customers(self.path, state, since, state.versions if now is None else now)

    def check(self) -> list[Problem]:
        """What is wrong with the lake, each with its cure; an empty list when all is well. Changes nothing."""
        self._learn_specs()
        with self.snapshot() as snapshot:
            return check.problems(snapshot)

    # writing

    def last_order_id(self) -> int:
        """The last id that an order was given; the next step may be numbered after it (OrderBatch)."""
        return head.read(self.path).last_order_id

    def upsert_orders(
        self, orders: Source, lines: Source | None = None, refunds: Source | None = None, *, import_id: int
    ) -> OrderCounts:
        """Take in one import's orders (see OrderBatch) and bring the occasions up to date, in one step.

        Repeating a committed import changes nothing and returns what it did.
        """
        batch = OrderBatch(orders, import_id, lines, refunds)
        return self.commit(Step(key=f"orders:{import_id}", orders=batch)).orders

    def upsert(self, name: str, rows: Source) -> CommitResult:
        """Replace rows with the same key, add the others. Repeating it changes nothing."""
        return self.commit(Step(upsert={name: rows}))

    def append(self, name: str, rows: Source, *, key: str | None = None) -> CommitResult:
        """Add rows; with a `key`, once."""
        return self.commit(Step(key=key, append={name: rows}))

    def append_events(self, rows: Source, *, token: str, old: pa.Table | None = None) -> CommitResult:
        """Add events, once for each `token`; only the last token is remembered.

        old : (message_id, day) of those that may be there from long ago; such are left out.
        """
        return self.commit(Step(key=events.key(token), events=rows, old_events=old, token=token))

    def replace(self, name: str, rows: Source) -> CommitResult:
        """Put `rows` in the place of the table's whole content."""
        return self.commit(Step(replace={name: rows}))

    def commit(self, step: Step) -> CommitResult:
        """Do the step, all of it or nothing, then merge small files where there are too many.

        Raises BadInput when rows can't be taken, Conflict when another writer never ends.
        """
        counts = OrderCounts()
        written: dict[str, int] = {}
        due: dict[str, list[str]] = {}

        def plan(work: Work) -> dict[str, int]:
            nonlocal counts, written, due
            counts = OrderCounts() if step.orders is None else orders.upsert(work, step.orders)
            for action, tables in (
                (small.append, step.append),
                (small.upsert, step.upsert),
                (small.replace, step.replace),
            ):
                for name, rows in tables.items():
                    action(work, name, rows)
            if step.events is not None:
                events.append(work, step.events, step.old_events)
            written = {name: work.rows(name) for name in work.changed_tables}
            due = {name: files for name in work.changed_tables if (files := compact.due(work, name))}
            return {"new": counts.new, "unchanged": counts.unchanged, "replaced": counts.replaced}

        mark = partial(events.forget_earlier, token=step.token) if step.events is not None else None
        state, done = self._writer.run(plan, step.key, mark=mark)
        if not done and step.key is not None:
            counts = OrderCounts(**state.done[step.key])
        result = CommitResult(state.sequence, dict(state.versions), counts, written if done else {}, not done)
        if done and due:
            self._merge(due)
        return result

    def _merge(self, due: Mapping[str, Sequence[str]]) -> None:
        def plan(work: Work) -> dict[str, int]:
            for table, files in due.items():
                compact.some(work, table, [Path(file).name for file in files])
            return {}

        self._writer.run(plan)

    def compact(self, *names: str) -> None:
        """Write tables (all of them, unless named) anew in the order of their `sort`. Old versions stay readable."""

        def due(state: Head) -> list[str]:
            return [n for n in names or sorted(state.versions) if state.compacted.get(n) != state.versions.get(n)]

        def plan(work: Work) -> dict[str, int]:
            for name in due(work.head):
                compact.everything(work, name)
            return {}

        def mark(state: Head) -> None:
            state.compacted |= {name: state.versions[name] for name in due(state)}

        self._learn_specs()
        if due(head.read(self.path)):
            self._writer.run(plan, mark=mark)

    def clean(self, keep_days: float = 30) -> int:
        """Remove files that no table has needed for `keep_days`; returns the bytes freed.

        Snapshots at versions that needed them can't be read any more; their log entries stay.
        """
        with self._writer.held() as state:
            return self._writer.clean(state, time.time() - keep_days * 86_400)

    def clean_when_due(self, keep_days: float) -> int:
        """`clean`, but at most once a day, and not while somebody else writes; returns the bytes freed."""
        if time.time() - head.read(self.path).cleaned_at < CLEAN_EVERY:
            return 0
        try:
            with self._writer.held(wait_seconds=0.0) as state:
                state.cleaned_at = time.time()
                freed = self._writer.clean(state, state.cleaned_at - keep_days * 86_400)
                head.write(self.path, state)
        except Conflict:
            return 0
        return freed

    def rebuild_occasions(self) -> None:
        """Make the occasions anew from orders and refunds."""

        def plan(work: Work) -> dict[str, int]:
            work.changed_customers = None
            work.drop("occasions", work.paths("occasions"))
            occasions.stage(work, work.scan("orders"), work.scan("refunds"))
            return {}

        self._writer.run(plan)

    def erase(self, customer_ids: Sequence[int], *, arms: pa.Table | None = None) -> dict[str, int]:
        """Forget customers: nothing of their rows is in the folder afterwards, and earlier versions are gone.

        Their amounts go to erased_totals first; `arms` (customer_id, arm) names the experiment arm they were in.
        Returns the rows removed by table. Give many customers at once: every erasure rewrites the files they are in.
        """
        removed: dict[str, int] = {}

        def plan(work: Work) -> dict[str, int]:
            nonlocal removed
            removed = erase.plan(work, customer_ids, arms)
            return {}

        def mark(state: Head) -> None:
            state.sweep_due = True

        self._learn_specs()
        self._writer.run(plan, mark=mark)
        with self._writer.held():
            pass  # what an erasure leaves to be swept is swept whenever the lake is taken, here or after a crash
        return removed

    def erase_visits(self, visits: pa.Table) -> dict[str, int]:
        """Forget visits (as `events.VISITS`) of visitors who turned out to be somebody; returns the rows removed."""
        removed: dict[str, int] = {}

        def plan(work: Work) -> dict[str, int]:
            nonlocal removed
            removed = erase.plan_visits(work, visits)
            return {}

        def mark(state: Head) -> None:
            state.sweep_due = True

        if "events" in head.read(self.path).versions:
            self._writer.run(plan, mark=mark)
            with self._writer.held():
                pass
        return removed

    def undo(
        self,
        import_id: int,
        *,
        derived: Sequence[int] = (),
        records: Sequence[undo.Record] = (),
        people_gone: Sequence[int] = (),
    ) -> undo.Undone:
        """Take back what an import did to orders, in one step and once; the rule is `lake.undo`'s.

        derived : imports whose versions only work others out anew. records : tables that go back with the orders.
        people_gone : customers whose row of `people` goes.
        """
        state, _ = self._writer.run(
            lambda work: undo.plan(work, import_id, derived, records, people_gone), f"undo:{import_id}"
        )
        return undo.Undone(**state.done[f"undo:{import_id}"])

    def _learn_specs(self) -> None:
        """Columns of tables that another process defined."""
        for name, version in head.read(self.path).versions.items():
            if name not in self._specs:
                self._specs[name] = delta.spec_of(self.path / name, version)
