"""What a run can take over from the last one: the customers whose orders haven't changed, and the test of the models.

On the same day, parameters are frozen: after new orders only the customers concerned are judged anew, by the same
parameters, and everybody else keeps their row. On a later day everybody's silence is longer, so all are judged; only
the test of the models is kept for a week.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import blake2b

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from regulars.insight.columns import CUSTOMERS
from regulars.insight.figures import Firm
from regulars.insight.occasions import merge_pairs
from regulars.insight.parameters import Parameters, Thresholds

Ints = npt.NDArray[np.int64]

TESTED_FOR_DAYS = 7
CHANGED_MOST = 0.25
"""With more customers changed than this share, parameters are learnt anew."""
BASIS = ("products",)
"""Tables that decide about the firm as a whole: a change of them makes everything anew."""


@dataclass(frozen=True)
class Last:
    """The last run: its parameters, its figures, its customers' table (as `judge` or the lake gives it), and the ids
    of customers whose occasions changed since its versions (`Lake.changed_customers`; None: not known)."""

    parameters: Parameters
    firm: Firm | None
    customers: pa.Table
    changed: Ints | None


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


def tested(last: Last | None, as_of: int, thresholds: Thresholds) -> bool:
    """Whether the last test of the models is fresh enough to be kept."""
    if last is None or last.firm is None or last.firm.backtest is None or last.parameters.tested_on is None:
        return False
    return 0 <= as_of - last.parameters.tested_on < TESTED_FOR_DAYS and last.parameters.thresholds == thresholds


def buyers(kept: pa.Table, but: Ints) -> Ints:
    """Ids of the kept table's customers with an occasion, without those of `but`."""
    there = kept.filter(pc.not_equal(kept.column("standing"), "prospect"))
    return np.setdiff1d(there.column("customer_id").to_numpy(), but)


def spliced(kept: pa.Table, anew: pa.Table, gone: Ints) -> pa.Table:
    """The kept table with the rows of `anew` in the place of those with the same ids, and without those of `gone`.

    Sorted by customer, prospects last, as `judge` gives it.
    """
    ids = kept.column("customer_id").to_numpy()
    replaced = np.union1d(anew.column("customer_id").to_numpy(), gone)
    at = np.minimum(np.searchsorted(replaced, ids), max(len(replaced) - 1, 0))
    stays = replaced[at] != ids if len(replaced) else np.ones(len(ids), dtype=bool)
    both = pa.concat_tables([plain(kept).filter(pa.array(stays)), plain(anew)])
    prospect = pc.equal(both.column("standing"), "prospect").to_numpy()
    order = np.lexsort((both.column("customer_id").to_numpy(), prospect))
    return both.take(pa.array(order))


def plain(table: pa.Table) -> pa.Table:
    """The customers' table in the types the lake keeps."""
    return table.select(CUSTOMERS.names).cast(pa.schema([field.with_nullable(True) for field in CUSTOMERS]))
