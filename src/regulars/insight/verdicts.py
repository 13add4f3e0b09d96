"""What would have been said on a day of the past: parameters as they would have been frozen, standing by their rule."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import msgspec
import numpy as np
from numpy.typing import NDArray

from regulars.insight.candidates import Fitted
from regulars.insight.chances import Correction, Parts, Seen, learn
from regulars.insight.estimate import parameters_of
from regulars.insight.panel import Panel, Past
from regulars.insight.parameters import Choice, Parameters, Thresholds
from regulars.insight.ranges import representatives
from regulars.insight.rounds import QUARTER, Round
from regulars.insight.rule import Rule
from regulars.insight.seasons import seasons
from regulars.insight.standing import NAMES, Standing, standing

DRAWS = 12
STAND_FOR_ALL = 60
"""Histories on which parameter draws are evaluated; the ratio to the point estimate carries over."""


@dataclass(frozen=True)
class Then:
    """One day of the past: what was known, the parameters learnt from it, and the rule they make."""

    past: Past
    parameters: Parameters
    rule: Rule

    @classmethod
    def on(cls, past: Past, thresholds: Thresholds, choice: Choice, cycle: int | None = None) -> Then:
        """Everything estimated anew from `past` alone; of `choice` only the model, its regularity and its correction of
        chances are used."""
        family = Choice(model=choice.model, k=choice.k, correction=choice.correction)
        undrawn = msgspec.structs.replace(thresholds, draws=1)
        parameters = parameters_of(past.histories, undrawn, family, cycle=cycle)
        return cls(past, parameters, Rule.of(parameters))

    @cached_property
    def judged(self) -> Standing:
        """Standing of every customer of that day."""
        return self.of(self.past)

    def of(self, past: Past) -> Standing:
        """Standing of the customers of a later day by this day's rule."""
        known = past.histories
        return standing(known, self.parameters, self.rule, seasons(known, self.parameters.thresholds))

    @cached_property
    def names(self) -> NDArray[np.str_]:
        """(m,) the standing's name of every customer of that day."""
        return np.array(NAMES)[self.judged.code]

    def came_true(self, panel: Panel, as_of: int) -> tuple[NDArray[np.intp], NDArray[np.bool_]]:
        """Positions of those whose chance ran out by day `as_of`, and whether they came in time."""
        until = self.past.as_of + self.judged.horizon.astype(np.int64)
        over = np.flatnonzero(until <= as_of)
        return over, panel.returned(self.past.who[over], self.past.as_of, until[over])

    def seen(self, panel: Panel, as_of: int) -> Seen:
        """The model's chances that ran out by day `as_of`, without any correction, and what came of them."""
        over, came = self.came_true(panel, as_of)
        return Seen(Parts(self._parts.alive[over], self._parts.in_time[over]), came)

    @cached_property
    def _parts(self) -> Parts:
        known = self.past.histories
        return self.rule.parts(self.judged.horizon, known.x, known.t_x, known.t_x + known.silence)

    @cached_property
    def spread(self) -> float:
        """Log-scale spread of the next quarter's sum over parameter draws shared by all customers."""
        alike = self.past.alike
        chosen, weight = representatives(alike.weight, STAND_FOR_ALL)
        history = (alike.x[chosen], alike.t_x[chosen], alike.T[chosen])
        models = self.rule.model.draws(DRAWS, np.random.default_rng(self.parameters.thresholds.seed))
        sums = np.array([float(weight @ one.expected(QUARTER * self.past.idle, *history)) for one in models])
        sums = sums[sums > 0]
        return float(np.std(np.log(sums), ddof=1)) if sums.size > 1 else 0.0

    def fitted(self, name: str) -> Fitted:
        """The day's model over the groups of its customers."""
        return Fitted(name, self.rule.model, self.past.alike)


def in_turn(
    panel: Panel, rounds: Sequence[Round], thresholds: Thresholds, choice: Choice, cycle: int | None, *, corrected: bool
) -> list[Then]:
    """What would have been said in each round, oldest first; with `corrected`, chances as those before came true."""
    found: list[Then] = []
    for turn in rounds:
        taught = correction(found, panel, turn.as_of) if corrected else Correction()
        family = msgspec.structs.replace(choice, correction=taught)
        found.append(Then.on(turn.past, thresholds, family, cycle))
    return found


def correction(thens: Sequence[Then], panel: Panel, as_of: int) -> Correction:
    """What the chances given on earlier days (oldest first) teach by day `as_of`; a given rhythm teaches nothing."""
    seen = [one.seen(panel, as_of) for one in thens if one.parameters.cycle_days is None]
    return learn([one for one in seen if one.came.size])
