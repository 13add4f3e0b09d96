"""The customers' table as arrays, for sums over the firm: who has bought, one row each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from regulars.insight.figures import RUNGS
from regulars.insight.standing import NAMES

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Codes = NDArray[np.int8]


@dataclass(frozen=True)
class Sheet:
    """(n,) columns of customers with an occasion; `row` is their place in the table. Money is minor units."""

    table: pa.Table
    row: Ints
    prospects: int
    standing: Codes  # positions in `standing.NAMES`
    rung: Codes  # positions in `RUNGS`
    value: Ints
    if_staying: Ints
    at_risk: Ints
    sales_365: Ints
    sales_before_365: Ints
    expected: Floats
    occasions: Ints
    x: Ints
    t_x: Ints
    T: Ints

    def __len__(self) -> int:
        return int(self.row.size)

    @classmethod
    def of(cls, table: pa.Table, as_of: int, idle: float = 1.0) -> Sheet:
        """From the table of `judge`. `idle`: share of time outside episodes, which turns days into the models' days."""
        occasions = ints(table.column("occasions"))
        row = np.flatnonzero(occasions > 0)
        episodes = ints(table.column("episodes")) if "episodes" in table.column_names else np.zeros_like(occasions)
        first, last = (ints(table.column(name))[row] for name in ("first_day", "last_day"))
        x = np.where(episodes > 0, episodes, occasions)[row] - 1
        t_x = np.where(x > 0, np.maximum(np.rint((last - first) * idle), 1), 0).astype(np.int64)
        return cls(
            table=table,
            row=row,
            prospects=int(table.num_rows - row.size),
            standing=codes_of(table.column("standing"), NAMES)[row],
            rung=codes_of(table.column("rung"), RUNGS)[row],
            **{
                name: ints(table.column(column))[row]
                for name, column in (
                    ("value", "value_365"),
                    ("if_staying", "value_if_staying"),
                    ("at_risk", "value_at_risk"),
                    ("sales_365", "sales_365"),
                    ("sales_before_365", "sales_before_365"),
                )
            },
            expected=table.column("expected_occasions_365").fill_null(0.0).to_numpy()[row].astype(np.float64),
            occasions=occasions[row],
            x=x,
            t_x=t_x,
            T=t_x + as_of - last,
        )


def ints(column: pa.ChunkedArray) -> Ints:
    """Whole numbers (days as day numbers) of a column, 0 for null."""
    kind = pa.int32() if pa.types.is_date32(column.type) else column.type
    return np.asarray(column.cast(kind).fill_null(0).to_numpy(), dtype=np.int64)


def codes_of(column: pa.ChunkedArray, names: Sequence[str]) -> Codes:
    """Position of each value of a column in `names`; 0 for any other."""
    wanted = {name: place for place, name in enumerate(names)}
    parts = [np.empty(0, dtype=np.int8)]
    for chunk in column.chunks:
        part = chunk if pa.types.is_dictionary(chunk.type) else chunk.dictionary_encode()
        table = np.array([*(wanted.get(name, 0) for name in part.dictionary.to_pylist()), 0], dtype=np.int8)
        parts.append(table[part.indices.fill_null(len(table) - 1).to_numpy(zero_copy_only=False)])
    return np.concatenate(parts)


def exact_sums(codes: Codes, values: Ints, size: int) -> list[int]:
    """Sum of whole numbers by code, exact whatever their size."""
    high, low = values >> 24, values & 0xFFFFFF
    sums = [np.bincount(codes, weights=part, minlength=size) for part in (high, low)]
    return [(int(h) << 24) + int(lo) for h, lo in zip(*sums, strict=True)]
