"""A pinned state of the lake, read through Ibis on DuckDB."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Self

import duckdb

from regulars.base.errors import BadInput, NotFound
from regulars.lake import delta, engine, runs
from regulars.lake.tables import TableSpec

if TYPE_CHECKING:
    import ibis
    import pyarrow as pa
    from ibis.backends.duckdb import Backend


class Snapshot:
    """One version of every table, whatever writers do meanwhile; only an erasure takes its files away (`Lake.read`).

    `versions` names them, `sequence` counts the lake's steps. Use as a context manager, or `close` it.
    """

    def __init__(
        self,
        root: Path,
        versions: Mapping[str, int],
        sequence: int,
        specs: Mapping[str, TableSpec],
        *,
        memory_limit: str,
        threads: int | None,
    ) -> None:
        self.root = root
        self.versions = dict(versions)
        self.sequence = sequence
        self._specs = specs
        self._memory_limit = memory_limit
        self._threads = threads
        self._scratch: engine.Scratch | None = None
        self._rows: dict[str, dict[str, int]] = {}
        self._tables: dict[str, ibis.Table] = {}

    @cached_property
    def con(self) -> Backend:
        """The Ibis backend: DuckDB in memory, bounded, in UTC, order of rows not preserved."""
        self._scratch = engine.Scratch(self.root)
        return engine.connect_ibis(self._scratch.path, self._memory_limit, self._threads)

    def table(self, name: str) -> ibis.Table:
        """The table as an Ibis expression; empty, with its columns, when nothing was ever written to it."""
        if name not in self._tables:
            query = engine.scan(self.files(name), self.spec(name).schema)
            try:
                self.con.raw_sql(f"CREATE VIEW {engine.quoted(name)} AS SELECT * FROM {query}")
            except duckdb.IOException as error:
                raise NotFound(
                    f"Files of the table {name} at version {self.versions[name]} are gone: an erasure or clean-up "
                    "removed them. Use the present state; if this is the present state, check the lake."
                ) from error
            self._tables[name] = self.con.table(name)
        return self._tables[name]

    def batches(self, expression: ibis.Table, rows: int = 122_880) -> pa.RecordBatchReader:
        """The result as a stream of Arrow batches (Ibis's own `to_pyarrow_batches` holds all of it in memory)."""
        return self.con._to_duckdb_relation(expression).to_arrow_reader(rows)

    def files(self, name: str) -> list[str]:
        """Full paths of the table's Parquet files."""
        return [str(self.root / name / file) for file in self._table_files(name)]

    def sorted_batches(self, name: str, columns: Sequence[str]) -> Iterator[pa.RecordBatch]:
        """All rows in the table's order (occasions: by customer and day) as Arrow batches that never split a customer.

        About a million rows a batch. For tables with sorted files; others have no order to rely on.
        """
        spec = self.spec(name)
        if not spec.sorted_files:
            raise BadInput(f"The table {name} is not kept in order: read it with table() and sort.")
        return runs.read(self.files(name), spec.sort, columns)

    def rows(self, name: str) -> int:
        """Number of rows, from the log alone."""
        return sum(self.rows_by_name(name).values())

    def rows_by_name(self, name: str) -> dict[str, int]:
        """Rows of each file, by its name in the table's folder, from the log alone."""
        return dict(self._table_files(name))

    def close(self) -> None:
        """Let go of DuckDB and its memory."""
        if "con" in self.__dict__:
            self.con.disconnect()
            del self.__dict__["con"]
            self._tables.clear()
        if self._scratch is not None:
            self._scratch.close()
            self._scratch = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def spec(self, name: str) -> TableSpec:
        """The table's columns and order. Raises NotFound."""
        if name not in self._specs:
            raise NotFound(f"The lake has no table {name}. It has: {', '.join(sorted(self._specs))}.")
        return self._specs[name]

    def _table_files(self, name: str) -> dict[str, int]:
        self.spec(name)
        if name not in self._rows:
            version = self.versions.get(name)
            self._rows[name] = {} if version is None else delta.files(self.root / name, version)
        return self._rows[name]
