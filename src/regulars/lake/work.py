"""One step being prepared: files staged in scratch and files to be taken out, table by table, until `publish`.

What the step has staged so far is part of what it reads, so one operation can build on the one before.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from uuid import uuid4

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from regulars.base.errors import BadInput, Damaged
from regulars.lake import delta, engine
from regulars.lake.delta import DataFile
from regulars.lake.head import Head, sync
from regulars.lake.step import Source
from regulars.lake.tables import TableSpec

ROW_GROUP = 122_880


class Work:
    """Changes to the tables at `head`, not yet visible to anyone."""

    def __init__(
        self,
        root: Path,
        head: Head,
        specs: Mapping[str, TableSpec],
        scratch: Path,
        connection: duckdb.DuckDBPyConnection,
    ) -> None:
        self.root = root
        self.head = head
        self.specs = specs
        self.scratch = scratch
        self.con = connection
        self.last_order_id = head.last_order_id
        self.changed_customers: str | None = ""
        """A Parquet file of the customers whose occasions change; "" for nobody; None when it isn't known."""
        self._files: dict[str, dict[str, int]] = {}
        self._added: dict[str, dict[str, DataFile]] = {}
        self._removed: dict[str, set[str]] = {}

    # what is there

    def names(self, table: str) -> list[str]:
        """Names of the table's committed files that this step has not taken out."""
        if table not in self._files:
            version = self.head.versions.get(table)
            self._files[table] = {} if version is None else delta.files(self.root / table, version)
        gone = self._removed.get(table, set())
        return [name for name in self._files[table] if name not in gone]

    def paths(self, table: str) -> list[str]:
        """Full paths of all files the table consists of after the changes so far."""
        return [str(self.root / table / name) for name in self.names(table)] + self.staged(table)

    def staged(self, table: str) -> list[str]:
        """Full paths of the files this step has written for the table."""
        return [str(self.scratch / name) for name in self._added.get(table, {})]

    def scan(self, table: str, extra: str = "") -> str:
        """SQL behind FROM that reads the table as it is after the changes so far."""
        return engine.scan(self.paths(table), self.specs[table].schema, extra)

    def empty(self, table: str) -> bool:
        """Whether the table has no rows."""
        return not self.paths(table)

    @property
    def changed_tables(self) -> set[str]:
        """Tables this step writes to."""
        return {name for name in self._added if self._added[name]} | {
            name for name in self._removed if self._removed[name]
        }

    def rows(self, table: str) -> int:
        """Rows this step has written for the table."""
        return sum(file.rows for file in self._added.get(table, {}).values())

    # what changes

    def write(self, table: str, query: str, *, ordered: bool = False) -> DataFile | None:
        """Stage the rows of a SQL query as one new file of the table; nothing when there are none.

        `ordered` keeps the order of the query (slower; an ORDER BY of its own needs it). Raises BadInput when a column
        that must be known is null.
        """
        spec = self.specs[table]
        name = f"{uuid4().hex}.parquet"
        path = self.scratch / name
        columns = ", ".join(
            f"{engine.quoted(field.name)}::{engine.type_name(field.type)} AS {engine.quoted(field.name)}"
            for field in spec.schema
        )
        self.con.execute(f"SET preserve_insertion_order = {str(ordered).lower()}")
        written = self.con.execute(
            f"COPY (SELECT {columns} FROM ({query})) TO {engine.literal(str(path))} "
            f"(FORMAT parquet, ROW_GROUP_SIZE {ROW_GROUP}, RETURN_STATS)"
        ).fetchall()
        self.con.execute("SET preserve_insertion_order = false")
        _, rows, size, _, stats, *_ = written[0]
        if rows == 0:
            path.unlink()
            return None
        by_column = {key.strip('"'): value for key, value in stats.items()}
        for field in spec.schema:
            if not field.nullable and int(by_column[field.name].get("null_count", 0)):
                raise BadInput(
                    f"{by_column[field.name]['null_count']} of {rows:,} rows for the table {table} have no "
                    f"{field.name}, which every row needs. Set such rows aside before they come to the lake."
                )
        kept = [column for column in spec.stats if "min" in by_column[column]]
        file = DataFile(
            name,
            rows,
            size,
            {column: by_column[column]["min"] for column in kept},
            {column: by_column[column]["max"] for column in kept},
        )
        self._added.setdefault(table, {})[name] = file
        return file

    def take(self, table: str, path: Path) -> None:
        """Make a file in scratch, written by other means, one of the table's; it must have the table's schema."""
        footer = pq.read_metadata(path)
        spec = self.specs[table]
        low: dict[str, str] = {}
        high: dict[str, str] = {}
        for column in spec.stats:
            index = footer.schema.to_arrow_schema().get_field_index(column)
            stats = [footer.row_group(group).column(index).statistics for group in range(footer.num_row_groups)]
            if stats and all(stat is not None and stat.has_min_max for stat in stats):
                low[column] = str(min(stat.min for stat in stats))
                high[column] = str(max(stat.max for stat in stats))
        self._added.setdefault(table, {})[path.name] = DataFile(
            path.name, footer.num_rows, path.stat().st_size, low, high
        )

    def drop(self, table: str, path: str) -> None:
        """Take a file out of the table."""
        name = Path(path).name
        if self._added.get(table, {}).pop(name, None) is not None:
            (self.scratch / name).unlink()
        else:
            self._removed.setdefault(table, set()).add(name)

    def clear(self, table: str) -> None:
        """Take all files out of the table."""
        for path in self.paths(table):
            self.drop(table, path)

    def delete(self, table: str, doomed: str, on: Iterable[str]) -> int:
        """Remove rows that match the SQL relation `doomed` in the columns `on`, rewriting only files that have some.

        Returns the rows removed. A rewritten file keeps its order.
        """
        paths = self.paths(table)
        if not paths:
            return 0
        same = " AND ".join(f"t.{engine.quoted(c)} IS NOT DISTINCT FROM d.{engine.quoted(c)}" for c in on)
        hit = self.con.execute(
            f"SELECT filename, count(*) FROM {self.scan(table, ', filename = true')} t "
            f"SEMI JOIN {doomed} d ON {same} GROUP BY 1"
        ).fetchall()
        for path, _ in hit:
            one = engine.scan([path], self.specs[table].schema, ", file_row_number = true")
            self.write(
                table, f"SELECT t.* FROM {one} t ANTI JOIN {doomed} d ON {same} ORDER BY file_row_number", ordered=True
            )
            self.drop(table, path)
        return sum(int(rows) for _, rows in hit)

    # input

    def bind(self, name: str, source: Source) -> str:
        """Make `source` readable as a view in this step's connection and return the view's (unquoted) name."""
        if isinstance(source, pa.Table):
            self.con.register(f"{name}_rows", source)
            query = f"SELECT * FROM {name}_rows"
        else:
            listed = ", ".join(engine.literal(path) for path in self._as_paths(name, source))
            query = f"SELECT * FROM read_parquet([{listed}])"
        self.con.execute(f"CREATE OR REPLACE TEMP VIEW {name} AS {query}")
        return name

    def _as_paths(self, name: str, source: Source) -> list[str]:
        if isinstance(source, str | Path):
            return [str(source)]
        if isinstance(source, list | tuple):
            return [str(path) for path in source]
        path = self.scratch / f"{name}-{uuid4().hex}.in"
        if hasattr(source, "to_pyarrow_batches"):
            source = source.to_pyarrow_batches()
        elif hasattr(source, "to_arrow_reader"):
            source = source.to_arrow_reader(ROW_GROUP)
        if not isinstance(source, pa.RecordBatchReader):
            raise BadInput(f"{type(source).__name__} can't be read as rows: give Parquet paths or an Arrow table.")
        with pq.ParquetWriter(path, source.schema) as out:
            for batch in source:
                out.write_batch(batch)
        return [str(path)]

    def columns(self, view: str) -> set[str]:
        """Column names of a view."""
        return {str(row[0]) for row in self.con.execute(f"DESCRIBE {view}").fetchall()}

    # the end

    def publish(self) -> dict[str, int]:
        """Move staged files into place and commit them to Delta, table by table; returns the new versions.

        Until the head names these versions no reader sees them.
        """
        changed = sorted(self.changed_tables)
        for table in changed:
            folder = self.root / table
            folder.mkdir(exist_ok=True)
            for name in self._added.get(table, {}):
                sync(self.scratch / name)
                (self.scratch / name).rename(folder / name)
            sync(folder)
        versions: dict[str, int] = {}
        for table in changed:
            folder = self.root / table
            if delta.newest(folder) < 0:
                if table in self.head.versions:
                    raise Damaged(f"{folder} has lost its log. Restore the workspace from a backup.")
                delta.create(folder, self.specs[table])
            added, removed = self._added.get(table, {}).values(), self._removed.get(table, set())
            versions[table] = delta.commit(folder, self.specs[table], added, sorted(removed))
        return versions
