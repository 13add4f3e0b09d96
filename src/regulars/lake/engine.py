"""DuckDB as the lake uses it: bounded in memory, in UTC, spilling into a folder that is swept after a crash."""

from __future__ import annotations

import shutil
import sys
import warnings
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import duckdb
import pyarrow as pa
from filelock import FileLock, Timeout

if TYPE_CHECKING:
    from ibis.backends.duckdb import Backend

_TYPES = {
    pa.int16(): "SMALLINT",
    pa.int32(): "INTEGER",
    pa.int64(): "BIGINT",
    pa.float64(): "DOUBLE",
    pa.bool_(): "BOOLEAN",
    pa.string(): "VARCHAR",
    pa.date32(): "DATE",
    pa.timestamp("us", tz="UTC"): "TIMESTAMPTZ",
    pa.timestamp("us"): "TIMESTAMP",
}


class Scratch:
    """A folder of one process's own under `lake/tmp`, for staged files and DuckDB's spill.

    Its lock is let go by the operating system when the process dies, so `sweep` knows what nobody uses any more.
    """

    def __init__(self, root: Path) -> None:
        self.path = root / "tmp" / uuid4().hex
        with _guard(root):  # between the folder and its lock it looks like one that nobody uses
            self.path.mkdir()
            self._lock = FileLock(self.path / ".in-use")
            self._lock.acquire()

    def close(self) -> None:
        """Remove the folder with all in it."""
        self._lock.release()
        shutil.rmtree(self.path, ignore_errors=True)


def sweep(root: Path) -> None:
    """Remove scratch folders whose process is gone."""
    with _guard(root):
        for folder in (root / "tmp").glob("*/"):
            lock = FileLock(folder / ".in-use")
            try:
                lock.acquire(blocking=False)
            except (Timeout, OSError):
                continue
            lock.release()
            shutil.rmtree(folder, ignore_errors=True)


def _guard(root: Path) -> FileLock:
    """Held while a scratch folder is made, and while unused ones are looked for."""
    (root / "tmp").mkdir(parents=True, exist_ok=True)
    return FileLock(root / "tmp" / ".guard")


def settings(spill: Path, memory_limit: str, threads: int | None) -> dict[str, str | int | bool]:
    """DuckDB's settings for work on the lake."""
    chosen: dict[str, str | int | bool] = {
        "memory_limit": memory_limit,
        "temp_directory": str(spill / "spill"),
        "preserve_insertion_order": False,
        "TimeZone": "UTC",
    }
    if threads is not None:
        chosen["threads"] = threads
    return chosen


def connect(spill: Path, memory_limit: str, threads: int | None) -> duckdb.DuckDBPyConnection:
    """A DuckDB connection of its own."""
    connection = duckdb.connect(":memory:")
    for name, value in settings(spill, memory_limit, threads).items():
        connection.execute(f"SET {name} = {literal(value)}")
    connection.execute("SET streaming_buffer_size = '16MB'")  # rows worked out while Python has those before in hand
    return connection


def connect_ibis(spill: Path, memory_limit: str, threads: int | None) -> Backend:
    """The same for reading through Ibis."""
    import ibis

    name_what_ibis_calls()
    chosen = settings(spill, memory_limit, threads)
    zone = chosen.pop("TimeZone")  # DuckDB refuses it as an option of the connection
    backend = ibis.duckdb.connect(**chosen)
    backend.raw_sql(f"SET TimeZone = {literal(zone)}")
    return backend


def name_what_ibis_calls() -> None:
    """DuckDB 2 dropped two names that Ibis 12 still calls; give them back."""
    connection: Any = duckdb.DuckDBPyConnection
    if hasattr(connection, "fetch_arrow_table"):
        return
    connection.fetch_arrow_table = lambda self: self.to_arrow_table()
    connection.fetch_record_batch = lambda self, rows_per_batch=1_000_000: self.to_arrow_reader(rows_per_batch)
    for text in ("Arrow output on a DB-API result makes an extra copy", "fetch_arrow_table\\(\\) is deprecated"):
        warnings.filterwarnings("ignore", message=text)


def spare_pandas() -> None:
    """Keep pyarrow from loading pandas (0.25 s) to see whether a list is one of its columns, as it does when first
    given one. For processes that never hand pandas to pyarrow; others may load pandas afterwards as usual."""
    sys.meta_path.insert(0, _NoPandas)
    try:
        pa.array([0])
    finally:
        sys.meta_path.remove(_NoPandas)


class _NoPandas:
    """A finder of modules for which pandas is not there."""

    @staticmethod
    def find_spec(name: str, path: object = None, target: object = None) -> None:  # noqa: ARG004 - the finders' protocol
        if name == "pandas":
            raise ModuleNotFoundError(name)


def literal(value: str | int | bool) -> str:
    """A SQL literal."""
    if isinstance(value, str):
        return "'" + value.replace("'", "''") + "'"
    return str(value).lower()


def quoted(name: str) -> str:
    """A SQL identifier."""
    return '"' + name.replace('"', '""') + '"'


def type_name(kind: pa.DataType) -> str:
    """DuckDB's name of an Arrow type."""
    if pa.types.is_list(kind):
        return f"{type_name(kind.value_type)}[]"
    if pa.types.is_struct(kind):
        return "STRUCT(" + ", ".join(f"{quoted(field.name)} {type_name(field.type)}" for field in kind) + ")"
    return _TYPES[kind]


def scan(files: Iterable[str], schema: pa.Schema, extra: str = "") -> str:
    """What to put behind FROM to read these files: typed and empty when there are none."""
    listed = ", ".join(literal(file) for file in files)
    if listed:
        return f"read_parquet([{listed}]{extra})"
    nothing = ", ".join(f"NULL::{type_name(field.type)} AS {quoted(field.name)}" for field in schema)
    return f"(SELECT {nothing} WHERE false)"
