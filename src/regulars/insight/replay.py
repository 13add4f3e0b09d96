""" "Your last year, replayed": what would have been said on the first of each month, and what then happened."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import numpy as np
from numpy.typing import NDArray

from regulars.base import days
from regulars.insight import rungs
from regulars.insight.figures import ReplayMonth
from regulars.insight.histories import Histories
from regulars.insight.panel import Panel, Past
from regulars.insight.parameters import Choice, Thresholds
from regulars.insight.spend import SpendModel
from regulars.insight.standing import SLIPPING
from regulars.insight.verdicts import Then

MONTHS = 12
YEAR = 365
LEAST_CUSTOMERS = 20
"""Before so many customers had come, nothing would have been said."""


def replay(
    panel: Panel,
    thens: Sequence[Then],
    as_of: int,
    thresholds: Thresholds,
    choice: Choice,
    *,
    unit: float,
    digits: int,
    cycle: int | None = None,
) -> list[ReplayMonth]:
    """The last twelve firsts of a month, oldest first.

    Each is judged by the parameters of the latest of `thens` that was past by then, or by ones estimated on the day
    before where there is none; so nothing of later days is known. `unit`: major units of money per minor one. Sums of
    a sample are scaled up to the firm.
    """
    found: list[ReplayMonth] = []
    made = sorted(thens, key=lambda one: one.past.as_of)
    before: NDArray[np.int64] | None = None
    for first in _firsts(as_of):
        day = days.to_number(first) - 1
        past = panel.past(day, 1)
        if past.size < LEAST_CUSTOMERS:
            continue
        usable = [one for one in made if one.past.as_of <= day]
        if not usable:
            made.insert(0, Then.on(past, thresholds, choice, cycle))
        then = usable[-1] if usable else made[0]
        if then.parameters.kind == "one_off" or then.parameters.too_early:
            before = None
            continue
        slipping = np.flatnonzero(then.of(past).code == SLIPPING)
        # In the first month that is told, those who were slipping before it can't be told from the new ones.
        if before is not None:
            fresh = slipping[~np.isin(past.who[slipping], before)]
            found.append(_month(panel, then, past, fresh, first, as_of, unit, digits))
        before = past.who[slipping]
    return found[-MONTHS:]


def _month(
    panel: Panel, then: Then, past: Past, fresh: NDArray[np.intp], first: date, as_of: int, unit: float, digits: int
) -> ReplayMonth:
    """One month: `fresh` are the positions of those first called slipping."""
    scale = 1 / panel.share
    known: Histories = past.histories.take(fresh)
    window = then.parameters.window_days
    until = past.as_of + window
    chance = then.rule.returns(float(window), known.x, known.t_x, known.T)
    came: int | None = None
    away: int | None = None
    lost = 0
    if until <= as_of:
        back = panel.returned(past.who[fresh], past.as_of, np.full(fresh.size, until))
        came = round(int(back.sum()) * scale)
        away = round(int((~back).sum()) * scale)
        lost = int(known.sales_365[~back].sum())
    return ReplayMonth(
        month=first,
        slipping=round(fresh.size * scale),
        slipping_regulars=round(int(rungs.regular(known, then.parameters).all.sum()) * scale),
        value_at_risk=round(_at_risk(known, then) * unit * scale, digits),
        came_back=came,
        came_back_expected=float(np.sum(chance)) * scale,
        stayed_away=away,
        sales_before=round(lost * unit * scale, digits),
        until=days.to_date(until),
    )


def _at_risk(known: Histories, then: Then) -> float:
    """What these customers' going would cost over the year after, in minor units."""
    parameters, model = then.parameters, then.rule.model
    staying = model.expected(YEAR * parameters.idle_share, known.x, known.t_x, known.T, if_alive=True)
    gone = 1.0 - np.asarray(model.p_alive(known.x, known.t_x, known.T))
    worth = SpendModel(parameters.spend).of(known).mean * parameters.margin_rate
    return float(np.sum(gone * staying * worth))


def _firsts(as_of: int) -> list[date]:
    """The last thirteen firsts of a month by `as_of`, oldest first."""
    this = days.month_start(days.to_date(as_of))
    return [days.add_months(this, -back) for back in range(MONTHS, -1, -1)]
