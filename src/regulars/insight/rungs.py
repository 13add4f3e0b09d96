"""Rung: how deep the relation is, whatever the customer does now."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from regulars.insight.figures import RUNGS
from regulars.insight.histories import Histories
from regulars.insight.parameters import Parameters
from regulars.stats.special import bdtr

Floats = npt.NDArray[np.float64]
Codes = npt.NDArray[np.int8]
Mask = npt.NDArray[np.bool_]

PROSPECT, BUYER, REPEAT, REGULAR, CLIENT, EXTRAORDINARY = range(len(RUNGS))


@dataclass(frozen=True)
class Regular:
    """What is asked of a regular, and who meets it; (n,) masks."""

    often: Mask
    spread: Mask
    even: Mask

    @property
    def all(self) -> Mask:
        return self.often & self.spread & self.even


def regular(histories: Histories, parameters: Parameters) -> Regular:
    """Three occasions or more, spread over at least W, no gap longer than three quarters of that span."""
    thresholds, span = parameters.thresholds, histories.t_x
    return Regular(
        often=histories.x + 1 >= thresholds.regular_occasions,
        spread=span >= parameters.window_days,
        even=histories.longest_gap <= thresholds.regular_longest_gap * span,
    )


def client(regulars: Mask, score: Floats, parameters: Parameters) -> Mask:
    """A regular whose client score is known and high enough."""
    return np.asarray(regulars & (np.nan_to_num(score, nan=-1.0) >= parameters.thresholds.client_score))


def value_top(value: Floats, regulars: Mask, share: float) -> float | None:
    """The least value within the top `share` among regulars and above; None where they are too few for a top."""
    among = value[regulars]
    count = round(len(among) * share)
    return None if count == 0 else float(np.partition(among, len(among) - count)[len(among) - count])


def rungs(histories: Histories, regulars: Mask, clients: Mask, best: Mask) -> Codes:
    """(n,) codes into `figures.RUNGS`. `best`: extraordinary if they are clients."""
    rung = np.where(histories.x > 0, REPEAT, BUYER).astype(np.int8)
    rung[regulars] = REGULAR
    rung[clients] = CLIENT
    rung[clients & best] = EXTRAORDINARY
    return rung


def fading(histories: Histories, parameters: Parameters) -> Mask:
    """The rate of the last third of the relation is under half of that before, and hardly so by chance.

    At a steady rate each of the repeat occasions falls into the last third with probability 1/3, so their number there
    is binomial. Needs the plain occasions: a project customer's bursts are no rhythm.
    """
    thresholds = parameters.thresholds
    recent = histories.last_third.astype(np.float64)
    repeats = histories.occasions - 1.0
    before = repeats - recent
    found = recent < thresholds.fading_ratio * before / 2.0
    if parameters.episode_gap_days is not None:
        found &= histories.x >= thresholds.regular_occasions
    at = np.flatnonzero(found)
    found[at] = bdtr(recent[at], repeats[at].astype(np.int64), 1.0 / 3.0) < thresholds.fading_evidence
    return found
