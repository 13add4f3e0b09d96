"""How a step becomes the lake's new state, and what happens when its process dies on the way.

Under the lock: put right what a killed writer left, plan the step on the state the head names, stage its files in
scratch, move them into the tables, commit table by table to Delta, and last of all replace the head. Killed before the
head: the next writer takes the tables back to the versions the head names. Killed after it: the step is done.
"""

from __future__ import annotations

import random
import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path

import msgspec
from deltalake.exceptions import CommitFailedError

from regulars.base.errors import Conflict
from regulars.base.locks import file_lock
from regulars.lake import delta, engine, head
from regulars.lake.head import Change, Head
from regulars.lake.tables import TableSpec
from regulars.lake.work import MOVING, Work

ATTEMPTS = 8
CHANGES = "changes"
"""Folder of the lists of customers whose occasions a step changed."""

Plan = Callable[[Work], dict[str, int]]
"""Stages a step's files and returns the result to be remembered under its key."""


class Writer:
    """The one who writes to the lake in `root`. `lock=False` is for tests that show what the lock is for."""

    def __init__(
        self, root: Path, specs: dict[str, TableSpec], memory_limit: str, threads: int | None, lock: bool
    ) -> None:
        self.root = root
        self._specs = specs
        self._memory_limit = memory_limit
        self._threads = threads
        self._lock = lock

    def run(
        self, plan: Plan, key: str | None = None, *, mark: Callable[[Head], None] | None = None
    ) -> tuple[Head, bool]:
        """Do the planned step; with a known `key` nothing. Returns the head, and whether the step was done now.

        `mark` may change the new head before it is written. Raises Conflict when programs that don't take the lock keep
        getting in the way.
        """
        for attempt in range(ATTEMPTS):
            with self.held() as state:
                if key is not None and key in state.done:
                    return state, False
                try:
                    self._attempt(plan, key, state, mark)
                except CommitFailedError as error:
                    if attempt == ATTEMPTS - 1:
                        raise Conflict(
                            "Another program keeps changing the lake's tables. Stop it, then try again."
                        ) from error
                else:
                    return state, True
            time.sleep(random.uniform(0.5, 1.5) * 0.05 * 2**attempt)  # noqa: S311 - jitter, not a secret
        raise AssertionError

    @contextmanager
    def held(self, wait_seconds: float = 600.0) -> Iterator[Head]:
        """The writer's lock, and the head with everything put right. Raises Conflict when it isn't free in time."""
        self.root.mkdir(parents=True, exist_ok=True)
        lock = file_lock(self.root / ".lock", timeout_seconds=wait_seconds, what="The lake")
        with lock if self._lock else nullcontext():
            state = head.read(self.root)
            self._heal(state)
            yield state

    def _attempt(self, plan: Plan, key: str | None, state: Head, mark: Callable[[Head], None] | None) -> None:
        scratch = engine.Scratch(self.root)
        connection = engine.connect(scratch.path, self._memory_limit, self._threads)
        try:
            work = Work(self.root, state, self._specs, scratch.path, connection)
            result = plan(work)
            if work.changed_tables or key is not None or mark is not None:
                self._publish(work, key, result, mark)
        finally:
            connection.close()
            scratch.close()

    def _publish(
        self, work: Work, key: str | None, result: dict[str, int], mark: Callable[[Head], None] | None
    ) -> None:
        state = work.head
        before = state.versions.get("occasions")
        versions = work.publish()
        if "occasions" in versions:
            self._note_changes(work, before, versions["occasions"])
        state.versions |= versions
        state.sequence += 1
        state.last_order_id = work.last_order_id
        if key is not None:
            state.done[key] = result
        if mark is not None:
            mark(state)
        head.write(self.root, state)
        (self.root / MOVING).unlink(missing_ok=True)
        self._prune_changes(state)

    def _note_changes(self, work: Work, before: int | None, after: int) -> None:
        if before is None or work.changed_customers is None:
            work.head.changes.clear()
            return
        name = ""
        if work.changed_customers:
            name = f"{after:020d}.parquet"
            (self.root / CHANGES).mkdir(exist_ok=True)
            Path(work.changed_customers).replace(self.root / CHANGES / name)
        work.head.changes.append(Change(before, after, name))

    def _prune_changes(self, state: Head) -> None:
        kept = {change.file for change in state.changes}
        for path in (self.root / CHANGES).glob("*.parquet"):
            if path.name not in kept:
                path.unlink()

    def _heal(self, state: Head) -> None:
        """Take back what a writer committed to single tables before it died without naming it in the head."""
        engine.sweep(self.root)
        mended = False
        for log in sorted(self.root.glob(f"*/{delta.LOG}")):
            folder = log.parent
            named = state.versions.get(folder.name)
            if named is None:
                shutil.rmtree(folder)
            elif delta.newest(folder) > named:
                state.versions[folder.name] = delta.restore(folder, named)
                if folder.name == "occasions":
                    state.changes.append(Change(named, state.versions[folder.name], ""))
                mended = True
        if mended:
            head.write(self.root, state)
        self._drop_moved(state)
        if state.sweep_due:
            self.sweep(state)

    def _drop_moved(self, state: Head) -> None:
        """Remove the files that a dead writer had moved into tables for a step that never came about."""
        moving = self.root / MOVING
        if not moving.exists():
            return
        try:
            moved = msgspec.json.decode(moving.read_bytes(), type=dict[str, list[str]])
        except msgspec.DecodeError:
            moved = {}  # it died while writing the list, so nothing was moved
        for table, names in moved.items():
            version = state.versions.get(table)
            kept = {} if version is None else delta.files(self.root / table, version)
            for name in set(names) - set(kept):
                (self.root / table / name).unlink(missing_ok=True)
        moving.unlink()

    def sweep(self, state: Head) -> None:
        """Remove every file and every log entry that the present state doesn't need, and say so in the head."""
        for name, version in state.versions.items():
            folder = self.root / name
            kept = delta.files(folder, version)
            for path in folder.glob("*.parquet"):
                if path.name not in kept:
                    path.unlink()
            delta.cut_log(folder)
        shutil.rmtree(self.root / CHANGES, ignore_errors=True)
        state.changes.clear()
        state.sweep_due = False
        head.write(self.root, state)

    def clean(self, state: Head, before: float) -> int:
        """Remove files that left their table before this moment (seconds since 1970); returns the bytes freed."""
        freed = 0
        for name, version in state.versions.items():
            folder = self.root / name
            kept, removed = delta.files(folder, version), delta.removals(folder)
            for path in folder.glob("*.parquet"):
                if path.name not in kept and removed.get(path.name, path.stat().st_mtime) < before:
                    freed += path.stat().st_size
                    path.unlink()
        return freed
