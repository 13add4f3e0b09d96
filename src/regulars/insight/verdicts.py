"""What would have been said on a day of the past: parameters as they would have been frozen, standing by their rule."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import msgspec
import numpy as np
from numpy.typing import NDArray

from regulars.insight.candidates import Fitted
from regulars.insight.estimate import parameters_of
from regulars.insight.panel import Past
from regulars.insight.parameters import Choice, Parameters, Thresholds
from regulars.insight.ranges import representatives
from regulars.insight.rounds import QUARTER
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
        """Everything estimated anew from `past` alone; of `choice` only the model and its regularity are used."""
        family = Choice(model=choice.model, k=choice.k)
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
