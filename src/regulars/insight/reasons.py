"""Why each customer stands where they stand: codes per customer, and the figures that a sentence about them needs.

The table keeps the codes of each customer as one short text (few distinct ones in a firm, so it costs next to
nothing); `reasons(row)` adds the figures, which are other columns of the same row.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from regulars.insight.figures import Reason

CODES: dict[str, tuple[str, ...]] = {
    # standing
    "new": ("last_day", "late_after_day"),
    "in_rhythm": ("median_gap", "silence", "late_after_day"),
    "late": ("silence", "late_after_day", "p_return", "return_by"),
    "long_silent": ("silence", "late_after_day", "p_return", "return_by"),
    "returned": ("last_day", "longest_gap"),
    "one_off_recent": ("last_day", "late_after_day"),
    "one_off_not_recent": ("last_day", "p_return", "return_by"),
    "too_early": ("silence", "late_after_day"),
    "under_contract": ("last_day",),
    "contract_over": ("last_day",),
    "never_bought": (),
    "own_rhythm": ("late_after_day", "longest_gap"),
    "probably": ("sure",),
    "window_assumed": ("window_days",),
    "cycle_given": ("cycle_days",),
    "fading": ("occasions", "last_third"),
    "seasonal": ("next_occasion_day",),
    # rung, and what would lift it
    "needs_second": ("occasions",),
    "too_few_occasions": ("occasions", "regular_occasions"),
    "too_short_span": ("span_days", "window_days"),
    "gap_too_long": ("longest_gap", "span_days"),
    "score_too_low": ("client_score", "needed_score"),
    "score_unknown": (),
    "lift_revenue": ("score_revenue", "evenness"),
    "lift_needs": ("score_needs", "spend_per_occasion"),
    "lift_reliability": ("score_reliability",),
    "unknown_revenue": (),
    "unknown_needs": (),
    "unknown_reliability": (),
    "value_below_top": ("value_365", "needed_value"),
    "top_value": ("value_365", "needed_value"),
    "brings_others": (),
}
"""Each code with the columns (or parameters) its sentence may use. Their order is the order of the reasons."""

_BIT = {code: 1 << place for place, code in enumerate(CODES)}


class Found:
    """Collects codes for n customers as bits."""

    def __init__(self, n: int) -> None:
        self.bits = np.zeros(n, dtype=np.int64)

    def add(self, code: str, where: npt.NDArray[np.bool_] | bool = True) -> None:
        """Give `code` to the customers of the mask."""
        np.bitwise_or(self.bits, _BIT[code], out=self.bits, where=where)

    def column(self) -> pa.DictionaryArray:
        """Codes of each customer, parted by spaces."""
        found = pa.array(self.bits).dictionary_encode()
        texts = [" ".join(code for code, bit in _BIT.items() if bits & bit) for bits in found.dictionary.to_pylist()]
        return pa.DictionaryArray.from_arrays(found.indices, pa.array(texts, pa.string()))


def reasons(row: Mapping[str, Any], more: Mapping[str, Any] | None = None) -> list[Reason]:
    """The reasons of one customer from their row of the customers' table, with figures; `more` are the parameters'.

    Days come as ISO text. A figure that isn't known is left out.
    """
    known = {**(more or {}), **row}
    result = []
    for code in str(row["reasons"]).split():
        figures: dict[str, int | float | str | None] = {
            name: _plain(known[name]) for name in CODES[code] if known.get(name) is not None
        }
        result.append(Reason(code, figures))
    return result


def _plain(value: Any) -> int | float | str:
    if isinstance(value, bool | int | float | str):
        return value
    return str(value.isoformat() if hasattr(value, "isoformat") else value)
