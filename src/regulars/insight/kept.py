"""Of the best tenth of one year, how many bought in the next."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from regulars.base import days
from regulars.insight.figures import KeptYear

Ints = NDArray[np.int64]

YEAR = 365
LEAST_BUYERS = 20


def kept_years(
    customer: Ints, back: NDArray[np.int16], net: Ints, whole_years: int, as_of: int, unit: float, digits: int
) -> list[KeptYear]:
    """One entry for each pair of whole years back from `as_of` (day number), oldest first.

    One row a customer and year with an occasion: `customer` (any numbering), `back` (0 is the last 365 days) and
    `net` sales in minor units. The best tenth are all who reach the sales of the last of the tenth, so that ties don't
    depend on the order of rows. A year with fewer than `LEAST_BUYERS` buyers is left out.
    """
    found = []
    for year in range(whole_years - 1, 0, -1):
        then = (back == year) & (net > 0)
        sales = net[then]
        if sales.size < LEAST_BUYERS:
            continue
        tenth = -(-sales.size // 10)
        line = np.partition(sales, sales.size - tenth)[sales.size - tenth]
        best = customer[then][sales >= line]
        after = back == year - 1
        returned = np.isin(customer[after], best)
        found.append(
            KeptYear(
                year_ending=days.to_date(as_of - YEAR * year),
                best=int(best.size),
                kept=int(returned.sum()),
                sales_then=round(float(sales[sales >= line].sum()) * unit, digits),
                sales_next=round(float(net[after][returned].sum()) * unit, digits),
            )
        )
    return found
