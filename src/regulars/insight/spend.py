"""What a customer spends on an occasion: own mean drawn towards the firm's, as far as own occasions are few."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from regulars import stats
from regulars.base.errors import NotEnoughData
from regulars.insight.ahead import Spend
from regulars.insight.histories import Histories
from regulars.insight.occasions import in_sample

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

CUSTOMERS_MOST = 100_000
"""Three parameters are known to a fraction of a percent from so many; more would only take time."""
LEAST_SHAPE = 2.2
"""The posterior of an own mean needs a shape above 2 to have a variance; fewer observations are rounded up to it."""


@dataclass(frozen=True)
class SpendModel:
    """A fitted Gamma-Gamma model (Fader, Hardie 2013), or None where no occasion has a positive amount."""

    state: dict[str, Any] | None

    @classmethod
    def fit(cls, histories: Histories) -> SpendModel:
        """From each customer's number of paid occasions and their mean."""
        paid = histories.spends > 0
        if not paid.any():
            return cls(None)
        share = CUSTOMERS_MOST / int(paid.sum())
        if share < 1:
            paid &= in_sample(histories.customer_id, share)
        # Equal customers once: in a firm with one price there are few different ones.
        n, spent, weight = _counted(histories.spends[paid].astype(np.int64), histories.spent[paid])
        try:
            model = stats.GammaGamma(prior=True).fit(n, spent / n, weight)
        except NotEnoughData:
            return cls(None)
        return cls(model.to_dict())

    def of(self, histories: Histories) -> Spend:
        """Posterior of each customer's mean amount per occasion, in minor units."""
        n = histories.spends.astype(np.float64)
        if self.state is None:
            return Spend(np.zeros(len(n)), np.zeros(len(n)), 1.0)
        p, q, gamma = (float(self.state["params"][name]) for name in ("p", "q", "gamma"))
        shape = np.maximum(q + p * n, LEAST_SHAPE)
        scale = gamma + histories.spent
        mean = p * scale / (shape - 1.0)
        return Spend(mean, mean**2 * (shape - 1.0) / (shape - 2.0), 1.0 / p)


def _counted(n: Ints, spent: Ints) -> tuple[Ints, Ints, Ints]:
    """The distinct pairs in ascending order, and how often each occurs."""
    order = np.lexsort((spent, n))
    n, spent = n[order], spent[order]
    starts = np.flatnonzero(np.r_[True, (np.diff(n) != 0) | (np.diff(spent) != 0)])
    return n[starts], spent[starts], np.diff(np.append(starts, n.size))
