"""Groups of the firm (standings, rungs, all) with the ranges of their sums.

All customers share the drawn parameters, so a sum is drawn as a whole: a few customers of each cell (standing and
rung) stand for the rest, and each draw moves every cell at once. Single customers' bounds are never added up.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
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
CELL = 60
"""Customers that stand for a cell."""
DRAWS = 24
REGULAR = RUNGS.index("regular")


@dataclass(frozen=True)
class Spread:
    """How uncertain sums over cells are. `value` and `risk`: (draws, cells) factors on the cell's sum; `own_value`
    and `own_risk`: (cells,) variance of the cell's sum from the customers' own luck, in minor units squared."""

    cell: Ints  # (n,) of each customer
    value: Floats
    risk: Floats
    own_value: Floats
    own_risk: Floats
    firm_error: float
    interval: float

    def of(self, chosen: Mask, amounts: Ints, unit: float, digits: int, *, risk: bool = False) -> Estimate:
        """The sum of `amounts` (n,) over `chosen`, in major units, with its range."""
        factors, own = (self.risk, self.own_risk) if risk else (self.value, self.own_value)
        size = own.size
        total = exact_sums(np.zeros(int(chosen.sum()), dtype=np.int8), amounts[chosen], 1)[0]
        if total == 0 or not size:
            return Estimate(round(total * unit, digits), round(total * unit, digits), round(total * unit, digits))
        parts = np.bincount(self.cell[chosen], weights=amounts[chosen], minlength=size)
        share = np.bincount(self.cell[chosen], minlength=size) / np.maximum(np.bincount(self.cell, minlength=size), 1)
        sums = factors @ parts / total
        sums = sums[sums > 0]
        parameters = float(np.std(np.log(sums), ddof=1)) if sums.size > 1 else 0.0
        sigma = together(parameters, float(own @ share), abs(float(total)), self.firm_error)
        guess = estimate(total * unit, sigma, self.interval, digits)
        return Estimate(guess.value, min(guess.low, guess.value), max(guess.high, guess.value))


def spread(sheet: Sheet, parameters: Parameters) -> Spread:
    """Measure on at most `CELL` customers of each cell how parameter draws and own luck move sums."""
    kinds = sheet.standing.astype(np.int64) * len(RUNGS) + sheet.rung
    _, cell = np.unique(kinds, return_inverse=True)
    cells = int(cell.max()) + 1 if cell.size else 0
    some, weight = _standing_for(cell, sheet.value, cells)
    history: History = (
        sheet.x[some].astype(np.int32),
        sheet.t_x[some].astype(np.int32),
        sheet.T[some].astype(np.int32),
    )
    worth = np.divide(sheet.value[some], sheet.expected[some], out=np.zeros(some.size), where=sheet.expected[some] > 0)
    horizon = YEAR * parameters.idle_share
    base = _ahead(restored(parameters), horizon, history) if some.size else (np.zeros(0), np.zeros(0))
    draws = drawn(parameters, DRAWS) if some.size else []
    factors = [np.ones((len(draws), cells)) for _ in range(2)]
    for place, model in enumerate(draws):
        for factor, now, then in zip(factors, base, _ahead(model, horizon, history), strict=True):
            sums = [np.bincount(cell[some], weights=weight * worth * part, minlength=cells) for part in (then, now)]
            factor[place] = np.divide(sums[0], sums[1], out=np.ones(cells), where=np.abs(sums[1]) > 0)

    def _by_cell(amounts: Floats) -> Floats:
        return np.bincount(cell[some], weights=amounts, minlength=cells).astype(np.float64)

    own_value, own_risk = _own(parameters, horizon, history, worth, sheet.occasions[some])
    return Spread(
        cell=cell,
        value=factors[0],
        risk=factors[1],
        own_value=_by_cell(weight * own_value),
        own_risk=_by_cell(weight * own_risk),
        firm_error=parameters.choice.firm_error,
        interval=parameters.thresholds.interval,
    )


def groups(
    sheet: Sheet, found: Spread, codes: NDArray[np.int8], names: Sequence[str], unit: float, digits: int
) -> list[Group]:
    """One group for each name that anyone has, in the order of `names`."""
    result = []
    for code, name in enumerate(names):
        chosen = codes == code
        customers = int(chosen.sum())
        if not customers:
            continue

        def total(amounts: Ints, chosen: Mask = chosen) -> float:
            sums = exact_sums(np.zeros(int(chosen.sum()), dtype=np.int8), amounts[chosen], 1)
            return round(sums[0] * unit, digits)

        result.append(
            Group(
                name=name,
                customers=customers,
                share=customers / len(sheet),
                sales_365=total(sheet.sales_365),
                sales_before_365=total(sheet.sales_before_365),
                value_365=found.of(chosen, sheet.value, unit, digits),
                value_if_staying=total(sheet.if_staying),
                value_at_risk=found.of(chosen, sheet.at_risk, unit, digits, risk=True),
                regulars_and_above=int((sheet.rung[chosen] >= REGULAR).sum()),
            )
        )
    return result


def standing_groups(sheet: Sheet, found: Spread, unit: float, digits: int) -> list[Group]:
    """Groups by standing; prospects, who have bought nothing, come last with a share of 0."""
    result = groups(sheet, found, sheet.standing, NAMES, unit, digits)
    return result + _prospects(sheet)


def rung_groups(sheet: Sheet, found: Spread, unit: float, digits: int) -> list[Group]:
    """Groups by rung, prospects first."""
    return _prospects(sheet) + groups(sheet, found, sheet.rung, RUNGS, unit, digits)


def _prospects(sheet: Sheet) -> list[Group]:
    if not sheet.prospects:
        return []
    nothing = Estimate(0.0, 0.0, 0.0)
    return [Group("prospect", sheet.prospects, 0.0, 0.0, 0.0, nothing, 0.0, nothing, 0)]


def _standing_for(cell: Ints, value: Ints, cells: int) -> tuple[Ints, Floats]:
    """Positions of at most `CELL` customers of each cell, evenly spread over its values, and their weights."""
    order = np.lexsort((value, cell))
    starts = np.searchsorted(cell[order], np.arange(cells + 1))
    chosen, weights = [np.empty(0, dtype=np.int64)], [np.empty(0)]
    for begin, end in pairwise(starts):
        size = int(end - begin)
        places = np.unique(((np.arange(min(size, CELL)) + 0.5) / min(size, CELL) * size).astype(np.int64))
        chosen.append(order[begin + places])
        weights.append(np.full(places.size, size / places.size))
    return np.concatenate(chosen), np.concatenate(weights)


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
