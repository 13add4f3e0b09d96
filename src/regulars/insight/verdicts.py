"""Standing and chance of return of a panel's customers on a day of the past, by the rule of that day."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from regulars.insight.candidates import Fitted
from regulars.insight.panel import Past
from regulars.insight.parameters import Thresholds
from regulars.insight.returns import returns
from regulars.insight.rule import Rule

Floats = NDArray[np.float64]
Days = NDArray[np.int32]

FIRST_GAPS_LEAST = 20


@dataclass(frozen=True)
class Verdicts:
    """(m,) arrays: days after the last occasion by which late, chance of return within `return_days`, and standing."""

    late: Days
    return_days: Days
    p_return: Floats
    standing: NDArray[np.str_]


def window(past: Past, thresholds: Thresholds) -> int:
    """The firm's window W as of the day, in days."""
    gaps = past.histories.median_gap
    gaps = gaps[~np.isnan(gaps)]
    if gaps.size < thresholds.window_least_customers:
        return thresholds.assumed_window_days
    return max(round(float(np.quantile(gaps, thresholds.window_percentile))), thresholds.least_window_days)


def rule_of(fitted: Fitted, past: Past, thresholds: Thresholds) -> Rule:
    """The rule of standing as it would have been frozen on that day."""
    second = returns(past.histories)
    learnt = second.returned >= FIRST_GAPS_LEAST
    usual = second.late(thresholds.late_share) if learnt else fitted.model.late_span(thresholds.late_share, 0, 0)
    return Rule(
        model=fitted.model,
        window=window(past, thresholds),
        late_share=thresholds.late_share,
        slipping_chance=thresholds.slipping_chance,
        first_late=float(usual),
    )


def verdicts(rule: Rule, past: Past) -> Verdicts:
    """Standing of every customer of `past` by `rule`."""
    known = past.histories
    x, t_x = known.x, known.t_x
    late = rule.late_days(x, t_x, known.gap_80)
    chance = rule.chance(late, x, t_x, known.silence)
    standing = np.where(known.silence > late, np.where(chance >= rule.slipping_chance, "slipping", "lapsed"), "current")
    return Verdicts(late, rule.horizon(late), chance, standing)
