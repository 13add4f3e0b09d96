"""Groups of the firm (standings, rungs, all) with the ranges of their sums.

All customers share the drawn parameters, so a sum is drawn as a whole: a few customers of each cell (standing and
rung) stand for the rest, and each draw moves every cell at once. Single customers' bounds are never added up.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from regulars.insight.ahead import counts_if_alive
from regulars.insight.behaviour import drawn, restored
from regulars.insight.figures import RUNGS, Estimate, Group
from regulars.insight.parameters import Parameters
from regulars.insight.ranges import estimate, together
from regulars.insight.sheet import Sheet, exact_sums
from regulars.insight.standing import NAMES

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Mask = NDArray[np.bool_]
Days = NDArray[np.int32]
History = tuple[Days, Days, Days]

YEAR = 365
LOOKED_AT = 3_000
CELL = 60
"""Customers that stand for a cell, picked by value among at most `LOOKED_AT` of it."""
SUMMED = ("value", "if_staying", "at_risk", "sales_365", "sales_before_365")
DRAWS = 24
REGULAR = RUNGS.index("regular")


@dataclass(frozen=True)
class Cells:
    """The firm cut into cells of one standing and one rung: whole sums of each, and how uncertain they are.

    `sums`: columns of the sheet -> (cells,) minor units. `value`, `risk`: (draws, cells) factors on the cell's sums of
    value and of value at risk; `own_value`, `own_risk`: (cells,) their variance from the customers' own luck.
    """

    standing: NDArray[np.int8]
    rung: NDArray[np.int8]
    customers: Ints
    sums: dict[str, list[int]]
    value: Floats
    risk: Floats
    own_value: Floats
    own_risk: Floats
    firm_error: float
    interval: float

    def total(self, chosen: Mask, name: str) -> int:
        """The sum of a column over the chosen cells."""
        return sum(self.sums[name][place] for place in np.flatnonzero(chosen))

    def guess(self, chosen: Mask, name: str, unit: float, digits: int) -> Estimate:
        """The sum of `value` or `at_risk` over the chosen cells in major units, with its range."""
        factors, own = (self.risk, self.own_risk) if name == "at_risk" else (self.value, self.own_value)
        total = self.total(chosen, name)
        plain = round(total * unit, digits)
        if total == 0:
            return Estimate(plain, plain, plain)
        drawn = factors[:, chosen] @ np.array(self.sums[name], dtype=np.float64)[chosen] / total
        drawn = drawn[drawn > 0]
        parameters = float(np.std(np.log(drawn), ddof=1)) if drawn.size > 1 else 0.0
        sigma = together(parameters, float(own[chosen].sum()), abs(float(total)), self.firm_error)
        found = estimate(total * unit, sigma, self.interval, digits)
        return Estimate(plain, min(found.low, plain), max(found.high, plain))


def cells(sheet: Sheet, parameters: Parameters) -> Cells:
    """Cut the sheet into cells, and measure on some customers of each how parameter draws and luck move its sums."""
    kinds = (sheet.standing * len(RUNGS) + sheet.rung).astype(np.uint8)
    customers = np.bincount(kinds, minlength=256)
    there = np.flatnonzero(customers)
    cell = np.cumsum(customers > 0)[kinds] - 1
    some, weight = _standing_for(kinds, customers, sheet.value)
    history: History = (
        sheet.x[some].astype(np.int32),
        sheet.t_x[some].astype(np.int32),
        sheet.T[some].astype(np.int32),
    )
    worth = np.divide(sheet.value[some], sheet.expected[some], out=np.zeros(some.size), where=sheet.expected[some] > 0)

    def by_cell(amounts: Floats) -> Floats:
        return np.bincount(cell[some], weights=weight * amounts, minlength=there.size).astype(np.float64)

    horizon = YEAR * parameters.idle_share
    base = _ahead(restored(parameters), horizon, history) if some.size else ()
    draws = drawn(parameters, DRAWS) if some.size else []
    factors = [np.ones((len(draws), there.size)) for _ in range(2)]
    for place, model in enumerate(draws):
        for factor, now, then in zip(factors, base, _ahead(model, horizon, history), strict=True):
            usual = by_cell(worth * now)
            factor[place] = np.divide(by_cell(worth * then), usual, out=np.ones(there.size), where=np.abs(usual) > 0)
    own_value, own_risk = _own(parameters, horizon, history, worth, sheet.occasions[some])
    return Cells(
        standing=(there // len(RUNGS)).astype(np.int8),
        rung=(there % len(RUNGS)).astype(np.int8),
        customers=customers[there],
        sums={name: exact_sums(cell, getattr(sheet, name), there.size) for name in SUMMED},
        value=factors[0],
        risk=factors[1],
        own_value=by_cell(own_value),
        own_risk=by_cell(own_risk),
        firm_error=parameters.choice.firm_error,
        interval=parameters.thresholds.interval,
    )


def groups(found: Cells, codes: NDArray[np.int8], names: Sequence[str], unit: float, digits: int) -> list[Group]:
    """One group for each of `names` that any cell has by its `codes` (cells,), in that order."""
    result = []
    for code, name in enumerate(names):
        chosen = codes == code
        if not chosen.any():
            continue
        customers = int(found.customers[chosen].sum())
        sales, before, staying = (
            round(found.total(chosen, column) * unit, digits)
            for column in ("sales_365", "sales_before_365", "if_staying")
        )
        result.append(
            Group(
                name=name,
                customers=customers,
                share=customers / int(found.customers.sum()),
                sales_365=sales,
                sales_before_365=before,
                value_365=found.guess(chosen, "value", unit, digits),
                value_if_staying=staying,
                value_at_risk=found.guess(chosen, "at_risk", unit, digits),
                regulars_and_above=int(found.customers[chosen & (found.rung >= REGULAR)].sum()),
            )
        )
    return result


def standing_groups(found: Cells, prospects: int, unit: float, digits: int) -> list[Group]:
    """Groups by standing; prospects, who have bought nothing, come last with a share of 0."""
    return groups(found, found.standing, NAMES, unit, digits) + _prospects(prospects)


def rung_groups(found: Cells, prospects: int, unit: float, digits: int) -> list[Group]:
    """Groups by rung, prospects first."""
    return _prospects(prospects) + groups(found, found.rung, RUNGS, unit, digits)


def _prospects(customers: int) -> list[Group]:
    if not customers:
        return []
    nothing = Estimate(0.0, 0.0, 0.0)
    return [Group("prospect", customers, 0.0, 0.0, 0.0, nothing, 0.0, nothing, 0)]


def _standing_for(kinds: NDArray[np.uint8], customers: Ints, value: Ints) -> tuple[Ints, Floats]:
    """Positions of at most `CELL` customers of each kind, evenly spread over its values, and their weights."""
    order = np.argsort(kinds, kind="stable")
    ends = np.cumsum(customers)
    chosen, weights = [np.empty(0, dtype=np.int64)], [np.empty(0)]
    for kind in np.flatnonzero(customers):
        size = int(customers[kind])
        few = order[ends[kind] - size + _even(size, LOOKED_AT)]
        few = few[np.argsort(value[few], kind="stable")]
        places = _even(few.size, CELL)
        chosen.append(few[places])
        weights.append(np.full(places.size, size / places.size))
    return np.concatenate(chosen), np.concatenate(weights)


def _even(size: int, most: int) -> Ints:
    """At most `most` positions evenly spread over `size`."""
    count = min(size, most)
    return ((np.arange(count) + 0.5) / count * size).astype(np.int64)


def _ahead(model: Any, horizon: float, history: History) -> tuple[Floats, Floats]:
    """Expected occasions, and those that hang on staying."""
    staying = np.asarray(model.expected(horizon, *history, if_alive=True), dtype=np.float64)
    alive = np.asarray(model.p_alive(*history), dtype=np.float64)
    return alive * staying, (1 - alive) * staying


def _own(
    parameters: Parameters, horizon: float, history: History, worth: Floats, occasions: Ints
) -> tuple[Floats, Floats]:
    """Variance of each customer's amount ahead, and of the part at risk, given the parameters."""
    model = restored(parameters)
    if not worth.size:
        return worth, worth
    alive = np.asarray(model.p_alive(*history), dtype=np.float64)
    counts = counts_if_alive(model, horizon, *history)
    own, single = _spend_spread(parameters, occasions)
    square = worth**2 * (1 + own)

    def variance(chance: Floats) -> Floats:
        mean = chance * counts.mean
        second = chance * (counts.variance + counts.mean**2)
        return np.asarray(np.maximum(square * (second + single * mean) - (worth * mean) ** 2, 0.0))

    return variance(alive), variance(1 - alive)


def _spend_spread(parameters: Parameters, occasions: Ints) -> tuple[Floats, float]:
    """Squared coefficient of variation of each own mean amount, and of single amounts around it."""
    if parameters.spend is None:
        return np.zeros(occasions.size), 0.0
    p, q = (float(parameters.spend["params"][name]) for name in ("p", "q"))
    return 1.0 / np.maximum(q + p * occasions - 2.0, 0.2), 1.0 / p
