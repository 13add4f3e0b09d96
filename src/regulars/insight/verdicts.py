"""What would have been said on a day of the past: parameters as they would have been frozen, standing by their rule."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import msgspec
import numpy as np
from numpy.typing import NDArray

from regulars.insight.candidates import Alike, Fitted
from regulars.insight.estimate import parameters_of
from regulars.insight.panel import Past
from regulars.insight.parameters import Choice, Parameters, Thresholds
from regulars.insight.rule import Rule
from regulars.insight.seasons import seasons
from regulars.insight.standing import NAMES, Standing, standing

DRAWS = 12
"""Parameter draws on a day of the past: only the spread of one sum is read from them."""


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
        fewer = msgspec.structs.replace(thresholds, draws=min(thresholds.draws, DRAWS))
        parameters = parameters_of(past.histories, fewer, family, cycle=cycle)
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

    def fitted(self, name: str) -> Fitted:
        """The day's model over the groups of its customers."""
        return Fitted(name, self.rule.model, Alike.of(self.past))
