"""What is known of customers beside their occasions: categories bought, value lost to returns, contracts, referrals."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import ibis
import numpy as np
import numpy.typing as npt
import pyarrow as pa

from regulars.base.days import to_date
from regulars.insight.occasions import merge_pairs
from regulars.insight.source import Question, Source

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Extras:
    """Arrays aligned with a histories' customers; None where the firm's data say nothing at all about it."""

    categories: npt.NDArray[np.int32] | None = None
    lost: Ints | None = None
    """Value returned, cancelled or overdue, in minor units."""
    contract: npt.NDArray[np.int8] | None = None
    """1: under contract on the day, -1: the contract is over, 0: no contract known."""
    brings_others: npt.NDArray[np.bool_] | None = None
    prospects: Ints | None = None
    """Ids of known customers without an occasion, in ascending order."""

    def take(self, index: npt.NDArray[Any]) -> Extras:
        """The extras of some of the customers; prospects stay."""
        parts = {
            name: None if (column := getattr(self, name)) is None else column[index]
            for name in ("categories", "lost", "contract", "brings_others")
        }
        return Extras(**parts, prospects=self.prospects)


def extras(
    source: Source,
    customer_id: Ints,
    as_of: int,
    *,
    merges: Mapping[int, int] | pa.Table | None = None,
    attributes: pa.Table | None = None,
) -> Extras:
    """Everything beside occasions that is known of `customer_id` (ascending) on day number `as_of`.

    attributes : `customer_id` and any of `contract_from`, `contract_until`, `contract_cancelled` (dates; an open end is
    null), `contract` (its id, int64) and `brings_others` (bool). A customer may stand in several rows, one for each
    contract or term. Its customers, and those in `people`, without an occasion are prospects.
    """
    pairs = merge_pairs(merges)
    found = _Aligned(customer_id, pairs)
    return Extras(
        categories=_categories(source, as_of, found),
        lost=_lost(source, as_of, found),
        contract=_contract(attributes, as_of, found),
        brings_others=_flag(attributes, "brings_others", found),
        prospects=_prospects(source, attributes, found),
    )


class _Aligned:
    """Puts (customer_id, value) pairs in the order of the histories, under the ids that customers were merged into."""

    def __init__(self, customer_id: Ints, pairs: Mapping[int, int]) -> None:
        self.ids = customer_id
        self._origins = np.array(sorted(pairs), dtype=np.int64)
        self._targets = np.array([pairs[i] for i in sorted(pairs)], dtype=np.int64)

    def current(self, ids: Ints) -> Ints:
        if not len(self._origins):
            return ids
        at = np.minimum(np.searchsorted(self._origins, ids), len(self._origins) - 1)
        return np.where(self._origins[at] == ids, self._targets[at], ids)

    def places(self, ids: Ints) -> tuple[npt.NDArray[np.intp], npt.NDArray[np.bool_]]:
        """Position of each id among the customers, and whether it is there."""
        ids = self.current(ids)
        if not len(self.ids):
            return np.zeros(len(ids), dtype=np.intp), np.zeros(len(ids), dtype=bool)
        at = np.minimum(np.searchsorted(self.ids, ids), len(self.ids) - 1)
        return at, self.ids[at] == ids

    def sums(self, ids: Ints, values: Ints) -> Ints:
        at, there = self.places(ids)
        return np.bincount(at[there], weights=values[there], minlength=len(self.ids)).astype(np.int64)


def _ints(table: pa.Table, name: str) -> Ints:
    return np.asarray(table.column(name).cast(pa.int64()).to_numpy(), dtype=np.int64)


def _bought(lines: Any, day: date) -> Any:
    known = lines.filter((lines.day <= day) & lines.category.notnull())
    return known.select("customer_id", "category").distinct()


_BOUGHT = Question(("lines",), _bought)


def _categories(source: Source, as_of: int, found: _Aligned) -> npt.NDArray[np.int32] | None:
    table = _BOUGHT.ask(source, to_date(as_of))
    if not table.num_rows:
        return None
    codes = table.column("category").combine_chunks().dictionary_encode().indices.to_numpy().astype(np.int64)
    at, there = found.places(_ints(table, "customer_id"))
    pairs = np.unique(at[there] * (int(codes.max()) + 1) + codes[there])  # merged customers share categories
    return np.bincount(pairs // (int(codes.max()) + 1), minlength=len(found.ids)).astype(np.int32)


def _not_kept(refunds: Any, orders: Any, day: date) -> Any:
    """Customers and values: refunds dated by then, cancelled orders, and what was due by then and not paid in time."""
    given = refunds.filter(refunds.day <= day).select("customer_id", value=refunds.amount)
    dated = orders.filter(orders.day <= day)
    # Two filters rather than one with "or": by them whole files are passed over where no order is of that sort.
    cancelled = dated.filter(dated.status == "cancelled")
    dunned = dated.filter((dated.status == "placed") & dated.due_at.notnull())
    due = dunned.due_at.cast("date")
    overdue = dunned.filter((due <= day) & (dunned.paid_at.isnull() | (dunned.paid_at.cast("date") > due)))
    unkept = [
        rows.select("customer_id", value=ibis.greatest(value, 0).cast("int64"))
        for rows, value in (
            (cancelled, cancelled.gross - cancelled.discount),
            (overdue, overdue.gross - overdue.discount - overdue.refund),  # what was refunded is counted in `given`
        )
    ]
    return ibis.union(given.mutate(value=given.value.cast("int64")), *unkept)


_LOST = Question(("refunds", "orders"), _not_kept)
_HAVE_DUE = Question(("orders",), lambda orders: orders.filter(orders.due_at.notnull()).select("customer_id").limit(1))


def _lost(source: Source, as_of: int, found: _Aligned) -> Ints | None:
    table = _LOST.ask(source, to_date(as_of))
    if not table.num_rows and not _HAVE_DUE.ask(source).num_rows:
        return None
    return found.sums(_ints(table, "customer_id"), _ints(table, "value"))


def _contract(attributes: pa.Table | None, as_of: int, found: _Aligned) -> npt.NDArray[np.int8] | None:
    names = attributes.column_names if attributes is not None else []
    if attributes is None or not {"contract_from", "contract_until"} & set(names):
        return None
    begin, end, cancelled = (
        _days(attributes, name) for name in ("contract_from", "contract_until", "contract_cancelled")
    )
    last_day = np.where(end == _NO_DAY, np.where(cancelled == _NO_DAY, _FOREVER, cancelled), end)
    # Before the day of the cancellation nobody knew of any end that came with it.
    last_day = np.where((cancelled != _NO_DAY) & (cancelled > as_of), _FOREVER, last_day)
    begun = ((begin != _NO_DAY) | (end != _NO_DAY)) & (begin <= as_of)
    rows = np.flatnonzero(begun)
    if "contract" in names:
        rows = _newest(rows, _ints(attributes, "contract"), begin)
    at, there = found.places(_ints(attributes, "customer_id")[rows])
    running = last_day[rows] >= as_of
    result = np.zeros(len(found.ids), dtype=np.int8)
    result[at[there & ~running]] = -1
    result[at[there & running]] = 1  # of several contracts a running one counts
    return result


_NO_DAY, _FOREVER = -(2**30), 2**30


def _days(attributes: pa.Table, name: str) -> npt.NDArray[np.int32]:
    if name not in attributes.column_names:
        return np.full(attributes.num_rows, _NO_DAY, dtype=np.int32)
    numbers = attributes.column(name).cast(pa.date32()).cast(pa.int32()).fill_null(_NO_DAY)
    return np.asarray(numbers.to_numpy(zero_copy_only=False), dtype=np.int32)


def _newest(rows: npt.NDArray[np.intp], contract: Ints, begin: npt.NDArray[np.int32]) -> npt.NDArray[np.intp]:
    """Of each contract's rows the one that began last: a term takes the place of the one before."""
    order = np.lexsort((begin[rows], contract[rows]))
    ids = contract[rows[order]]
    last = np.append(ids[1:] != ids[:-1], np.ones(min(1, len(rows)), dtype=bool))
    return np.asarray(rows[order[last]], dtype=np.intp)


def _flag(attributes: pa.Table | None, name: str, found: _Aligned) -> npt.NDArray[np.bool_] | None:
    if attributes is None or name not in attributes.column_names:
        return None
    said = attributes.column(name).fill_null(False).to_numpy(zero_copy_only=False).astype(bool)
    at, there = found.places(_ints(attributes, "customer_id"))
    result = np.zeros(len(found.ids), dtype=bool)
    result[at[there & said]] = True
    return result


def _members(orders: Any) -> Any:
    members = ibis.union(orders.select(id=orders.user_id), orders.select(id=orders.payer_id), distinct=True)
    return members.filter(members.id.notnull())


_PEOPLE = Question(("people",), lambda people: people.select("customer_id"))
_MEMBERS = Question(("orders",), _members)


def _prospects(source: Source, attributes: pa.Table | None, found: _Aligned) -> Ints:
    """Everyone known (also by occasions that were all refunded) who has no occasion.

    Whoever uses or pays for what another customer buys belongs to that customer, and is nobody to be won.
    """
    people = _ints(_PEOPLE.ask(source), "customer_id")
    named = _ints(attributes, "customer_id") if attributes is not None else people[:0]
    ids = np.unique(found.current(np.concatenate([people, named])))
    if not len(ids):
        return ids
    others = _ints(_MEMBERS.ask(source), "id")
    return ids[~found.places(ids)[1] & ~np.isin(ids, found.current(others))]
