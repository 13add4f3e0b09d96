"""Standing: whether each customer buys now, and how surely that can be said."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from regulars.insight.gaps import gaps_of
from regulars.insight.histories import Histories
from regulars.insight.parameters import Parameters
from regulars.insight.rule import Rule
from regulars.insight.seasons import Seasons
from regulars.stats.btyd import BuyTillYouDie

Floats = npt.NDArray[np.float64]
Days = npt.NDArray[np.int32]
Codes = npt.NDArray[np.int8]
Mask = npt.NDArray[np.bool_]

NAMES = ("current", "slipping", "lapsed", "won back", "prospect", "recent", "not recent", "too early")
CURRENT, SLIPPING, LAPSED, WON_BACK, PROSPECT, RECENT, NOT_RECENT, TOO_EARLY = range(len(NAMES))

NEAR_SURE = 3.0
"""Customers further from both thresholds than so many standard deviations of the draws have one standing in all."""
PROBE = 1_500
"""Customers on whom the spread of the draws is measured."""
GUESSED = 0.79
"""Most that can be said where the rhythm was given, not seen: under the 0.8 of a plain statement."""


@dataclass(frozen=True)
class Standing:
    """(n,) arrays: code of standing, days of silence that make late, chance of return within `horizon` days."""

    code: Codes
    late: Days
    chance: Floats
    horizon: Days
    own_rhythm: Mask
    """Whether the customer's own gaps (or season) put off the late day."""


def standing(histories: Histories, parameters: Parameters, rule: Rule, seasonal: Seasons) -> Standing:
    """Every customer's standing as of the day of `histories`."""
    h = histories
    plain = rule.late_days(h.x, h.t_x, np.full(len(h), np.nan))
    late = rule.late_days(h.x, h.t_x, h.gap_80)
    by_season = seasonal.due + seasonal.late - h.last_day[seasonal.at]
    late[seasonal.at] = np.maximum(late[seasonal.at], by_season)
    chance = rule.chance(late, h.x, h.t_x, h.silence)
    code = coded(h.silence > late, chance, rule, parameters)
    if parameters.kind != "one_off" and not parameters.too_early:  # who can't be called lapsed can't be won back
        code[won_back(h, rule, np.flatnonzero(code == CURRENT))] = WON_BACK
    return Standing(code, late, chance, rule.horizon(late), late > plain)


def coded(is_late: Mask, chance: Floats, rule: Rule, parameters: Parameters) -> Codes:
    """Codes from lateness and chance, by the kind of firm; `won back` is not told apart from `current` here."""
    if parameters.kind == "one_off":
        return np.where(is_late, NOT_RECENT, RECENT).astype(np.int8)
    if parameters.too_early:
        return np.where(is_late, TOO_EARLY, CURRENT).astype(np.int8)
    return np.where(is_late, np.where(chance < rule.slipping_chance, LAPSED, SLIPPING), CURRENT).astype(np.int8)


def won_back(histories: Histories, rule: Rule, among: npt.NDArray[np.intp]) -> npt.NDArray[np.intp]:
    """Positions (out of `among`) of those who were lapsed the day before an occasion of the last W days."""
    h = histories
    possible = np.zeros(len(h), dtype=bool)
    possible[among] = (h.x[among] > 0) & (h.last_day[among] > h.as_of - rule.window)
    if h.episode_gap is None:
        possible &= h.longest_gap > 1
    ended = _recent_gaps(h, rule, possible)
    # Own gaps only put off the late day and so raise the chance: who isn't lapsed without them isn't with them.
    nothing = np.full(len(ended.owner), np.nan)
    maybe = np.flatnonzero(rule.lapsed(ended.x, ended.t_x, nothing, ended.silence))
    if not len(maybe):
        return np.zeros(0, dtype=np.intp)
    owners, case = np.unique(ended.owner[maybe], return_inverse=True)
    own = gaps_of(h.take(owners)).own_percentile(case, ended.x[maybe], rule.late_share)
    lapsed = rule.lapsed(ended.x[maybe], ended.t_x[maybe], own, ended.silence[maybe])
    return owners[np.unique(case[lapsed])]


@dataclass(frozen=True)
class _Ended:
    """Gaps that ended lately: whose, the history at their start, and the silence on the day before their end."""

    owner: npt.NDArray[np.intp]
    x: Days
    t_x: Days
    silence: Days


def _recent_gaps(h: Histories, rule: Rule, possible: Mask) -> _Ended:
    """Gaps of the `possible` customers that ended within the last W days."""
    if h.episode_gap is not None:
        chosen = np.flatnonzero(possible)
        gaps = gaps_of(h.take(chosen))
        at = np.flatnonzero(gaps.day > h.as_of - rule.window)
        return _Ended(chosen[gaps.owner[at]], gaps.number[at], gaps.start[at], (gaps.gap[at] - 1).astype(np.int32))
    rows = np.flatnonzero(h.days > h.as_of - rule.window)
    rows = rows[rows > 0]
    rows = rows[h.days[rows] - h.days[rows - 1] > 1]  # at a change of customer the step may be anything
    owner = np.searchsorted(h.offsets, rows, side="right") - 1
    keep = possible[owner] & (rows > h.offsets[owner])
    rows, owner = rows[keep], owner[keep]
    before = h.days[rows - 1]
    x = (rows - h.offsets[owner] - 1).astype(np.int32)
    return _Ended(
        owner, x, (before - h.first_day[owner]).astype(np.int32), (h.days[rows] - before - 1).astype(np.int32)
    )


def sureness(
    histories: Histories, parameters: Parameters, rule: Rule, found: Standing, models: Sequence[BuyTillYouDie]
) -> Floats:
    """(n,) share of parameter draws that give the same standing.

    Only customers near a threshold can change; how near is measured on a few of them, the others are sure.
    """
    h = histories
    sure = np.ones(len(h))
    if len(h) and len(models):
        near = _near(h, rule, found, models)
        part, late = h.take(near), found.late[near]
        base = coded(part.silence > late, found.chance[near], rule, parameters)
        fixed = found.own_rhythm[near]
        same = np.zeros(len(near))
        for model in models:
            other = rule.drawn(model)
            moved = other.late_days(part.x, part.t_x, part.gap_80)
            moved = np.where(fixed, np.maximum(moved, late), moved).astype(np.int32)
            is_late = part.silence > moved
            at, chance = np.flatnonzero(is_late), np.ones(len(near))  # of others the chance decides nothing
            chance[at] = other.chance(moved[at], part.x[at], part.t_x[at], part.silence[at])
            same += coded(is_late, chance, rule, parameters) == base
        sure[near] = same / len(models)
    if parameters.cycle_days is not None or parameters.too_early:
        sure = np.minimum(sure, GUESSED)
    return sure


def _near(h: Histories, rule: Rule, found: Standing, models: Sequence[BuyTillYouDie]) -> npt.NDArray[np.intp]:
    """Positions of customers who are near a threshold, compared with how far the draws move it."""
    if len(h) <= PROBE:
        return np.arange(len(h))
    at = np.linspace(0, len(h) - 1, PROBE).astype(np.intp)
    some = h.take(at)
    lates, odds = [], []
    for model in models:
        other = rule.drawn(model)
        late = other.late_days(some.x, some.t_x, np.full(len(some), np.nan))
        lates.append(np.log1p(late))
        odds.append(_log_odds(other.chance(found.late[at], some.x, some.t_x, some.silence)))
    late_room = NEAR_SURE * float(np.std(lates, axis=0).max()) + 1e-3
    odds_spread = np.std(odds, axis=0)
    close = np.abs(_log_odds(found.chance[at]) - _log_odds(rule.slipping_chance)) < 3.0
    chance_room = NEAR_SURE * float(odds_spread[close].max(initial=0.0)) + 1e-3
    near_late = np.abs(np.log1p(h.silence) - np.log1p(found.late)) <= late_room + np.log1p(1.0 / (1.0 + found.late))
    near_chance = np.abs(_log_odds(found.chance) - _log_odds(rule.slipping_chance)) <= chance_room
    return np.flatnonzero(near_late | (near_chance & (h.silence > found.late)))


def _log_odds(chance: npt.ArrayLike) -> Floats:
    p = np.clip(np.asarray(chance, dtype=np.float64), 1e-12, 1 - 1e-12)
    return np.asarray(np.log(p) - np.log1p(-p))
