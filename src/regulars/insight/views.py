"""From the tally to figures: months, flows, cohorts, the best kept."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from regulars.insight.figures import RUNGS, Cohort, Flow, Month
from regulars.insight.months import Months
from regulars.insight.tally import STATES, Tally

Ints = NDArray[np.int64]

ERASED = "erased"
"""Where months put the sales of customers who were erased."""
NOT_ANALYSED = "not analysed"
"""Where months put the sales of customers who object to being analysed."""
NOBODY = "prospect"
"""Where months put what is left over of orders that were given back in full: their buyers had no occasion."""
MONTH_COHORTS_UNTIL = 24
"""Months of history up to which cohorts are monthly; quarterly beyond."""


@dataclass(frozen=True)
class Extra:
    """Sales and orders by month that belong to no customer here: (months,) arrays in minor units."""

    erased_sales: Ints
    erased_orders: Ints
    void_sales: Ints
    left_out_sales: Ints
    left_out_orders: Ints


def no_extra(months: Months) -> Extra:
    """Nothing erased, nothing void, nobody left out."""
    return Extra(*(np.zeros(months.count, dtype=np.int64) for _ in range(5)))


def cohort_period(months: Months) -> int:
    """Months in one period of a cohort: 1, or 3 where history is long."""
    return 1 if months.count <= MONTH_COHORTS_UNTIL else 3


def month_figures(
    tally: Tally, extra: Extra, labels: Sequence[str], unit: float, digits: int, most: int | None = None
) -> list[Month]:
    """The months (the last `most`), oldest first; sums over standings and over rungs are the month's sales exactly.

    `labels`: what each of `STATES` is called in this kind of firm; equal names are added up.
    """
    first = tally.months.opening if most is None else max(tally.months.count - most, tally.months.opening)
    states = np.cumsum(tally.state_steps[:-2], axis=0)
    rungs = np.cumsum(tally.rung_steps[:-2], axis=0)
    found = []
    for month in range(first, tally.months.count):
        besides = {
            ERASED: int(extra.erased_sales[month]),
            NOT_ANALYSED: int(extra.left_out_sales[month]),
            NOBODY: int(extra.void_sales[month]),
        }
        by_state = _named(labels, tally.sales_by_state[month]) | {k: v for k, v in besides.items() if v}
        by_rung = _named(RUNGS, tally.sales_by_rung[month]) | {k: v for k, v in besides.items() if v}
        found.append(
            Month(
                month=tally.months.first(month),
                complete=tally.months.complete(month),
                sales=round((int(tally.sales[month]) + sum(besides.values())) * unit, digits),
                orders=int(tally.orders[month] + extra.erased_orders[month] + extra.left_out_orders[month]),
                occasions=int(tally.occasions[month]),
                buyers=int(tally.buyers[month]),
                new_customers=int(tally.new[month]),
                sales_by_standing={name: round(value * unit, digits) for name, value in by_state.items()},
                sales_by_rung={name: round(value * unit, digits) for name, value in by_rung.items()},
                customers_by_standing=_named(labels, states[month]),
                customers_by_rung=_named(RUNGS, rungs[month]),
            )
        )
    return found


def flow_figures(tally: Tally, labels: Sequence[str], most: int | None = None) -> list[Flow]:
    """Changes of standing from one month's end to the next, and first buyers; those who stayed are left out."""
    first = 0 if most is None else max(tally.months.count - most, 0)
    names = [*labels, "new"]
    found: dict[tuple[int, str, str], int] = {}
    for month, origin, target in np.argwhere(tally.flows).tolist():
        if month < first or names[origin] == names[target]:
            continue
        key = (month, names[origin], names[target])
        found[key] = found.get(key, 0) + int(tally.flows[month, origin, target])
    return [Flow(tally.months.first(m), origin, target, n) for (m, origin, target), n in sorted(found.items())]


def cohort_figures(tally: Tally, unit: float, digits: int) -> list[Cohort]:
    """Customers by the period of their first occasion; as many periods as have begun since."""
    months, period = tally.months, tally.period
    periods = (months.count - 1) // period + 1
    found = []
    for start in range(periods):
        active = tally.cohort_active[start, : periods - start]
        if not active.any():
            continue
        found.append(
            Cohort(
                months.first(start * period),
                "month" if period == 1 else "quarter",
                int(active[0]),
                [int(n) for n in active],
                [round(int(n) * unit, digits) for n in tally.cohort_sales[start, : periods - start]],
            )
        )
    return found


def _named(names: Sequence[str], values: Ints) -> dict[str, int]:
    found: dict[str, int] = {}
    for name, value in zip(names, values.tolist(), strict=True):
        if value:
            found[name] = found.get(name, 0) + int(value)
    return found


def state_labels(kind: str, too_early: bool) -> tuple[str, ...]:
    """What the four states are called in this kind of firm."""
    if kind == "one_off":
        return ("recent", "recent", "not recent", "not recent")
    if too_early:
        return ("won back", "current", "too early", "too early")
    return STATES
