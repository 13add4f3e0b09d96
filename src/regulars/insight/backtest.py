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
from regulars.insight.candidates import DEFAULT, Fitted
from regulars.insight.figures import Backtest, Bin, Candidate, Origin, Reason
from regulars.insight.panel import Panel
from regulars.insight.ranges import estimate, together
from regulars.insight.rounds import Round
from regulars.insight.standing import NAMES
from regulars.insight.tracking import tracking
from regulars.insight.trials import Trials, figures, follow
from regulars.insight.verdicts import Then

Floats = NDArray[np.float64]

LEAST_IN_STANDING = 30
"""A standing with fewer customers at an origin takes no part in the verdict whether shares fall."""


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
    thens: Sequence[Then],
    why: Reason,
    as_of: int,
    *,
    enough: bool,
    not_judged: int,
) -> Backtest:
    """The figures of the backtest; `thens` are what the chosen model made of each judged round, which may be none."""
    chosen = thens[0].parameters.choice.model if thens else DEFAULT
    follow(trials, chosen, [one.fitted(chosen) for one in thens])
    names = [name for name, entry in trials.entries.items() if entry.scored and trials.judged]
    candidates = [figures(trials, name, 1 / panel.share) for name in names]
    candidates.sort(key=lambda one: -one.log_score)
    followed = _followed(trials, panel, thens, chosen, as_of)
    best = next((one.name for one in candidates if one.kind == "baseline"), None)
    weeks = []
    if followed:
        model = trials.models[chosen][-1]
        interval = thens[-1].parameters.thresholds.interval
        weeks = tracking(panel, trials.rounds[-1], model, followed[-1].parameters, interval)
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
        standing_falls=standing_falls([one.origin for one in followed]),
        enough=enough,
    )


def _followed(trials: Trials, panel: Panel, thens: Sequence[Then], chosen: str, as_of: int) -> list[Followed]:
    """The chosen model at every origin, oldest first; each origin's range knows only of the misses before it."""
    found: list[Followed] = []
    said: list[float] = []
    seen: list[float] = []
    for position, then in enumerate(thens):
        turn, entry = trials.judged[position], trials.entries[chosen]
        place = position + trials.rehearsed
        fitted, expected = trials.models[chosen][place], entry.expected[place]
        total, happened = float(expected.sum()), float(turn.actual.sum())
        thresholds = then.parameters.thresholds
        parameters = then.spread
        sigma = together(parameters, entry.variance[place], total, firm_error(said, seen))
        guess = estimate(total / panel.share, sigma, thresholds.interval)
        origin = Origin(
            as_of=days.to_date(turn.as_of),
            until=days.to_date(turn.until),
            customers=round(turn.past.size / panel.share),
            predicted=guess,
            actual=happened / panel.share,
            standing=_by_standing(turn, then, fitted, 1 / panel.share),
        )
        counts = (expected, turn.actual.astype(np.float64))
        found.append(Followed(origin, _chances(panel, then, as_of), counts, parameters))
        said.append(total)
        seen.append(happened)
    return found


def _by_standing(turn: Round, then: Then, fitted: Fitted, scale: float) -> dict[str, tuple[int, float, float]]:
    """Name -> customers, predicted share that comes back within the horizon, and the share that did."""
    alike = fitted.alike
    within = np.asarray(fitted.model.p_return(turn.model_days, alike.x, alike.t_x, alike.T))[alike.group]
    found = {}
    for name in NAMES:
        there = then.names == name
        if there.any():
            shares = float(within[there].mean()), float((turn.actual[there] > 0).mean())
            found[name] = (round(int(there.sum()) * scale), *shares)
    return found


def _chances(panel: Panel, then: Then, as_of: int) -> tuple[Floats, Floats]:
    """Predicted chances of return and whether they came true.

    Chances run over each customer's own span; only spans that are over by `as_of` can be judged. Which ones these are
    was known on the day, so leaving the others out tilts nothing.
    """
    over, came = then.came_true(panel, as_of)
    return then.judged.chance[over], came.astype(np.float64)


def _pooled(parts: Sequence[tuple[Floats, Floats]]) -> list[Bin]:
    if not parts:
        return []
    return bins(np.concatenate([said for said, _ in parts]), np.concatenate([seen for _, seen in parts]))


def _beats(candidates: Sequence[Candidate], chosen: str) -> bool:
    """Whether the chosen model has a better log score than each baseline."""
    own = next((one.log_score for one in candidates if one.name == chosen), None)
    return own is not None and all(own > one.log_score for one in candidates if one.kind == "baseline")


def standing_falls(origins: Sequence[Origin], least: int = LEAST_IN_STANDING) -> bool | None:
    """Whether the share that came back fell from current to slipping to lapsed at every origin; None: can't be told.

    A standing with fewer than `least` customers takes no part. In one-off firms recent and not recent are compared.
    """
    compared = False
    for origin in origins:
        for names in (("current", "slipping", "lapsed"), ("recent", "not recent")):
            shares = [origin.standing[name][2] for name in names if origin.standing.get(name, (0,))[0] >= least]
            if len(shares) < 2:
                continue
            compared = True
            if any(later >= earlier for earlier, later in pairwise(shares)):
                return False
    return True if compared else None
