"""Of the best tenth of one year, how many bought in the next."""

from __future__ import annotations

import ibis
import numpy as np

from regulars.base import days
from regulars.insight.figures import KeptYear

YEAR = 365
LEAST_BUYERS = 20


def yearly(occasions: ibis.Table, as_of: int) -> ibis.Table:
    """Per customer and year back from `as_of` (0 is the last 365 days): sales and whether they bought.

    `occasions` has customer_id, number (day number), net and stands (not refunded in full).
    """
    return (
        occasions.mutate(year=((as_of - occasions.number) / YEAR).floor().cast("int32"))
        .group_by("customer_id", "year")
        .agg(net=lambda t: t.net.sum(), bought=lambda t: t.stands.max())
    )


def kept_years(
    customer: np.ndarray, year: np.ndarray, net: np.ndarray, whole_years: int, as_of: int, unit: float
) -> list[KeptYear]:
    """One entry for each pair of whole years, oldest first.

    `customer`, `year`, `net`: one row a customer and year with an occasion; the best tenth are all who reach the sales
    of the last of the tenth, so that ties don't depend on the order of rows. `unit`: major units per minor one.
    """
    found = []
    for back in range(whole_years - 1, 0, -1):
        then = (year == back) & (net > 0)
        if int(then.sum()) < LEAST_BUYERS:
            continue
        sales = net[then]
        tenth = int(np.ceil(sales.size / 10))
        line = np.partition(sales, sales.size - tenth)[sales.size - tenth]
        best = customer[then][sales >= line]
        after = year == back - 1
        returned = np.isin(customer[after], best)
        found.append(
            KeptYear(
                days.to_date(as_of - YEAR * back),
                int(best.size),
                int(returned.sum()),
                round(float(sales[sales >= line].sum()) * unit, 4),
                round(float(net[after][returned].sum()) * unit, 4),
            )
        )
    return found
