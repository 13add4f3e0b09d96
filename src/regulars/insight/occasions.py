"""Occasions as insight reads them: in order of (customer, day), cut where customers change, as known on one day.

A snapshot of the lake keeps them so and streams them, so memory stays constant however many orders there are; tables of
other sources are sorted in memory.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, Protocol, runtime_checkable

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from regulars.base.days import to_date
from regulars.insight.source import Frames, Question, Source, fetch

Ints = npt.NDArray[np.int64]
COLUMNS = ["customer_id", "day", "orders", "net", "margin", "void_day"]
ROWS = 300_000
"""Rows in one chunk, about: 100 MB of working memory for two of them."""


@dataclass(frozen=True)
class Chunk:
    """Occasions of whole customers in order of (customer_id, day), each pair once; `margin` is NaN where not known."""

    customer_id: Ints
    day: Ints
    orders: Ints
    net: Ints
    margin: npt.NDArray[np.float64] | None

    def __len__(self) -> int:
        return len(self.customer_id)

    def take(self, index: npt.NDArray[Any]) -> Chunk:
        """The rows that `index` (positions or mask) picks."""
        margin = None if self.margin is None else self.margin[index]
        return Chunk(self.customer_id[index], self.day[index], self.orders[index], self.net[index], margin)


def in_sample(customer_id: Ints, share: float) -> npt.NDArray[np.bool_]:
    """Which customers a stable draw of `share` (0-1) of all ids picks, the same on every machine (splitmix64)."""
    with np.errstate(over="ignore"):
        z = customer_id.astype(np.uint64) + np.uint64(0x9E3779B97F4A7C15)
        z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        z ^= z >> np.uint64(31)
    return np.asarray(z < np.uint64(min(share, 1.0) * (2**64 - 2**11)))


def chunks(
    source: Source,
    as_of: int,
    *,
    merges: Mapping[int, int] | pa.Table | None = None,
    sample: float | None = None,
    only: Ints | None = None,
    rows: int = ROWS,
) -> Iterator[Chunk]:
    """The occasions that stood on day number `as_of`, in chunks of about `rows` rows; each customer is in one chunk.

    Merged customers come under the id they were merged into, in a chunk of their own at the end. `only` these customers
    (and whoever was merged into them) are read, where given.
    """
    later = _Later.read(source, as_of)
    moved = _Merges(merges)
    for table in (
        _sorted_tables(source, rows) if only is None else _chosen_tables(source, moved.with_origins(only), rows)
    ):
        chunk = _known_on(table, as_of, later)
        if sample is not None and not moved:
            chunk = chunk.take(in_sample(chunk.customer_id, sample))
        chunk = moved.set_aside(chunk)
        if len(chunk):
            yield chunk
    merged = moved.collected()
    if merged is not None and len(merged):
        yield merged


def _known_on(table: pa.Table, as_of: int, later: _Later) -> Chunk:
    """Rows dated until `as_of` that were not void on it, with refunds dated later put back."""
    day = _numpy(table, "day")
    orders = _numpy(table, "orders")
    keep = day <= as_of
    void = orders <= 0
    if void.any():
        void_day = _numpy(table, "void_day", null=as_of)
        keep &= ~void | (void_day > as_of)
    margin = None
    if table.column("margin").null_count < table.num_rows:
        margin = table.column("margin").cast(pa.float64(), safe=False).to_numpy()
    chunk = Chunk(_numpy(table, "customer_id"), day, orders, _numpy(table, "net"), margin)
    if not keep.all():
        chunk = chunk.take(keep)
    if later:
        chunk = later.put_back(chunk)
    return replace(chunk, orders=np.maximum(chunk.orders, 1))


def _numpy(table: pa.Table, name: str, null: int = 0) -> Ints:
    column = table.column(name)
    if column.null_count:
        column = column.cast(pa.int32() if name.endswith("day") else column.type).fill_null(null)
    elif pa.types.is_date32(column.type):
        column = column.cast(pa.int32())
    return np.asarray(column.to_numpy(), dtype=np.int64)


def _refunded_later(refunds: Any, day: date) -> Any:
    return refunds.filter((refunds.day > day) & (refunds.order_day <= day)).select("customer_id").limit(1)


_REFUNDED_LATER = Question(("refunds",), _refunded_later)


class _Later:
    """Refunds dated after the day: what to put back by (customer, day of the occasion), in money and in orders."""

    def __init__(self, customer_id: Ints, day: Ints, amount: Ints, orders: Ints) -> None:
        self.key = _key(customer_id, day)
        order = np.argsort(self.key)
        self.key, self.amount, self.orders = self.key[order], amount[order], orders[order]

    def __bool__(self) -> bool:
        return len(self.key) > 0

    @classmethod
    def read(cls, source: Source, as_of: int) -> _Later:
        if not _REFUNDED_LATER.ask(source, to_date(as_of)).num_rows:
            nothing = np.empty(0, dtype=np.int64)
            return cls(nothing, nothing, nothing, nothing)
        refunds = source.table("refunds")
        late = (refunds.day > to_date(as_of)) & (refunds.order_day <= to_date(as_of))
        per_order = (
            refunds.group_by("order_id", "customer_id", "order_day")
            .agg(total=refunds.amount.sum(), late=refunds.amount.sum(where=late))
            .filter(lambda order: order.late > 0)
        )
        orders = source.table("orders")
        due = (orders.gross - orders.discount).name("due")
        joined = per_order.left_join(orders.select("order_id", due), "order_id")
        revived = (joined.due > 0) & (joined.total >= joined.due) & (joined.total - joined.late < joined.due)
        back = joined.group_by("customer_id", "order_day")
        found = fetch(back.agg(amount=joined.late.sum(), orders=revived.cast("int64").sum()))
        columns = ("customer_id", "order_day", "amount", "orders")
        return cls(*(_numpy(found.set_column(i, name, _plain(found, name)), name) for i, name in enumerate(columns)))

    def put_back(self, chunk: Chunk) -> Chunk:
        """Add the later refunds to `net` (and, at the same rate of margin, to `margin`), and the orders to `orders`."""
        key = _key(chunk.customer_id, chunk.day)
        at = np.searchsorted(self.key, key)
        hit = np.flatnonzero(self.key[np.minimum(at, len(self.key) - 1)] == key)
        if not len(hit):
            return chunk
        found = at[hit]
        net, orders = chunk.net.copy(), chunk.orders.copy()
        net[hit] += self.amount[found]
        orders[hit] += self.orders[found]
        margin = chunk.margin
        if margin is not None:
            known = ~np.isnan(margin)
            sales = chunk.net[known].sum()
            rate = float(np.clip(margin[known].sum() / sales, 0, 1)) if sales > 0 else 1.0
            margin = margin.copy()
            margin[hit] += rate * self.amount[found]
        return Chunk(chunk.customer_id, chunk.day, orders, net, margin)


def _plain(table: pa.Table, name: str) -> pa.ChunkedArray:
    column = table.column(name)
    return column if pa.types.is_date32(column.type) else column.cast(pa.int64())


def _key(customer_id: Ints, day: Ints) -> Ints:
    """One number for (customer, day), good for equality and for order within 2^43 customers."""
    return np.asarray((customer_id << 20) | (day & 0xFFFFF), dtype=np.int64)


class _Merges:
    """Customers that were merged: their rows are set aside from the stream and come out together at the end."""

    def __init__(self, merges: Mapping[int, int] | pa.Table | None) -> None:
        self._map = merge_pairs(merges)
        involved = sorted({*self._map, *self._map.values()})
        self._ids = np.array(involved, dtype=np.int64)
        self._targets = np.array([self._map.get(i, i) for i in involved], dtype=np.int64)
        self._aside: list[Chunk] = []

    def __bool__(self) -> bool:
        return len(self._ids) > 0

    def with_origins(self, customer_id: Ints) -> Ints:
        """The customers and all that were merged into them."""
        if not self:
            return customer_id
        chosen = np.isin(self._targets, customer_id)
        return np.union1d(customer_id, self._ids[chosen])

    def set_aside(self, chunk: Chunk) -> Chunk:
        if not self or not len(chunk):
            return chunk
        at = np.minimum(np.searchsorted(self._ids, chunk.customer_id), len(self._ids) - 1)
        involved = self._ids[at] == chunk.customer_id
        if involved.any():
            part = chunk.take(involved)
            self._aside.append(
                Chunk(self._targets[at[involved]], part.day, part.orders, part.net, part.margin),
            )
            chunk = chunk.take(~involved)
        return chunk

    def collected(self) -> Chunk | None:
        """The merged customers' occasions, sorted; two on one day are one."""
        if not self._aside:
            return None
        margins = [np.full(len(c), np.nan) if c.margin is None else c.margin for c in self._aside]
        whole = Chunk(
            np.concatenate([c.customer_id for c in self._aside]),
            np.concatenate([c.day for c in self._aside]),
            np.concatenate([c.orders for c in self._aside]),
            np.concatenate([c.net for c in self._aside]),
            None if all(c.margin is None for c in self._aside) else np.concatenate(margins),
        )
        return in_order(whole)


def merge_pairs(merges: Mapping[int, int] | pa.Table | None) -> dict[int, int]:
    """Each merged customer with the one at the end of its chain of merges."""
    if merges is None:
        return {}
    if isinstance(merges, pa.Table):
        origins, targets = (merges.column(i).to_pylist() for i in range(2))
        merges = dict(zip(origins, targets, strict=True))
    ends = {}
    for origin in merges:
        target, seen = origin, {origin}
        while target in merges and merges[target] not in seen:
            target = merges[target]
            seen.add(target)
        ends[int(origin)] = int(target)
    return ends


def current_ids(customer_id: Ints, pairs: Mapping[int, int]) -> Ints:
    """The ids under which these customers are known now, given `merge_pairs`."""
    if not pairs:
        return customer_id
    origins = np.array(sorted(pairs), dtype=np.int64)
    targets = np.array([pairs[int(origin)] for origin in origins], dtype=np.int64)
    at = np.minimum(np.searchsorted(origins, customer_id), len(origins) - 1)
    return np.where(origins[at] == customer_id, targets[at], customer_id)


def in_order(chunk: Chunk) -> Chunk:
    """Sorted by (customer_id, day), rows of the same pair added up."""
    chunk = chunk.take(np.lexsort((chunk.day, chunk.customer_id)))
    same = (chunk.customer_id[1:] == chunk.customer_id[:-1]) & (chunk.day[1:] == chunk.day[:-1])
    if not same.any():
        return chunk
    starts = np.concatenate([[0], np.flatnonzero(~same) + 1])
    margin = chunk.margin
    if margin is not None:
        known = ~np.isnan(margin)
        margin = np.add.reduceat(np.where(known, margin, 0.0), starts)
        margin[~np.logical_or.reduceat(known, starts)] = np.nan
    return Chunk(
        chunk.customer_id[starts],
        chunk.day[starts],
        np.add.reduceat(chunk.orders, starts),
        np.add.reduceat(chunk.net, starts),
        margin,
    )


# --- reading in order ------------------------------------------------------------------------------------------------


@runtime_checkable
class Ordered(Protocol):
    """A source that keeps occasions in order, such as a snapshot of the lake."""

    def sorted_batches(self, name: str, columns: Sequence[str]) -> Iterator[pa.RecordBatch]:
        """Rows by customer and day; no customer is in two batches."""


def _sorted_tables(source: Source, rows: int) -> Iterator[pa.Table]:
    if isinstance(source, Ordered):
        batches = source.sorted_batches("occasions", COLUMNS)
        yield from _aligned((pa.Table.from_batches([batch]) for batch in batches), rows)
    else:
        whole = source.arrow("occasions") if isinstance(source, Frames) else fetch(source.table("occasions"))
        yield from _aligned(iter([_sorted(whole.select(COLUMNS))]), rows)


def _chosen_tables(source: Source, customer_id: Ints, rows: int) -> Iterator[pa.Table]:
    """The rows of some customers, in order."""
    import ibis  # as in `source`

    occasions = source.table("occasions")
    wanted = ibis.memtable(pa.table({"customer_id": customer_id}))
    chosen = occasions.select(*COLUMNS).semi_join(wanted, "customer_id").order_by("customer_id", "day")
    yield from _aligned(iter([fetch(chosen)]), rows)


def _sorted(table: pa.Table) -> pa.Table:
    """The table in order of (customer_id, day), untouched when it is so already."""
    if table.num_rows < 2:
        return table
    customer, day = _numpy(table, "customer_id"), _numpy(table, "day")
    ascending = (customer[1:] > customer[:-1]) | ((customer[1:] == customer[:-1]) & (day[1:] >= day[:-1]))
    return table if ascending.all() else table.take(np.lexsort((day, customer)))


def _aligned(tables: Iterator[pa.Table], rows: int) -> Iterator[pa.Table]:
    """Tables of whole customers, cut into pieces of about `rows` rows that end where a customer ends."""
    for table in tables:
        start, customer = 0, _numpy(table, "customer_id")
        while table.num_rows - start > rows + rows // 2:
            cut = int(np.searchsorted(customer, customer[start + rows], side="left"))
            if cut <= start:  # one customer fills the whole piece
                cut = int(np.searchsorted(customer, customer[start], side="right"))
            yield table.slice(start, cut - start)
            start = cut
        if table.num_rows > start:
            yield table.slice(start)
