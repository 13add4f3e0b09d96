"""Customers who object to being analysed: a source without their rows, and what of the firm's totals is theirs.

All that is learnt or said comes from the source without them, so that no fit, test, list or figure of a customer can
differ from what it would be if their orders weren't there. Only the sums of the firm ask for the `whole` source.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import ibis
import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from regulars.insight.occasions import Ordered, merge_pairs
from regulars.insight.source import Source

Ints = npt.NDArray[np.int64]


class Without:
    """`base` without the rows of some customers, in every table that names a customer."""

    def __init__(self, base: Source, customer_id: Ints) -> None:
        self.base = base
        self.customer_id = customer_id
        self._gone = ibis.memtable(pa.table({"customer_id": customer_id}))

    @property
    def con(self) -> Any:
        """As the base's."""
        return self.base.con

    @property
    def versions(self) -> Mapping[str, int]:
        """As the base's."""
        return self.base.versions

    def table(self, name: str) -> Any:
        """The base's table without their rows."""
        whole_table = self.base.table(name)
        if "customer_id" not in whole_table.columns:
            return whole_table
        return whole_table.anti_join(self._gone, "customer_id")


class _OrderedWithout(Without):
    def sorted_batches(self, name: str, columns: Sequence[str]) -> Iterator[pa.RecordBatch]:
        """As the base's, without their rows."""
        gone = pa.array(self.customer_id)
        if not isinstance(self.base, Ordered):
            raise TypeError("the source keeps nothing in order")
        for batch in self.base.sorted_batches(name, columns):
            yield batch.filter(pc.invert(pc.is_in(batch.column("customer_id"), value_set=gone)))


def leave_out(source: Source, customers: Sequence[int], merges: Mapping[int, int] | pa.Table | None) -> Source:
    """The source without these customers, and without whoever is one with them by merges."""
    ids = everyone_of(customers, merges)
    if not len(ids):
        return source
    return _OrderedWithout(source, ids) if isinstance(source, Ordered) else Without(source, ids)


def everyone_of(customers: Sequence[int], merges: Mapping[int, int] | pa.Table | None) -> Ints:
    """The ids of these customers, and all that were merged with them, ascending."""
    pairs = merge_pairs(merges)
    ends = {pairs.get(int(one), int(one)) for one in customers}
    same = {origin for origin, end in pairs.items() if end in ends}
    return np.array(sorted(ends | same), dtype=np.int64)


def whole(source: Source) -> Source:
    """The source with everybody's rows."""
    return source.base if isinstance(source, Without) else source


def left_out(source: Source) -> Ints:
    """Ids of those whose rows the source doesn't show."""
    return source.customer_id if isinstance(source, Without) else np.empty(0, dtype=np.int64)


def rows_but(table: pa.Table | None, source: Source) -> pa.Table | None:
    """A table with `customer_id`, without the rows of those whom the source leaves out."""
    gone = left_out(source)
    if table is None or not len(gone):
        return table
    return table.filter(pc.invert(pc.is_in(table.column("customer_id"), value_set=pa.array(gone))))
