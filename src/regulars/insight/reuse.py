"""What a run can take over from the last one: the customers whose orders haven't changed, and the test of the models.

On the same day, parameters are frozen: after new orders only the customers concerned are judged anew, by the same
parameters, and everybody else keeps their row. On a later day everybody's silence is longer, so all are judged, by
histories brought onward from an earlier day (see `onward`); the test of the models is kept for a week.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from hashlib import blake2b
from typing import TYPE_CHECKING, Protocol, runtime_checkable

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq

from regulars.insight.columns import CUSTOMERS, STANDING
from regulars.insight.figures import Firm
from regulars.insight.occasions import merge_pairs
from regulars.insight.parameters import Parameters, Thresholds
from regulars.insight.source import Source, fetch

if TYPE_CHECKING:
    from regulars.insight.onward import Earlier

Ints = npt.NDArray[np.int64]

TESTED_FOR_DAYS = 7
CHANGED_MOST = 0.25
"""With more customers changed than this share, parameters are learnt anew and the models tested again."""
BASIS = ("products",)
"""Tables that decide about the firm as a whole: a change of them makes everything anew."""


TEXTS = ("standing", "rung", "reasons")


@runtime_checkable
class _Files(Protocol):
    """A source whose tables lie in Parquet files, such as a snapshot of the lake."""

    def files(self, name: str) -> Sequence[str]:
        """Paths of a table's files."""


@dataclass(frozen=True)
class Last:
    """The last run: its parameters, its figures, its customers' table (as `judge` or the lake gives it), and the ids
    of customers whose occasions changed since its versions (`Lake.changed_customers`; None: not known). `earlier` finds
    the histories that were kept, when they are asked for."""

    parameters: Parameters
    firm: Firm | None
    customers: pa.Table
    changed: Ints | None
    earlier: Callable[[], Earlier | None] = lambda: None


def digest(merges: Mapping[int, int] | pa.Table | None, attributes: pa.Table | None, margin_rate: float | None) -> str:
    """A short fingerprint of a run's further inputs, the same for the same content."""
    found = blake2b(digest_size=16)
    found.update(repr((sorted(merge_pairs(merges).items()), margin_rate)).encode())
    if attributes is not None:
        found.update(repr(attributes.schema).encode())
        for column in attributes.columns:
            found.update(repr(column.combine_chunks().to_pylist()).encode())
    return found.hexdigest()


def same_day(
    last: Last | None, as_of: int, thresholds: Thresholds, versions: Mapping[str, int], inputs: str
) -> npt.NDArray[np.int64] | None:
    """Ids to judge anew where the last run's other rows still hold; None where all have to be."""
    if last is None or last.changed is None or not last.customers.num_rows:
        return None
    before = last.parameters
    same = (
        before.as_of == as_of
        and before.thresholds == thresholds
        and before.inputs == inputs
        and all(before.versions.get(name) == versions.get(name) for name in BASIS)
    )
    if not same or len(last.changed) > CHANGED_MOST * last.customers.num_rows:
        return None
    return np.unique(last.changed)


def tested(last: Last | None, as_of: int, thresholds: Thresholds, left_out: str) -> bool:
    """Whether the last test of the models is fresh enough to be kept, and was of the same people.

    left_out : as `left_out_digest` gives it.
    """
    if last is None or last.firm is None or last.firm.backtest is None or last.parameters.tested_on is None:
        return False
    if last.changed is None or len(last.changed) > CHANGED_MOST * last.customers.num_rows:
        return False
    if last.parameters.left_out != left_out:
        return False  # who objects must not go on deciding, and who no longer does belongs in
    return 0 <= as_of - last.parameters.tested_on < TESTED_FOR_DAYS and last.parameters.thresholds == thresholds


def left_out_digest(customer_id: Ints) -> str:
    """A short fingerprint of who is left out, empty for nobody."""
    return blake2b(customer_id.tobytes(), digest_size=16).hexdigest() if len(customer_id) else ""


def kept_table(source: Source) -> pa.Table:
    """The last run's customers' table from the lake, texts as dictionaries (a third of the time to read)."""
    if isinstance(source, _Files):
        files = source.files(STANDING.name)
        if files:
            table = pq.read_table(files, columns=CUSTOMERS.names, read_dictionary=list(TEXTS))
            return table.unify_dictionaries()
    found: pa.Table = fetch(source.table(STANDING.name))
    return found


def buyers(kept: pa.Table, but: Ints) -> Ints:
    """Ids of the kept table's customers with an occasion, without those of `but`."""
    ids, occasions = (kept.column(name).to_numpy() for name in ("customer_id", "occasions"))
    return np.asarray(ids[(occasions > 0) & ~among(ids, but)], dtype=np.int64)


def spliced(kept: pa.Table, anew: pa.Table, gone: Ints) -> pa.Table:
    """The kept table with the rows of `anew` in the place of those with the same ids, and without those of `gone`.

    Sorted by customer, prospects last, as `judge` gives it. Texts come out as dictionaries.
    """
    order = _Order.of(kept, anew, gone)
    with ThreadPoolExecutor(2) as pool:
        columns = list(pool.map(lambda name: order.column(kept.column(name), anew.column(name)), CUSTOMERS.names))
    return pa.table(columns, names=CUSTOMERS.names)


@dataclass(frozen=True)
class _Order:
    """Where each row of the outcome comes from: a row of `kept`, or (counted on from its end) of `anew`."""

    rows: Ints

    @classmethod
    def of(cls, kept: pa.Table, anew: pa.Table, gone: Ints) -> _Order:
        old, new = (table.column("customer_id").to_numpy() for table in (kept, anew))
        stays = np.flatnonzero(~among(old, np.union1d(new, gone)))
        rows = np.concatenate([stays, len(old) + np.arange(len(new))])
        ids = np.concatenate([old[stays], new])
        bought = [table.column("occasions").to_numpy() > 0 for table in (kept, anew)]
        buys = np.concatenate([bought[0][stays], bought[1]])
        return cls(rows[np.lexsort((ids, ~buys))])

    def column(self, kept: pa.ChunkedArray, anew: pa.ChunkedArray) -> pa.Array:
        """One column of the outcome."""
        if pa.types.is_string(kept.type) or pa.types.is_dictionary(kept.type):
            both = pa.chunked_array([*_encoded(kept), *_encoded(anew)]).unify_dictionaries()
            codes = [chunk.indices for chunk in both.chunks]
            words = both.chunk(0).dictionary if both.num_chunks else pa.array([], pa.string())
            return pa.DictionaryArray.from_arrays(self._taken(pa.chunked_array(codes, pa.int32())), words)
        return self._taken(pa.chunked_array([*kept.chunks, *anew.cast(kept.type).chunks], kept.type))

    def _taken(self, column: pa.ChunkedArray) -> pa.Array:
        if pa.types.is_boolean(column.type):
            return column.combine_chunks().take(pa.array(self.rows))
        mask = column.is_null().to_numpy()[self.rows] if column.null_count else None
        plain_type = pa.int32() if pa.types.is_date32(column.type) else column.type
        values = column.cast(plain_type)
        values = (values.fill_null(0) if mask is not None else values).to_numpy()[self.rows]
        return pa.array(values, plain_type, mask=mask).view(column.type)


def _encoded(column: pa.ChunkedArray) -> list[pa.DictionaryArray]:
    """Chunks of a text column as dictionaries with 32-bit codes."""
    if not pa.types.is_dictionary(column.type):
        column = column.dictionary_encode()
    kind = pa.dictionary(pa.int32(), pa.string())
    return [chunk if chunk.type == kind else chunk.cast(kind) for chunk in column.chunks]


def among(ids: Ints, some: Ints) -> npt.NDArray[np.bool_]:
    """Which ids are in the ascending `some`."""
    if not len(some):
        return np.zeros(len(ids), dtype=bool)
    return np.asarray(some[np.minimum(np.searchsorted(some, ids), len(some) - 1)] == ids)


def plain(table: pa.Table) -> pa.Table:
    """The customers' table in the types the lake keeps."""
    return table.select(CUSTOMERS.names).cast(pa.schema([field.with_nullable(True) for field in CUSTOMERS]))
