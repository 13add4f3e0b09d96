"""Sync: the operations store's pictures of all customers brought up to date with the last run, as differences.

DuckDB says what each picture should be and gives it a fingerprint; the store keeps the fingerprints of what it has.
Only rows that differ are written, a block of customers in each transaction. `Run.synced_at` comes last: a sync that
was cut off is done again, finds most of it done, and ends the same.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass

import duckdb

from regulars.base import clock
from regulars.base.errors import Conflict, NotFound
from regulars.base.money import digits
from regulars.base.progress import Progress, silent
from regulars.customers import ahead, queries, sync_blocks, sync_people, sync_pictures, sync_recent, sync_write
from regulars.customers.models import Picture, Recent, Run, SyncedBlock
from regulars.customers.refresh import open_lake
from regulars.customers.sync_blocks import Written
from regulars.customers.sync_columns import columns
from regulars.lake import Lake, Snapshot, engine
from regulars.platform.locks import held
from regulars.platform.workspace import Workspace

MANY = 50_000
"""From so many customers on the first sync builds indexes at its end, and PostgreSQL tidies up after a sync."""
PASSES = 5
"""A block in which somebody changed a customer meanwhile is looked at again, so often at most in one sync."""


@dataclass(frozen=True)
class Synced:
    """What a sync did: rows written and taken away."""

    run: Run
    pictures: int
    removed: int
    recent: int


def due() -> Run | None:
    """The last run, where pictures haven't been brought up to date with it."""
    run = queries.latest_run()
    return run if run is not None and run.synced_at is None else None


def sync(workspace: Workspace, *, progress: Progress = silent) -> Synced:
    """Bring pictures up to date with the last run; what is up to date isn't written.

    Raises NotFound when nothing was refreshed yet, Conflict when another sync doesn't end or customers are being
    changed faster than they can be written.
    """
    with held("sync", what="Bringing the customers up to date"):
        run = queries.latest_run()
        if run is None:
            raise NotFound("There is nothing to show yet. Take your orders in, then refresh: regulars run orders.csv")
        lake = open_lake(workspace)
        _heal()
        with _duckdb(workspace, lake) as con, sync_write.roomy():
            size = sync_people.load(con)
            sync_write.complete_indexes()
            with sync_write.without_indexes() if size > MANY and not Picture.objects.exists() else nullcontext():
                pictures = _until_undisturbed(con, lambda: _pictures(workspace, lake, con, size, run, progress))
            versions, recent = lake.read(
                lambda now: (now.versions, _until_undisturbed(con, lambda: _recent(lake, now, con, size, progress)))
            )
        if pictures.rows + recent.rows > MANY:
            sync_write.settle()
        Run.objects.filter(pk=run.pk).update(synced_at=clock.now(), recent_versions=versions)
        ahead.settle(run.versions)
        run.refresh_from_db(fields=["synced_at", "recent_versions"])
        return Synced(run, pictures.rows, pictures.removed + recent.removed, recent.rows)


def _pictures(
    workspace: Workspace, lake: Lake, con: duckdb.DuckDBPyConnection, size: int, run: Run, progress: Progress
) -> Written:
    chosen = columns(run.as_of, digits(workspace.settings.firm.currency or "EUR"))
    first = not Run.objects.filter(synced_at__isnull=False).exists()
    writer = sync_write.PictureWriter(run, chosen, first=first)

    def bring_up(snapshot: Snapshot) -> Written:
        newer, seen = ahead.ahead(run.versions), ahead.seen(run.versions)
        return sync_pictures.bring_up(con, _table(snapshot, "standing"), chosen, writer, size, progress, newer, seen)

    try:
        with lake.snapshot({"standing": run.standing_version}) as snapshot:
            return bring_up(snapshot)
    except (duckdb.IOException, FileNotFoundError, NotFound):
        return lake.read(bring_up)  # an erasure took that version away: what is there is the same without the erased


def _recent(lake: Lake, snapshot: Snapshot, con: duckdb.DuckDBPyConnection, size: int, progress: Progress) -> Written:
    tables = {name: _table(snapshot, name) for name in sync_recent.TABLES}
    last = Run.objects.filter(recent_versions__isnull=False).order_by("-id").first()
    before = None if last is None else last.recent_versions
    changed = None if before is None else lake.changed_customers(before, snapshot.versions)
    return sync_recent.bring_up(con, tables, changed, size, progress, lambda: ahead.ahead(snapshot.versions))


def _until_undisturbed(con: duckdb.DuckDBPyConnection, work: Callable[[], Written]) -> Written:
    rows = removed = 0
    for number in range(PASSES):
        if number:
            sync_people.load(con)
        done = work()
        rows, removed = rows + done.rows, removed + done.removed
        if not done.disturbed:
            return Written(rows, removed, disturbed=False)
    raise Conflict("Customers are being changed faster than they can be brought up to date. It will be tried again.")


def _heal() -> None:
    """Forget what is thought to be there where the number of rows says otherwise, as after a deletion by hand."""
    if sync_blocks.known("fingerprints") > Picture.objects.count():
        SyncedBlock.objects.update(fingerprints=b"")
    if sync_blocks.known("recent") > Recent.objects.count():
        SyncedBlock.objects.update(recent=b"")
        Run.objects.update(recent_versions=None)


def _table(snapshot: Snapshot, name: str) -> str:
    return engine.scan(snapshot.files(name), snapshot.spec(name).schema)


@contextmanager
def _duckdb(workspace: Workspace, lake: Lake) -> Iterator[duckdb.DuckDBPyConnection]:
    scratch = engine.Scratch(lake.path)
    try:
        with engine.connect(scratch.path, workspace.settings.store.memory_limit, None) as con:
            yield con
    finally:
        scratch.close()
