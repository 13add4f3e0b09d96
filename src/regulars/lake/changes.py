"""Which customers' occasions changed between two states: the lists that steps left behind, joined up."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow.parquet as pq

from regulars.lake.head import Head
from regulars.lake.writer import CHANGES


def customers(
    root: Path, state: Head, since: Mapping[str, int], now: Mapping[str, int]
) -> npt.NDArray[np.int64] | None:
    """Sorted ids of the customers whose occasions differ between the two; None when that isn't known any more."""
    first, last = since.get("occasions"), now.get("occasions")
    if first == last:
        return np.empty(0, dtype=np.int64)
    by_end = {change.after: change for change in state.changes}
    found: list[npt.NDArray[np.int64]] = []
    while last != first:
        change = by_end.get(last) if last is not None else None
        if change is None:
            return None
        if change.file:
            try:
                found.append(pq.read_table(root / CHANGES / change.file)["customer_id"].to_numpy())
            except FileNotFoundError:
                return None
        last = change.before
    return np.unique(np.concatenate(found)) if found else np.empty(0, dtype=np.int64)
