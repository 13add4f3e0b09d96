"""Predicted against actual, week by week: the fit up to the last origin, and the holdout after it."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from regulars.base import days
from regulars.insight.calibration import firm_error
from regulars.insight.candidates import Fitted
from regulars.insight.figures import TrackingPoint
from regulars.insight.panel import Alike, Panel
from regulars.insight.ranges import estimate, representatives, together
from regulars.insight.rounds import Round

Floats = NDArray[np.float64]

WEEK = 7
MOST_WEEKS_BEFORE = 78
WEEKS_FOR_ERROR = 26


def tracking(panel: Panel, turn: Round, fitted: Fitted, parameters: float, interval: float) -> list[TrackingPoint]:
    """Repeat occasions a week of the customers known at the origin; only whole weeks, oldest first.

    `parameters` is the log-scale spread of the holdout's sum over parameter draws. How far single weeks stray is
    learnt from the weeks before the origin.
    """
    weeks_before = int(min((turn.as_of - panel.first_day + 1) // WEEK, MOST_WEEKS_BEFORE))
    ahead = turn.horizon // WEEK
    start = turn.as_of - WEEK * weeks_before
    seen_before = _repeats(panel, turn, start, weeks_before)
    said_before = _fit_weeks(turn, fitted.model, weeks_before)
    seen_ahead = panel.daily(turn.past.who, turn.as_of, turn.as_of + WEEK * ahead, turn.until)
    said_ahead = holdout_weeks(fitted.model, fitted.alike, ahead)
    learnt = slice(max(weeks_before - WEEKS_FOR_ERROR, 0), None)
    error = firm_error(said_before[learnt], seen_before[learnt])
    said = np.concatenate([said_before, said_ahead])
    actual = np.concatenate([seen_before, seen_ahead.reshape(ahead, WEEK).sum(axis=1)])
    points = []
    for week, (expected, happened) in enumerate(zip(said, actual, strict=True)):
        # Counts of many customers in one week are all but Poisson: variance about the mean.
        guess = estimate(float(expected), together(parameters, float(expected), float(expected), error), interval)
        first = days.to_date(start + 1 + WEEK * week)
        scale = 1 / panel.share
        points.append(
            TrackingPoint(
                first,
                float(happened) * scale,
                guess.value * scale,
                guess.low * scale,
                guess.high * scale,
                week >= weeks_before,
            )
        )
    return points


def holdout_weeks(model: Any, alike: Alike, weeks: int) -> Floats:
    """(weeks,) expected occasions in each week after the origin, of all customers together.

    The sum is that of all customers; how it spreads over the weeks is read from some.
    """
    chosen, weight = representatives(alike.weight, 600)
    x, t_x, T = alike.x[chosen], alike.t_x[chosen], alike.T[chosen]
    ends = np.repeat(np.arange(1, weeks + 1) * WEEK, chosen.size)
    # One question for all weeks: what is costly is shared by those with the same occasions.
    ahead = model.expected(ends, np.tile(x, weeks), np.tile(t_x, weeks), np.tile(T, weeks))
    reached = np.asarray(ahead).reshape(weeks, chosen.size) @ weight
    whole = float(alike.weight @ model.expected(WEEK * weeks, alike.x, alike.t_x, alike.T)) if weeks else 0.0
    scale = whole / reached[-1] if weeks and reached[-1] > 0 else 1.0
    return np.diff(np.concatenate([[0.0], reached])) * scale


def _fit_weeks(turn: Round, model: Any, weeks: int) -> Floats:
    """(weeks,) expected repeat occasions in each week before the origin, from the days on which customers came."""
    ages, customers = np.unique(turn.as_of - turn.past.first_day, return_counts=True)
    curve = np.r_[0.0, model.expected_new(np.arange(1, int(ages.max()) + 1))]
    ends = np.arange(weeks, -1, -1) * WEEK  # days before the origin
    reached = np.array([float(customers @ curve[np.maximum(ages - end, 0)]) for end in ends])
    return np.diff(reached)


def _repeats(panel: Panel, turn: Round, start: int, weeks: int) -> Floats:
    """(weeks,) repeat occasions in each week before the origin."""
    every = panel.daily(turn.past.who, start, turn.as_of, turn.as_of)
    firsts = turn.past.first_day
    firsts = firsts[firsts > start] - start - 1
    every = every - np.bincount(firsts, minlength=every.size)
    return np.asarray(every.reshape(weeks, WEEK).sum(axis=1), dtype=np.float64)
