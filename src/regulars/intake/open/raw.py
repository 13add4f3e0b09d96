"""Rows of text cells written to Parquet in the file's order, for formats that DuckDB doesn't read row by row itself."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from regulars.intake.open.records import Record, fit

_CELLS = 400_000
_BYTES = 16 << 20


def write(records: Iterable[Record], width: int, to: Path) -> int:
    """Write columns c0.. and `fault`; give the number of rows. Memory: one batch of rows, whatever the file."""
    schema = pa.schema([*(pa.field(f"c{i}", pa.string()) for i in range(width)), pa.field("fault", pa.string())])
    rows = 0
    with pq.ParquetWriter(to, schema, compression="snappy", use_dictionary=False, write_statistics=False) as writer:
        batch: list[Record] = []
        size = 0
        for record in records:
            fitted = record if len(record.cells) == width else fit(record, width)
            batch.append(fitted)
            rows += 1
            size += sum(map(len, filter(None, fitted.cells)))
            if len(batch) * width >= _CELLS or size >= _BYTES:
                _flush(writer, schema, batch)
                batch, size = [], 0
        if batch:
            _flush(writer, schema, batch)
    return rows


def _flush(writer: pq.ParquetWriter, schema: pa.Schema, batch: list[Record]) -> None:
    columns = [pa.array(column, pa.string()) for column in zip(*(record.cells for record in batch), strict=True)]
    columns.append(pa.array([record.fault or None for record in batch], pa.string()))
    writer.write_batch(pa.record_batch(columns, schema=schema))
