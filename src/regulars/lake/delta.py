"""What the lake asks of Delta: make a table, name its files, commit files in and out, go back, cut the log.

DuckDB writes and reads the Parquet files; delta-rs only keeps the log. Paths inside the log are plain file names, so
a workspace with spaces or letters of any alphabet in its path needs no percent-decoding.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
from deltalake import DeltaTable
from deltalake.exceptions import DeltaError
from deltalake.transaction import AddAction, RemoveAction

from regulars.base.errors import NotFound
from regulars.lake.head import sync
from regulars.lake.tables import TableSpec

LOG = "_delta_log"
OPEN_ATTEMPTS = 20
CHECKPOINT_EVERY = 20
"""Commits between checkpoints: so many small entries are read at most to open a table."""
NO_STATS = {"delta.dataSkippingNumIndexedCols": "0"}


@dataclass(frozen=True)
class DataFile:
    """One Parquet file of a table: its name in the table's folder, and what Delta's log says of it."""

    name: str
    rows: int
    size: int
    low: dict[str, str]
    high: dict[str, str]


def newest(folder: Path) -> int:
    """The newest version in the log, -1 when there is no table. A look at file names: no log is replayed."""
    versions = [int(path.name[:20]) for path in (folder / LOG).glob("*.json") if path.name[:20].isdigit()]
    return max(versions, default=-1)


def create(folder: Path, spec: TableSpec) -> int:
    """Make the empty table; version 0. The log is cut only when `cut_log` is called, and then to its last entry."""
    DeltaTable.create(
        str(folder),
        spec.schema,
        configuration={
            "delta.logRetentionDuration": "interval 0 seconds",
            "delta.deletedFileRetentionDuration": "interval 0 seconds",
            "delta.enableExpiredLogCleanup": "false",
            "delta.checkpointInterval": str(CHECKPOINT_EVERY),
        }
        # For other programs that write here: no statistics on ids or text.
        | ({"delta.dataSkippingStatsColumns": ",".join(spec.stats)} if spec.stats else NO_STATS),
    )
    return 0


def spec_of(folder: Path, version: int) -> TableSpec:
    """The columns of a table on disk that nobody has defined in this process."""
    schema = pa.schema(_open(folder, version).schema())
    return TableSpec(folder.name, schema, (), ())


def files(folder: Path, version: int) -> dict[str, int]:
    """File names of the table at `version`, with their rows. Raises NotFound when an erasure took that version."""
    actions = pa.table(_open(folder, version).get_add_actions(flatten=True))
    rows = actions["num_records"] if "num_records" in actions.schema.names else pa.nulls(actions.num_rows, pa.int64())
    return dict(zip(actions["path"].to_pylist(), rows.to_pylist(), strict=True))


def _open(folder: Path, version: int) -> DeltaTable:
    """The table at `version`; while an erasure cuts the log, a version that stays can fail to open for a moment."""
    for attempt in range(OPEN_ATTEMPTS):
        try:
            return DeltaTable(str(folder), version=version)
        except DeltaError as error:
            there = (folder / LOG / f"{version:020d}.json").exists()
            if not there or attempt == OPEN_ATTEMPTS - 1:
                raise NotFound(
                    f"Version {version} of the table {folder.name} is no longer there: an erasure or clean-up removed "
                    "it. Use the present state instead."
                ) from error
        time.sleep(0.05)
    raise AssertionError


def commit(folder: Path, spec: TableSpec, added: Iterable[DataFile], removed: Iterable[str]) -> int:
    """One Delta commit that takes files in and out; returns the new version.

    Raises CommitFailedError when somebody who holds no lock committed a conflicting change meanwhile.
    """
    table = DeltaTable(str(folder))
    now = int(time.time() * 1000)
    actions: list[AddAction | RemoveAction] = [
        AddAction(file.name, file.size, {}, now, True, _stats(file)) for file in added
    ]
    actions += [RemoveAction(name, True, now) for name in removed]
    table.create_write_transaction(actions, "append", spec.schema)
    table.update_incremental()
    version = int(table.version())
    sync(folder / LOG / f"{version:020d}.json")
    sync(folder / LOG)
    return version


def removals(folder: Path) -> dict[str, float]:
    """When each file was taken out of the table, in seconds since 1970, from all entries still in the log."""
    found: dict[str, float] = {}
    for entry in (folder / LOG).glob("*.json"):
        for line in entry.read_text().splitlines():
            if '"remove"' in line:
                action = json.loads(line)["remove"]
                found[action["path"]] = action["deletionTimestamp"] / 1000
    return found


def restore(folder: Path, version: int) -> int:
    """Commit the content of `version` as the newest version, and return that one's number."""
    table = DeltaTable(str(folder))
    table.restore(version)
    table.update_incremental()
    return int(table.version())


def cut_log(folder: Path) -> None:
    """Leave only the newest version in the log: nothing earlier can be found there or opened again."""
    table = DeltaTable(str(folder))
    table.create_checkpoint()
    table.cleanup_metadata()


def _stats(file: DataFile) -> str:
    stats: dict[str, object] = {"numRecords": file.rows}
    if file.low:
        stats |= {"minValues": file.low, "maxValues": file.high}
    return json.dumps(stats)
