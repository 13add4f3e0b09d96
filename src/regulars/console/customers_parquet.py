"""The filtered list of customers as Parquet: typed columns, written in pieces into a file that goes when it is sent."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Mapping, Sequence
from typing import IO, Any

import pyarrow as pa
import pyarrow.parquet as pq

TYPES: Mapping[str, pa.DataType] = {
    "number": pa.int64(),
    "chance": pa.float64(),
    "value": pa.float64(),
    "risk": pa.float64(),
    "sales": pa.float64(),
    "score": pa.float64(),
    "occasions": pa.int32(),
    "last": pa.date32(),
}
"""Columns that aren't text."""


def written(names: Sequence[str], pieces: Iterable[Sequence[Sequence[Any]]]) -> IO[bytes]:
    """A file with these columns, to be read from its beginning. pieces : rows with a value for each name."""
    schema = pa.schema([(name, TYPES.get(name, pa.string())) for name in names])
    file = tempfile.TemporaryFile()  # noqa: SIM115 - whoever sends it closes it, and then it is gone
    with pq.ParquetWriter(file, schema) as writer:
        for rows in pieces:
            columns = list(zip(*rows, strict=True)) or [()] * len(names)
            arrays = [
                pa.array([None if value == "" else value for value in column], field.type)
                for column, field in zip(columns, schema, strict=True)
            ]
            writer.write_table(pa.Table.from_arrays(arrays, schema=schema))
    file.seek(0)
    return file
