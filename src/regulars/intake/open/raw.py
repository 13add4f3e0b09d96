"""Rows of text cells written to Parquet in the file's order, for formats that DuckDB doesn't read row by row itself."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from regulars.intake.open.records import Record, fit

_CELLS = 400_000
_BYTES = 16 << 20


def write(pieces: Iterable[Record | pa.Table], width: int, to: Path, tick: Callable[[int], None] | None = None) -> int:
    """Write columns c0.. and `fault`; give the number of rows. Memory: one batch of rows, whatever the file."""
    schema = pa.schema([*(pa.field(f"c{i}", pa.string()) for i in range(width)), pa.field("fault", pa.string())])
    options = {"compression": "snappy", "use_dictionary": False, "write_statistics": False}
    with pq.ParquetWriter(to, schema, **options) as writer:
        batch = _Batch(writer, schema, width, tick)
        for piece in pieces:
            if isinstance(piece, Record):
                batch.add(fit(piece, width))
            else:
                batch.flush()
                batch.put(piece.append_column(schema.field("fault"), pa.nulls(piece.num_rows, pa.string())))
        batch.flush()
    return batch.rows


class _Batch:
    """Records on their way into the file."""

    def __init__(
        self, writer: pq.ParquetWriter, schema: pa.Schema, width: int, tick: Callable[[int], None] | None
    ) -> None:
        self._writer, self._schema, self._width, self._tick = writer, schema, width, tick
        self._records: list[Record] = []
        self._size = 0
        self.rows = 0

    def add(self, record: Record) -> None:
        self._records.append(record)
        self._size += sum(map(len, filter(None, record.cells)))
        if len(self._records) * self._width >= _CELLS or self._size >= _BYTES:
            self.flush()

    def flush(self) -> None:
        """Write what is waiting."""
        if not self._records:
            return
        cells = zip(*(record.cells for record in self._records), strict=True)
        columns = [pa.array(column, pa.string()) for column in cells]
        columns.append(pa.array([record.fault or None for record in self._records], pa.string()))
        self._records, self._size = [], 0
        self.put(pa.table(columns, schema=self._schema))

    def put(self, table: pa.Table) -> None:
        """Write a whole table after what came before."""
        self._writer.write_table(table)
        self.rows += table.num_rows
        if self._tick is not None:
            self._tick(self.rows)
