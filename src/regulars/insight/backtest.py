"""How good the predictions were on the firm's own past: the figures of `regulars backtest`.

The chosen model is followed through every origin: its sum with a range, the standings it gave and who came back, its
chances and counts by tenths, its weeks.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from regulars.base import days
from regulars.insight.calibration import bins, firm_error
from regulars.insight.candidates import Fitted
from regulars.insight.figures import Backtest, Bin, Candidate, Origin, Reason, TrackingPoint
from regulars.insight.panel import Panel
from regulars.insight.parameters import Thresholds
from regulars.insight.ranges import estimate, parameter_spread, representatives, together
from regulars.insight.rounds import Round
from regulars.insight.tracking import tracking
from regulars.insight.trials import Trials, figures
from regulars.insight.verdicts import Verdicts, rule_of, verdicts

Floats = NDArray[np.float64]

LEAST_IN_STANDING = 30
"""A standing with fewer customers at an origin takes no part in the verdict whether shares fall."""
DRAWS = 24


@dataclass(frozen=True)
class Followed:
    """What the chosen model said and saw at one origin."""

    origin: Origin
    chances: tuple[Floats, Floats]  # predicted chance of return and whether they did, where the time is over
    counts: tuple[Floats, Floats]
    parameters: float


def backtest(
    trials: Trials,
    panel: Panel,
    chosen: str,
    why: Reason,
    as_of: int,
    thresholds: Thresholds,
    *,
    enough: bool,
    not_judged: int,
) -> Backtest:
    """The figures of the backtest in which `chosen` came to drive; rounds may be none."""
    candidates = [figures(one, trials.rounds, 1 / panel.share) for one in trials.entries.values() if one.scored]
    candidates.sort(key=lambda one: -one.log_score)
    followed = follow(trials, panel, chosen, as_of, thresholds)
    best = next((one.name for one in candidates if one.kind == "baseline"), None)
    weeks = _weeks(trials, panel, chosen, followed, thresholds)
    return Backtest(
        chosen=chosen,
        why=why,
        beats_every_baseline=_beats(candidates, chosen),
        best_baseline=best,
        candidates=candidates,
        origins=[one.origin for one in followed],
        return_calibration=_pooled([one.chances for one in followed]),
        count_calibration=_pooled([one.counts for one in followed]),
        tracking=weeks,
        not_judged=not_judged,
        standing_falls=_falls([one.origin for one in followed]),
        enough=enough,
    )


def follow(trials: Trials, panel: Panel, chosen: str, as_of: int, thresholds: Thresholds) -> list[Followed]:
    """The chosen model at every origin, oldest first; each origin's range knows only of the misses before it."""
    found: list[Followed] = []
    said: list[float] = []
    seen: list[float] = []
    for position, fitted in enumerate(trials.models.get(chosen, [])):
        turn, entry = trials.rounds[position], trials.entries[chosen]
        total, happened = float(entry.expected[position].sum()), float(turn.actual.sum())
        parameters = sum_spread(fitted, turn.horizon, thresholds.seed)
        sigma = together(parameters, entry.variance[position], total, firm_error(said, seen))
        judged = verdicts(rule_of(fitted, turn.past, thresholds), turn.past)
        found.append(_followed(turn, panel, judged, fitted, (total, happened, sigma, parameters), as_of, thresholds))
        said.append(total)
        seen.append(happened)
    return found


def sum_spread(fitted: Fitted, horizon: float, seed: int) -> float:
    """Log-scale spread of the expected sum over parameter draws shared by all customers."""
    alike = fitted.alike
    chosen, weight = representatives(alike.weight)
    history = (alike.x[chosen], alike.t_x[chosen], alike.T[chosen])
    models = fitted.model.draws(DRAWS, np.random.default_rng(seed))
    return parameter_spread(models, lambda model: float(weight @ model.expected(horizon, *history)))


def _followed(
    turn: Round,
    panel: Panel,
    judged: Verdicts,
    fitted: Fitted,
    sums: tuple[float, float, float, float],
    as_of: int,
    thresholds: Thresholds,
) -> Followed:
    total, happened, sigma, parameters = sums
    scale = 1 / panel.share
    past, alike = turn.past, fitted.alike
    within = np.asarray(fitted.model.p_return(turn.horizon, alike.x, alike.t_x, alike.T))[alike.group]
    back = turn.actual > 0
    standing = {}
    for name in ("current", "slipping", "lapsed"):
        there = judged.standing == name
        if there.any():
            customers = round(int(there.sum()) * scale)
            standing[name] = (customers, float(within[there].mean()), float(back[there].mean()))
    guess = estimate(total, sigma, thresholds.interval)
    origin = Origin(
        as_of=days.to_date(turn.as_of),
        until=days.to_date(turn.until),
        customers=round(past.size * scale),
        predicted=type(guess)(guess.value * scale, guess.low * scale, guess.high * scale),
        actual=happened * scale,
        standing=standing,
    )
    # Chances run over each customer's own span; only spans that are over by now can be judged. Which ones these are
    # was known at the origin, so leaving the others out tilts nothing.
    until = turn.as_of + judged.return_days.astype(np.int64)
    over = until <= as_of
    came = panel.returned(past.who, turn.as_of, until)
    expected = trials_mean(fitted, turn.horizon)
    return Followed(
        origin,
        (judged.p_return[over], came[over].astype(np.float64)),
        (expected, turn.actual.astype(np.float64)),
        parameters,
    )


def trials_mean(fitted: Fitted, horizon: float) -> Floats:
    """(m,) expected occasions of each customer over the horizon."""
    alike = fitted.alike
    return np.asarray(fitted.model.expected(horizon, alike.x, alike.t_x, alike.T), dtype=np.float64)[alike.group]


def _pooled(parts: Sequence[tuple[Floats, Floats]]) -> list[Bin]:
    if not parts:
        return []
    return bins(np.concatenate([said for said, _ in parts]), np.concatenate([seen for _, seen in parts]))


def _weeks(
    trials: Trials, panel: Panel, chosen: str, followed: list[Followed], thresholds: Thresholds
) -> list[TrackingPoint]:
    if not followed:
        return []
    last = trials.models[chosen][-1]
    return tracking(panel, trials.rounds[-1], last, followed[-1].parameters, thresholds.interval)


def _beats(candidates: Sequence[Candidate], chosen: str) -> bool:
    """Whether the chosen model has a better log score than each baseline."""
    own = next((one.log_score for one in candidates if one.name == chosen), None)
    return own is not None and all(own > one.log_score for one in candidates if one.kind == "baseline")


def _falls(origins: Sequence[Origin]) -> bool | None:
    """Whether the share that came back fell from current to slipping to lapsed at every origin; None: can't be told."""
    compared = False
    for origin in origins:
        shares = [
            origin.standing[name][2]
            for name in ("current", "slipping", "lapsed")
            if name in origin.standing and origin.standing[name][0] >= LEAST_IN_STANDING
        ]
        if len(shares) < 2:
            continue
        compared = True
        if any(later >= earlier for earlier, later in pairwise(shares)):
            return False
    return True if compared else None
