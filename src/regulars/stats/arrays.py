"""What every model does with the arrays it is given: check them, broadcast them, group them, walk them in chunks."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from regulars.base.errors import BadInput

Floats = NDArray[np.floating[Any]]
Ints = NDArray[np.integer[Any]]

CHUNK_ROWS = 8192
"""Rows handled at a time: temporaries stay in a core's cache, memory is bounded, and OpenBLAS keeps to one thread.

(It starts threads for dot products of more than 10,000 numbers, which stall each other on a busy machine: a fit took
ten times as long.)
"""


def floats(name: str, values: ArrayLike, *, least: float = 0.0) -> Floats:
    """`values` as a float64 array of at most one dimension, all finite and at least `least`; else BadInput."""
    try:
        array = np.asarray(values, dtype=np.float64)
    except (TypeError, ValueError):
        raise BadInput(f"`{name}` must be numbers; got {type(values).__name__}.") from None
    if array.ndim > 1:
        raise BadInput(f"`{name}` must be one number or one column of numbers, not {array.ndim} dimensions.")
    if not np.isfinite(array).all():
        raise BadInput(f"`{name}` has values that are missing or not finite: leave those customers out first.")
    if array.size and array.min() < least:
        raise BadInput(f"`{name}` has values below {least:g}, the least it can be.")
    return array


def counts(name: str, values: ArrayLike) -> Ints:
    """`values` as int64 counts; floats are accepted when whole."""
    array = np.asarray(values)
    if array.dtype.kind in "iu":
        if array.ndim > 1:
            raise BadInput(f"`{name}` must be one count or one column of counts, not {array.ndim} dimensions.")
        if array.size and array.min() < 0:
            raise BadInput(f"`{name}` has counts below 0.")
        return array.astype(np.int64, copy=False)
    numbers = floats(name, values)
    whole = np.rint(numbers)
    if not np.array_equal(whole, numbers):
        raise BadInput(f"`{name}` counts occasions, so it must be whole numbers.")
    if whole.size and whole.max() > 1e15:
        raise BadInput(f"`{name}` has counts above 10^15.")
    return whole.astype(np.int64)


def histories(x: ArrayLike, t_x: ArrayLike, T: ArrayLike) -> tuple[Ints, Floats, Floats]:
    """Histories of n customers, checked and broadcast to one shape: counts, 0 <= t_x <= T, t_x = 0 where x = 0."""
    xs, last, end = counts("x", x), floats("t_x", t_x), floats("T", T)
    try:
        xs, last, end = np.broadcast_arrays(xs, last, end)
    except ValueError:
        raise BadInput(f"x, t_x and T differ in length: {xs.shape}, {last.shape}, {end.shape}.") from None
    if (last > end).any():
        raise BadInput(
            "t_x lies after T for some customers: the last occasion can't come after the end of observation."
        )
    if (last[xs == 0] > 0).any():
        raise BadInput("Some customers have no repeat occasion (x = 0) but t_x > 0: t_x must be 0 for them.")
    return xs, last, end


def weights(weight: ArrayLike | None, shape: tuple[int, ...]) -> Floats | None:
    """Weights broadcast to `shape`, or None for one customer a row."""
    if weight is None:
        return None
    array = floats("weight", weight)
    try:
        return np.broadcast_to(array, shape)
    except ValueError:
        raise BadInput(f"weight has {array.size} values for {shape} rows.") from None


def chunks(n: int, size: int = CHUNK_ROWS) -> Iterator[slice]:
    """Slices that cover range(n) in pieces of at most `size`."""
    for start in range(0, n, size):
        yield slice(start, min(start + size, n))


def distinct(values: Ints) -> tuple[Ints, Ints]:
    """The distinct values of a non-negative integer array, ascending, and for each element its place among them."""
    if not values.size:
        return np.empty(0, np.int64), np.empty(0, np.int64)
    top = int(values.max())
    if top > 8 * values.size + 100_000:
        found, codes = np.unique(values, return_inverse=True)
        return found, codes.reshape(values.shape)
    seen = np.zeros(top + 1, dtype=bool)
    seen[values] = True
    place = np.cumsum(seen) - 1
    return np.flatnonzero(seen), place[values]


def distinct_rows(*columns: NDArray[Any]) -> tuple[tuple[NDArray[Any], ...], Ints]:
    """Distinct rows over several equally long columns, and for each row its place among them."""
    codes: Ints = np.zeros(columns[0].shape, np.int64)
    for column in columns:
        _, own = distinct(column) if column.dtype == np.int64 and column.min(initial=0) >= 0 else _distinct_any(column)
        width = int(own.max(initial=0)) + 1
        if int(codes.max(initial=0)) >= (1 << 62) // width:
            _, codes = distinct(codes)
        codes = codes * width + own
    found, place = distinct(codes)
    first = np.empty(found.size, np.int64)
    first[place] = np.arange(place.size)
    return tuple(column[first] for column in columns), place


def _distinct_any(column: NDArray[Any]) -> tuple[NDArray[Any], Ints]:
    whole = column.astype(np.int64)
    if np.array_equal(whole, column) and whole.min(initial=0) >= 0:
        return distinct(whole)
    order = np.argsort(column, kind="stable")
    new = np.empty(column.size, bool)
    new[:1] = True
    new[1:] = column[order][1:] != column[order][:-1]
    codes = np.empty(column.size, np.int64)
    codes[order] = np.cumsum(new) - 1
    return column[order][new], codes


@dataclass(frozen=True)
class States:
    """Checked histories as columns of one length."""

    x: Ints
    t_x: Floats
    T: Floats

    @property
    def size(self) -> int:
        """Number of rows."""
        return int(self.x.size)

    def __getitem__(self, rows: slice | Ints) -> States:
        return States(self.x[rows], self.t_x[rows], self.T[rows])

    def repeated(self, times: int) -> States:
        """Each row `times` times over, one after the other."""
        return States(np.repeat(self.x, times), np.repeat(self.t_x, times), np.repeat(self.T, times))


@dataclass(frozen=True)
class Cells(States):
    """Histories with equal ones put together, `weight` customers in each; `litt` sums log gaps over all of them."""

    weight: Floats
    litt: float | None = None

    @property
    def customers(self) -> float:
        """Customers in all cells."""
        return float(self.weight.sum())

    @property
    def rate(self) -> float:
        """Repeat occasions by unit of time observed."""
        return float(self.weight @ self.x) / max(float(self.weight @ self.T), 1e-9)


def sampled(cells: Cells, size: int, seed: int = 0) -> Cells:
    """About `size` of the cells, drawn with a fixed seed and weighted up to stand for all of them."""
    chosen = np.sort(np.random.default_rng(seed).choice(cells.size, min(size, cells.size), replace=False))
    weight = cells.weight[chosen]
    weight = weight * (cells.customers / float(weight.sum()))
    return Cells(cells.x[chosen], cells.t_x[chosen], cells.T[chosen], weight, cells.litt)


def group(x: Ints, t_x: Floats, T: Floats, weight: Floats | None) -> Cells:
    """Equal histories put together; cells come out sorted, so the order of rows leaves no trace."""
    if weight is not None:
        x, t_x, T, weight = x[weight > 0], t_x[weight > 0], T[weight > 0], weight[weight > 0]
    if not x.size:
        return Cells(x, t_x, T, np.empty(0))
    keys = _keys(x, t_x, T)
    if keys is None:
        order = np.lexsort((T, t_x, x))
        columns = np.stack([x[order].astype(np.float64), t_x[order], T[order]])
        new = np.concatenate([[True], (columns[:, 1:] != columns[:, :-1]).any(axis=0)])
    elif weight is None:
        ordered = np.sort(keys)
        starts = np.flatnonzero(np.concatenate([[True], ordered[1:] != ordered[:-1]]))
        return _decode(ordered[starts], T, np.diff(np.append(starts, keys.size)).astype(np.float64))
    else:
        order = np.argsort(keys, kind="stable")
        new = np.concatenate([[True], np.diff(keys[order]) != 0])
    starts = np.flatnonzero(new)
    first = order[starts]
    each = np.ones(x.size) if weight is None else weight[order]
    return Cells(x[first], t_x[first], T[first], np.add.reduceat(each, starts))


def _keys(x: Ints, t_x: Floats, T: Floats) -> Ints | None:
    """One integer for each row where days are whole and the three fit into 63 bits, else None."""
    span = int(T.max()) + 1 if T.max() < 1e9 else 0
    if not span or int(x.max()) >= (1 << 62) // (span * span):
        return None
    last, end = t_x.astype(np.int64), T.astype(np.int64)
    if not (np.array_equal(last, t_x) and np.array_equal(end, T)):
        return None
    return (x * span + last) * span + end


def _decode(keys: Ints, T: Floats, weight: Floats) -> Cells:
    span = int(T.max()) + 1
    rest, end = np.divmod(keys, span)
    x, last = np.divmod(rest, span)
    return Cells(x, last.astype(np.float64), end.astype(np.float64), weight)
