"""The rule of standing: from a history and the silence since to late, chance of return, slipping and lapsed."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from regulars.insight.behaviour import restored
from regulars.insight.chances import Correction, Parts
from regulars.insight.parameters import Parameters
from regulars.stats.btyd import BuyTillYouDie

Floats = npt.NDArray[np.float64]
Days = npt.NDArray[np.int32]
Whole = npt.NDArray[np.integer]
Mask = npt.NDArray[np.bool_]

LONGEST = 36_525


@dataclass(frozen=True)
class Rule:
    """One run's rule. Histories are (x, t_x) at the last occasion and `own`, the own late percentile of gaps (or NaN);
    silence is days since then. All are arrays of one length, as are the answers."""

    model: BuyTillYouDie
    window: int
    late_share: float
    slipping_chance: float
    first_late: float
    correction: Correction

    @classmethod
    def of(cls, parameters: Parameters) -> Rule:
        """The rule that a run froze. A rhythm that was given was never put to the test, so nothing corrects it."""
        thresholds = parameters.thresholds
        given = parameters.cycle_days is not None
        return cls(
            model=restored(parameters),
            window=parameters.window_days,
            late_share=thresholds.late_share,
            slipping_chance=thresholds.slipping_chance,
            first_late=parameters.first_gap_late,
            correction=Correction() if given else parameters.choice.correction,
        )

    def drawn(self, model: BuyTillYouDie) -> Rule:
        """The same rule with other parameters of the model."""
        return replace(self, model=model)

    def late_days(self, x: Days, t_x: Days, own: npt.NDArray[np.floating]) -> Days:
        """Whole days of silence after which such a customer is late."""
        span = np.full(len(x), self.first_late)
        again = np.flatnonzero(x > 0)
        span[again] = np.fmax(self.model.late_span(self.late_share, x[again], t_x[again]), own[again])
        return np.asarray(np.ceil(np.clip(span, 0, LONGEST)), dtype=np.int32)

    def horizon(self, late: Days) -> Days:
        """Days ahead over which the chance of return is meant."""
        return np.asarray(np.maximum(late, self.window), dtype=np.int32)

    def chance(self, late: Days, x: Days, t_x: Days, silence: Days) -> Floats:
        """Probability of at least one occasion within the horizon from now."""
        return self.returns(self.horizon(late), x, t_x, t_x + silence)

    def returns(self, horizon: npt.ArrayLike, x: Whole, t_x: Whole, T: Whole) -> Floats:
        """Probability of at least one occasion within `horizon` days after T, corrected by how such chances came true;
        never higher after a longer silence."""
        if not self.correction.changes:
            return np.asarray(self.model.p_return(horizon, x, t_x, T))
        return np.asarray(self.correction.apply(self.parts(horizon, x, t_x, T)), dtype=np.float64)

    def parts(self, horizon: npt.ArrayLike, x: Whole, t_x: Whole, T: Whole) -> Parts:
        """The model's own word on the two parts of that probability."""
        in_time = np.asarray(self.model.p_return(horizon, x, t_x, T, if_alive=True), dtype=np.float64)
        return Parts(np.asarray(self.model.p_alive(x, t_x, T), dtype=np.float64), in_time)

    def lapsed(self, x: Days, t_x: Days, own: npt.NDArray[np.floating], silence: Days) -> Mask:
        """Late, and hardly likely to return."""
        late = self.late_days(x, t_x, own)
        found = silence > late
        at = np.flatnonzero(found)
        found[at] = self.chance(late[at], x[at], t_x[at], silence[at]) < self.slipping_chance
        return found
