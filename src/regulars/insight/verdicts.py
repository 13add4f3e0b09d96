"""Standing and chance of return of a panel's customers on a day of the past, by the rule of that day."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from regulars.insight.candidates import Fitted
from regulars.insight.panel import Past
from regulars.insight.parameters import Thresholds
from regulars.insight.returns import returns

Floats = NDArray[np.float64]

FIRST_GAPS_LEAST = 20


@dataclass(frozen=True)
class Verdicts:
    """(m,) arrays: days after the last occasion by which late, chance of return within `return_days`, and standing."""

    late: Floats
    return_days: Floats
    p_return: Floats
    standing: NDArray[np.str_]


def window(past: Past, thresholds: Thresholds) -> int:
    """The firm's window W as of the day, in days."""
    gaps = past.histories.median_gap
    gaps = gaps[~np.isnan(gaps)]
    if gaps.size < thresholds.window_least_customers:
        return thresholds.assumed_window_days
    return max(round(float(np.quantile(gaps, thresholds.window_percentile))), thresholds.least_window_days)


def verdicts(fitted: Fitted, past: Past, thresholds: Thresholds) -> Verdicts:
    """Standing of every customer of `past` with the model fitted on that very past."""
    alike, model = fitted.alike, fitted.model
    span = np.asarray(model.late_span(thresholds.late_share, alike.x, alike.t_x), dtype=np.float64)[alike.group]
    second = returns(past.histories)
    if second.returned >= FIRST_GAPS_LEAST:
        span = np.where(past.x == 0, second.late(thresholds.late_share), span)
    late = np.fmax(span, past.histories.gap_80)
    return_days = np.maximum(late, window(past, thresholds))
    p_return = np.asarray(model.p_return(return_days, past.x, past.t_x, past.T), dtype=np.float64)
    silent = past.T - past.t_x > late
    standing = np.where(silent, np.where(p_return >= thresholds.slipping_chance, "slipping", "lapsed"), "current")
    return Verdicts(late, return_days, p_return, standing)
