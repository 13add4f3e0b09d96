"""Orders written once: files in the table's own shape, which a step may take in as they are.

Writing is most of the work of an import. Who puts orders together so writes them as the table keeps them, with the ids
that they will have if nothing comes between; the step looks whether that held, and else reads them like any others.
DuckDB works the rows out and Arrow writes them: columns with one value, half of a usual table, cost it next to nothing,
and DuckDB as much as any other.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from regulars.lake import engine
from regulars.lake.beside import Beside
from regulars.lake.tables import TABLES, TableSpec

ROW_GROUP = 122_880
GROUPS_PER_FILE = 8
"""A file has about a million rows: a correction rewrites the files it touches, so they should not be too large."""
LAYOUT = (
    # Dictionaries are for statuses and currencies; those of ids cost a quarter of the writing and save nothing.
    f"FORMAT parquet, ROW_GROUP_SIZE {ROW_GROUP}, ROW_GROUPS_PER_FILE {GROUPS_PER_FILE}, DICTIONARY_SIZE_LIMIT 1000"
)
"""Options of COPY for the files of a table."""
_SPREAD = frozenset(["external_id", "fingerprint"])
"""Columns with another value in each row: neither dictionaries nor differences shorten them."""


def typed(spec: TableSpec, missing: frozenset[str] = frozenset()) -> str:
    """SQL: the table's columns in their types and their order; NULL for those that are `missing`."""
    return ", ".join(
        f"{'NULL' if field.name in missing else engine.quoted(field.name)}::{engine.type_name(field.type)} "
        f"AS {engine.quoted(field.name)}"
        for field in spec.schema
    )


def write(
    con: duckdb.DuckDBPyConnection,
    query: str,
    folder: Path,
    *,
    after: int,
    same: Mapping[str, object] | None = None,
) -> list[Path]:
    """Write the orders of a query (as OrderBatch describes them) as files that a batch `numbered_after` takes.

    after : the last order id in use; an order's id is this + its `order_key`, which must be 1 or more.
    same : columns that have one value in all rows, whatever the query says of them.
    """
    given = {str(row[0]) for row in con.execute(f"DESCRIBE {query}").fetchall()} | {"order_id", "version"}
    fixed = {name: None for name in TABLES["orders"].schema.names if name not in given} | {"version": 1, **(same or {})}
    fixed = {name: value for name, value in fixed.items() if name in TABLES["orders"].schema.names}
    columns = ", ".join(
        f"{engine.quoted(field.name)}::{engine.type_name(field.type)} AS {engine.quoted(field.name)}"
        for field in TABLES["orders"].schema
        if field.name not in fixed
    )
    numbered = f"SELECT *, order_key + {int(after)} AS order_id FROM ({query})"
    folder.mkdir(parents=True)
    return _files(con.sql(f"SELECT {columns} FROM ({numbered})").to_arrow_reader(ROW_GROUP), fixed, folder)


def _files(batches: Iterable[pa.RecordBatch], fixed: Mapping[str, object], folder: Path) -> list[Path]:
    """Batches of up to ROW_GROUP rows, each a group of rows; written beside the work on those that follow."""
    paths: list[Path] = []
    shape = _Shape(fixed)
    writer: pq.ParquetWriter | None = None
    groups = 0
    with Beside() as beside:
        for batch in batches:
            if writer is None or groups == GROUPS_PER_FILE:
                if writer is not None:
                    beside.finish(writer, paths[-1])
                writer, groups = shape.writer(folder, paths), 0
            beside.do(writer.write_table, shape.filled(batch), ROW_GROUP)
            groups += 1
        if writer is None:
            writer = shape.writer(folder, paths)
        beside.finish(writer, paths[-1])
    return paths


class _Shape:
    """How the files of orders are written, some of whose columns have a `fixed` value."""

    def __init__(self, fixed: Mapping[str, object]) -> None:
        fields, self._columns = [], {}
        for field in TABLES["orders"].schema:
            kind = field.type
            if field.name in fixed:
                self._columns[field.name] = _repeated(fixed[field.name], kind)
                kind = self._columns[field.name].type
            # Nulls where none may be are told by the step, by the column's name.
            fields.append(pa.field(field.name, kind))
        self.schema = pa.schema(fields)
        texts = [f.name for f in self.schema if pa.types.is_string(f.type) or pa.types.is_float64(f.type)]
        coded = [name for name in (*texts, *self._columns) if name not in _SPREAD]
        differing = [f.name for f in self.schema if f.name not in {*texts, *coded, *_SPREAD}]
        self.options: dict[str, object] = {
            "use_dictionary": coded,
            "column_encoding": dict.fromkeys(differing, "DELTA_BINARY_PACKED"),
            "compression": {name: "snappy" if name in texts else "none" for name in self.schema.names},
            "store_schema": False,
        }

    def writer(self, folder: Path, paths: list[Path]) -> pq.ParquetWriter:
        """Into a new file, which is added to `paths`."""
        paths.append(folder / f"{len(paths):05d}.parquet")
        return pq.ParquetWriter(paths[-1], self.schema, **self.options)

    def filled(self, batch: pa.RecordBatch) -> pa.Table:
        """The batch with all columns of the table."""
        rows = batch.num_rows
        columns = [
            self._columns[name].slice(0, rows) if name in self._columns else batch.column(name)
            for name in self.schema.names
        ]
        return pa.table(columns, schema=self.schema)


def _repeated(value: object, kind: pa.DataType) -> pa.Array:
    """ROW_GROUP times the same value, as an index into a dictionary of it, or null."""
    if value is None:
        return pa.nulls(ROW_GROUP, kind)
    return pa.DictionaryArray.from_arrays(pa.repeat(pa.scalar(0, pa.int32()), ROW_GROUP), pa.array([value], kind))
