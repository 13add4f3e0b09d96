"""The lake: one folder of Delta tables with one writer at a time and any number of readers."""

from __future__ import annotations

import random
import shutil
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import TypeVar

import duckdb
from deltalake.exceptions import CommitFailedError

from regulars.base.errors import Conflict, NotFound
from regulars.base.locks import file_lock
from regulars.lake import delta, engine, head, orders, small
from regulars.lake.head import Change, Head
from regulars.lake.snapshot import Snapshot
from regulars.lake.step import CommitResult, OrderBatch, OrderCounts, Source, Step
from regulars.lake.tables import TABLES, TableSpec
from regulars.lake.work import Work

T = TypeVar("T")
ATTEMPTS = 8


class Lake:
    """The lake in folder `path`. Cheap to make; holds no open file between calls.

    `lock=False` leaves the writer's lock out: for tests that show what it is for. `memory_limit` bounds DuckDB.
    """

    def __init__(
        self, path: Path, *, lock: bool = True, memory_limit: str = "700MB", threads: int | None = None
    ) -> None:
        self.path = Path(path)
        self._lock = lock
        self._memory_limit = memory_limit
        self._threads = threads
        self._specs = dict(TABLES)

    def define(self, spec: TableSpec) -> None:
        """Make another table known, such as one that insight keeps between runs. It exists for this object."""
        self._specs[spec.name] = spec

    # reading

    def snapshot(self, at: Mapping[str, int] | None = None) -> Snapshot:
        """The present state, or the state `at` the versions of an earlier snapshot."""
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
        """`work` on a snapshot, again on a fresh one when an erasure took its files away meanwhile."""
        for attempt in range(ATTEMPTS):
            snapshot = self.snapshot()
            try:
                return work(snapshot)
            except (duckdb.IOException, FileNotFoundError, NotFound):
                if attempt == ATTEMPTS - 1 or head.read(self.path).sequence == snapshot.sequence:
                    raise
            finally:
                snapshot.close()
        raise AssertionError

    # writing

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

    def replace(self, name: str, rows: Source) -> CommitResult:
        """Put `rows` in the place of the table's whole content."""
        return self.commit(Step(replace={name: rows}))

    def commit(self, step: Step) -> CommitResult:
        """Do the step, all of it or nothing. Raises BadInput, or Conflict when another writer never ends."""
        with self._writing() as state:
            if step.key is not None and step.key in state.done:
                return CommitResult(state.sequence, state.versions, OrderCounts(**state.done[step.key]), repeated=True)
        counts = OrderCounts()
        written: dict[str, int] = {}

        def plan(work: Work) -> dict[str, int]:
            nonlocal counts, written
            counts = OrderCounts() if step.orders is None else orders.upsert(work, step.orders)
            for action, tables in (
                (small.append, step.append),
                (small.upsert, step.upsert),
                (small.replace, step.replace),
            ):
                for name, rows in tables.items():
                    action(work, name, rows)
            written = {name: work.rows(name) for name in work.changed_tables}
            return {"new": counts.new, "unchanged": counts.unchanged, "replaced": counts.replaced}

        state = self._step(plan, step.key)
        return CommitResult(state.sequence, dict(state.versions), counts, written)

    def _step(self, plan: Callable[[Work], dict[str, int]], key: str | None) -> Head:
        for attempt in range(ATTEMPTS):
            with self._writing() as state:
                try:
                    return self._attempt(plan, key, state)
                except CommitFailedError:
                    if attempt == ATTEMPTS - 1:
                        raise Conflict(
                            "Another program keeps changing the lake's tables. Stop it, then try again."
                        ) from None
            time.sleep(random.uniform(0.5, 1.5) * 0.05 * 2**attempt)  # noqa: S311 - jitter, not a secret
        raise AssertionError

    def _attempt(self, plan: Callable[[Work], dict[str, int]], key: str | None, state: Head) -> Head:
        scratch = engine.Scratch(self.path)
        connection = engine.connect(scratch.path, self._memory_limit, self._threads)
        try:
            work = Work(self.path, state, self._specs, scratch.path, connection)
            result = plan(work)
            connection.close()
            self._publish(work, key, result)
        finally:
            connection.close()
            scratch.close()
        return state

    def _publish(self, work: Work, key: str | None, result: dict[str, int]) -> None:
        state = work.head
        if not work.changed_tables and key is None:
            return
        before = state.versions.get("occasions")
        versions = work.publish()
        if "occasions" in versions and before is not None:
            name = None
            if work.changed_customers:
                folder = self.path / "changes"
                folder.mkdir(exist_ok=True)
                name = f"{versions['occasions']:020d}.parquet"
                Path(work.changed_customers).replace(folder / name)
            elif work.changed_customers == "":
                name = ""
            if name is None:
                state.changes.clear()
            else:
                state.changes.append(Change(before, versions["occasions"], name))
        state.versions |= versions
        state.sequence += 1
        state.last_order_id = work.last_order_id
        if key is not None:
            state.done[key] = result
        head.write(self.path, state)

    @contextmanager
    def _writing(self) -> Iterator[Head]:
        """The writer's lock, and the head with what a killed writer left undone put right."""
        self.path.mkdir(parents=True, exist_ok=True)
        lock = file_lock(self.path / ".lock", what="The lake") if self._lock else nullcontext()
        with lock:
            state = head.read(self.path)
            self._heal(state)
            yield state

    def _heal(self, state: Head) -> None:
        """Take back what a writer committed to single tables before it died without naming it in the head."""
        engine.sweep(self.path)
        mended = False
        for folder in sorted(self.path.glob(f"*/{delta.LOG}")):
            name = folder.parent.name
            newest, named = delta.newest(folder.parent), state.versions.get(name)
            if named is None:
                shutil.rmtree(folder.parent)
            elif newest > named:
                orphans = delta.added_since(folder.parent, named) - set(delta.files(folder.parent, named))
                state.versions[name] = delta.restore(folder.parent, named)
                for orphan in orphans:
                    (folder.parent / orphan).unlink(missing_ok=True)
                if name == "occasions":
                    state.changes.append(Change(named, state.versions[name], ""))
                mended = True
        if mended:
            head.write(self.path, state)
