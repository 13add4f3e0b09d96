"""Sorted files: written so that no customer is in two files of one run, and read in order by merging few runs.

A table with `sorted_files` is a base (files that don't overlap, about a million rows each) and a few smaller files on
top. Reading in order takes the base file by file and merges into each what the others have for its customers; only
when there is nothing but overlapping files does that amount to sorting.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from regulars.base.errors import BadInput
from regulars.lake.beside import Beside

FILE_ROWS = 1_000_000
ROW_GROUP = 65_536
"""Rows decoded at once: small enough to stream, large enough that a group's overhead doesn't show."""


@dataclass(frozen=True)
class SortedFile:
    """A file and the customers it spans."""

    path: str
    rows: int
    low: int
    high: int


def write(batches: Iterable[pa.RecordBatch], schema: pa.Schema, folder: Path) -> list[Path]:
    """Write rows that come sorted by customer as files of about FILE_ROWS rows, cut between customers."""
    paths: list[Path] = []
    writer: pq.ParquetWriter | None = None
    room, last = 0, 0
    with Beside() as beside:
        for portion in _portions(batches, schema):
            table, customers = portion, portion["customer_id"].to_numpy()
            if writer is not None and room < len(table):
                cut = int(np.searchsorted(customers, last, side="right"))
                if cut:
                    beside.do(writer.write_table, table.slice(0, cut), ROW_GROUP)
                if cut == len(table):
                    continue  # the customer may go on
                beside.finish(writer, paths[-1])
                writer, table = None, table.slice(cut)
            if writer is None:
                paths.append(folder / f"{uuid4().hex}.parquet")
                # Sorted numbers have next to no repeats: a dictionary costs time and gains nothing.
                writer, room = pq.ParquetWriter(paths[-1], schema, use_dictionary=False), FILE_ROWS
            beside.do(writer.write_table, table, ROW_GROUP)
            room, last = room - len(table), int(customers[-1])
        if writer is not None:
            beside.finish(writer, paths[-1])
    return paths


def without(source: str, rows: npt.NDArray[np.int64], target: Path) -> int:
    """Copy a sorted file without the rows at these positions; returns how many are left, no file when none."""
    table = pq.read_table(source)
    keep = np.ones(len(table), dtype=bool)
    keep[rows] = False
    left = table.filter(pa.array(keep))
    if len(left):
        pq.write_table(left, target, row_group_size=ROW_GROUP, use_dictionary=False)
    return len(left)


def _portions(batches: Iterable[pa.RecordBatch], schema: pa.Schema) -> Iterator[pa.Table]:
    """The rows in portions of exactly ROW_GROUP, the last one smaller."""
    held: list[pa.Table] = []
    rows = 0
    for batch in batches:
        for field in schema:
            if not field.nullable and batch.column(field.name).null_count:
                raise BadInput(f"Some rows have no {field.name}, which every row of their table needs. Set them aside.")
        held.append(pa.Table.from_batches([batch]).cast(schema))
        rows += len(batch)
        while rows >= ROW_GROUP:
            table = pa.concat_tables(held)
            yield table.slice(0, ROW_GROUP)
            held = [table.slice(ROW_GROUP)]
            rows -= ROW_GROUP
    if rows:
        yield pa.concat_tables(held)


def span(path: str, column: str) -> SortedFile:
    """Read a file's footer for the customers it spans."""
    footer = pq.read_metadata(path)
    index = footer.schema.to_arrow_schema().get_field_index(column)
    stats = [footer.row_group(group).column(index).statistics for group in range(footer.num_row_groups)]
    return SortedFile(path, footer.num_rows, min(one.min for one in stats), max(one.max for one in stats))


def base_of(files: Sequence[SortedFile]) -> tuple[list[SortedFile], list[SortedFile]]:
    """Split into a base of files that don't overlap, in order, and the rest."""
    base: list[SortedFile] = []
    rest: list[SortedFile] = []
    for file in sorted(files, key=lambda one: (-one.rows, one.low, one.path)):
        clash = any(file.low <= other.high and other.low <= file.high for other in base)
        (rest if clash else base).append(file)
    return sorted(base, key=lambda one: one.low), rest


def read(paths: Sequence[str], sort: Sequence[str], columns: Sequence[str]) -> Iterator[pa.RecordBatch]:
    """All rows of sorted files in the order of `sort` (customer, day), in batches that never split a customer."""
    base, rest = base_of([span(path, sort[0]) for path in paths])
    wanted = list(dict.fromkeys([*sort, *columns]))
    overlay = _together(rest) if rest else None
    for index, file in enumerate(base):
        table = pq.read_table(file.path, columns=wanted)
        if overlay is not None:
            key = pc.field(sort[0])
            mine = pc.scalar(True)
            if index:
                mine = mine & (key >= file.low)
            if index + 1 < len(base):
                mine = mine & (key < base[index + 1].low)
            extra = overlay.to_table(columns=wanted, filter=mine)
            if len(extra):
                table = _merge(table, extra, sort)
        yield table.select(columns).combine_chunks().to_batches()[0]


def _together(files: Sequence[SortedFile]) -> Any:
    """The files as one Arrow dataset."""
    from pyarrow import dataset  # loads pandas, and is only needed where files overlap

    return dataset.dataset([file.path for file in files])


def _merge(table: pa.Table, extra: pa.Table, sort: Sequence[str]) -> pa.Table:
    both = pa.concat_tables([table, extra.select(table.column_names)])
    customer = both[sort[0]].to_numpy()
    day = both[sort[1]].cast(pa.int32()).to_numpy().astype(np.int64)
    customer = customer - customer.min()
    day -= day.min()
    width = int(day.max()) + 1
    if int(customer.max()) < np.iinfo(np.int64).max // width:
        # Timsort sees the runs that are sorted already and only merges them.
        order = np.argsort(customer * width + day, kind="stable")
    else:
        order = np.lexsort((day, customer))
    return both.take(pa.array(order))
