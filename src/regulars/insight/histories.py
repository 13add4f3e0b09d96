"""Histories: what each customer did up to a day, as equal-length arrays sorted by customer.

Occasions are days; where the firm's buying comes in bursts, episodes take their place (see `episodes`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from regulars.insight.source import Source

Ints = npt.NDArray[np.int64]
Days = npt.NDArray[np.int32]
Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Histories:
    """Customers with at least one occasion as of `as_of`; n rows sorted by `customer_id`.

    Day columns are day numbers (days since 1970-01-01); money is int64 minor units, refunds dated until `as_of` out.
    """

    as_of: int
    customer_id: Ints
    first_day: Days
    last_day: Days
    x: Days
    """Repeat occasions (or repeat episodes)."""
    t_x: Days
    """Days from the first to the last; with episodes the days spent within them are left out of the clock."""
    T: Days
    """Days from the first until `as_of`, on the same clock; T - t_x is always `as_of` - `last_day`."""
    occasions: Days
    orders: Days
    net: Ints
    margin: Ints | None
    """Margin where costs are known, None when no cost is known at all."""
    spends: Days
    """Occasions (or episodes) with a positive amount, and `spent` their sum."""
    spent: Ints
    sales_365: Ints
    sales_before_365: Ints
    litt: Floats
    """Sum of the logarithms of the gaps."""
    median_gap: Floats
    """NaN without a gap."""
    gap_80: Floats
    """80th percentile (thresholds.late_share) of own gaps, NaN below four gaps."""
    longest_gap: Days
    last_third: Days
    """Repeat occasions in the last third of [first_day, as_of]."""
    evenness: Floats
    """1 - Gini of spend per quarter (91 days from the first occasion), 0-1."""
    offsets: Ints
    """(n + 1,): the occasions of customer i are `days[offsets[i]:offsets[i + 1]]`."""
    days: Days
    """Day numbers of all occasions (of the first day of each episode)."""
    episode_gap: int | None = None

    def __len__(self) -> int:
        return len(self.customer_id)


def histories(
    source: Source,
    as_of: int,
    *,
    merges: Mapping[int, int] | pa.Table | None = None,
    sample: float | None = None,
    episodes: int | None = None,
    late_share: float = 0.8,
) -> Histories:
    """The history of every customer exactly as it was known on day number `as_of`.

    merges : from -> to customer ids, applied on read.  sample : keep customers whose stable hash is below it.
    episodes : occasions at most so many days apart are one episode; None takes occasions as they are.
    """
    raise NotImplementedError
