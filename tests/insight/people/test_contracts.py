"""What a contract says on a day, beside a plain reading of the rules, term by term."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st

from regulars.insight.extras import _Aligned, _contract

DAYS = st.integers(0, 12)
TERM = st.tuples(st.integers(1, 4), st.integers(1, 3), DAYS, st.none() | DAYS, st.none() | DAYS)
TERMS = st.lists(TERM, max_size=12, unique_by=lambda term: (term[1], term[2]))


def said(terms, as_of):
    """-1, 0 or 1 by customer 1..4."""
    newest = {}
    for customer, contract, begin, end, cancelled in sorted(terms, key=lambda term: term[2]):
        if begin <= as_of:
            newest[contract] = customer, end, cancelled
    answer = dict.fromkeys(range(1, 5), 0)
    for customer, end, cancelled in newest.values():
        if cancelled is not None and cancelled > as_of:
            running = True
        elif end is not None:
            running = as_of <= end
        else:
            running = cancelled is None or as_of <= cancelled
        answer[customer] = 1 if running else (answer[customer] or -1)
    return list(answer.values())


@settings(max_examples=300, deadline=None, derandomize=True)
@given(TERMS, DAYS, st.randoms(use_true_random=False))
def test_contracts_are_read_by_their_dates_in_any_order(terms, as_of, random):
    rows = random.sample(terms, len(terms))
    columns = list(zip(*rows, strict=True)) or [()] * 5
    names = ("customer_id", "contract", "contract_from", "contract_until", "contract_cancelled")
    types = (pa.int64(), pa.int64(), *[pa.int32()] * 3)
    arrays = [pa.array(column, kind) for column, kind in zip(columns, types, strict=True)]
    arrays = arrays[:2] + [array.cast(pa.date32()) for array in arrays[2:]]
    aligned = _Aligned(np.arange(1, 5, dtype=np.int64), {})
    found = _contract(pa.table(dict(zip(names, arrays, strict=True))), as_of, aligned)
    assert found.tolist() == said(terms, as_of)
