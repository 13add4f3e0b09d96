"""One step being prepared: files staged in scratch and files to be taken out, table by table, until `publish`.

What the step has staged so far is part of what it reads, so one operation can build on the one before.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from uuid import uuid4

import duckdb
import msgspec
import pyarrow as pa
import pyarrow.parquet as pq

from regulars.base.errors import BadInput, Damaged
from regulars.lake import delta, engine, ready, runs
from regulars.lake.delta import DataFile
from regulars.lake.head import Head, sync
from regulars.lake.step import Source
from regulars.lake.tables import TableSpec

MOVING = "moving.json"
"""Names of the files a step is moving into the tables, so that the next writer finds those of one that died."""


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

    def rows_by_path(self, table: str) -> dict[str, int]:
        """Rows of every file the table consists of after the changes so far."""
        names = self.names(table)
        rows = {str(self.root / table / name): self._files[table][name] for name in names}
        staged = self._added.get(table, {})
        return rows | {str(self.scratch / name): file.rows for name, file in staged.items()}

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

    def write(self, table: str, query: str, *, ordered: bool = False) -> None:
        """Stage the rows of a SQL query as new files of the table; no file when there are no rows.

        `ordered` keeps the order of the query, within and over files (its own ORDER BY needs it; slower). Raises
        BadInput when a column that must be known is null.
        """
        if self.specs[table].sorted_files:
            batches = self.con.sql(f"SELECT {ready.typed(self.specs[table])} FROM ({query})").to_arrow_reader(
                ready.ROW_GROUP
            )
            for path in runs.write(batches, self.specs[table].schema, self.scratch):
                self.take(table, path)
            return
        folder = self.scratch / uuid4().hex
        self.con.execute(f"SET preserve_insertion_order = {str(ordered).lower()}")
        written = self.con.execute(
            f"COPY (SELECT {ready.typed(self.specs[table])} FROM ({query})) TO {engine.literal(str(folder))} "
            f"({ready.LAYOUT}, RETURN_STATS)"
        ).fetchall()
        self.con.execute("SET preserve_insertion_order = false")
        for path, rows, size, _, stats, *_ in written:
            if rows:
                by_column = {key.strip('"'): value for key, value in stats.items()}
                nulls = {name: int(one.get("null_count", 0)) for name, one in by_column.items()}
                self._refuse_nulls(table, nulls, rows)
                low = {c: by_column[c]["min"] for c in self.specs[table].stats if "min" in by_column[c]}
                high = {c: by_column[c]["max"] for c in low}
                name = f"{uuid4().hex}.parquet"
                Path(path).rename(self.scratch / name)
                self._added.setdefault(table, {})[name] = DataFile(name, rows, size, low, high)

    def _refuse_nulls(self, table: str, nulls: Mapping[str, int], rows: int) -> None:
        for field in self.specs[table].schema:
            if nulls[field.name] and not field.nullable:
                raise BadInput(
                    f"{nulls[field.name]} of {rows:,} rows for the table {table} have no {field.name}, which every row "
                    "needs. Set such rows aside before they come to the lake."
                )

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

    def adopt(self, table: str, paths: Iterable[Path]) -> None:
        """Make files that lie elsewhere the table's, without copying where the file system can link.

        They stay where they are, so that a step that meets a conflict can be planned again. Raises BadInput when a
        column that must be known is null.
        """
        for path in paths:
            nulls, rows = _nulls(path)
            self._refuse_nulls(table, nulls, rows)
            mine = self.scratch / f"{uuid4().hex}.parquet"
            try:
                mine.hardlink_to(path)
            except OSError:
                shutil.copyfile(path, mine)
            self.take(table, mine)

    def drop(self, table: str, paths: Iterable[str]) -> None:
        """Take files out of the table."""
        for path in paths:
            name = Path(path).name
            if self._added.get(table, {}).pop(name, None) is None:
                self._removed.setdefault(table, set()).add(name)
            else:
                (self.scratch / name).unlink()

    def delete(self, table: str, doomed: str, on: Iterable[str]) -> int:
        """Remove rows that match the SQL relation `doomed` in the columns `on`, rewriting only files that have some.

        Returns the rows removed. Sorted files stay sorted; in other files rows near each other stay near.
        """
        paths = self.paths(table)
        if not paths:
            return 0
        same = " AND ".join(f"t.{engine.quoted(c)} IS NOT DISTINCT FROM d.{engine.quoted(c)}" for c in on)
        if self.specs[table].sorted_files:
            return self._cut_out(table, f"t SEMI JOIN {doomed} d ON {same}")
        hit = self.con.execute(
            f"SELECT filename, count(*) FROM {self.scan(table, ', filename = true')} t "
            f"SEMI JOIN {doomed} d ON {same} GROUP BY 1"
        ).fetchall()
        for path, _ in hit:
            one = engine.scan([path], self.specs[table].schema)
            self.write(table, f"SELECT t.* FROM {one} t ANTI JOIN {doomed} d ON {same}")
            self.drop(table, [path])
        return sum(int(rows) for _, rows in hit)

    def _cut_out(self, table: str, matching: str) -> int:
        """Rewrite sorted files without the rows `matching`, by position: cheaper than sorting them again."""
        positions = self.con.sql(
            f"SELECT filename, file_row_number FROM {self.scan(table, ', filename = true, file_row_number = true')} "
            f"{matching}"
        ).to_arrow_table()
        hit = positions.group_by("filename").aggregate([("file_row_number", "list")])
        paths = [str(path) for path in hit["filename"].to_pylist()]
        rows = [one.values.to_numpy() for one in hit["file_row_number_list"]]
        targets = [self.scratch / f"{uuid4().hex}.parquet" for _ in paths]
        with ThreadPoolExecutor(2) as pool:
            left = list(pool.map(runs.without, paths, rows, targets))
        self.drop(table, paths)
        for target, count in zip(targets, left, strict=True):
            if count:
                self.take(table, target)
        return len(positions)

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
        if hasattr(source, "to_pyarrow_batches"):  # Ibis
            engine.name_what_ibis_calls()
            batches = source.to_pyarrow_batches()
        elif hasattr(source, "to_arrow_reader"):  # DuckDB
            batches = source.to_arrow_reader(ready.ROW_GROUP)
        else:
            # A RecordBatchReader can be read once, and a step that meets a conflict is planned again.
            raise BadInput(f"{type(source).__name__} can't be read as rows: give Parquet paths or an Arrow table.")
        schema = pa.schema([field.with_nullable(True) for field in batches.schema])
        with pq.ParquetWriter(path, schema) as out:
            for batch in batches:
                out.write_table(pa.Table.from_batches([batch]).cast(schema))
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
        moving = {table: list(self._added.get(table, {})) for table in changed}
        (self.root / MOVING).write_bytes(msgspec.json.encode(moving))
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


def _nulls(path: Path) -> tuple[dict[str, int], int]:
    """How many values of each column are null, from the file's footer, and its rows."""
    footer = pq.read_metadata(path)
    found: dict[str, int] = dict.fromkeys(footer.schema.names, 0)
    for group in range(footer.num_row_groups):
        for index, name in enumerate(footer.schema.names):
            stats = footer.row_group(group).column(index).statistics
            found[name] += footer.row_group(group).num_rows if stats is None else stats.null_count
    return found, footer.num_rows
