"""The behaviour models that compete in the backtest, fitted on one origin's past and asked about the time after it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from regulars import stats
from regulars.base.errors import NotEnoughData
from regulars.insight.panel import Alike
from regulars.insight.ranges import representatives
from regulars.insight.scores import Forecast

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

DEFAULT = "MBG/NBD"
DRIVERS = ("MBG/NBD", "MBG/CNBD-k", "Pareto/NBD")
"""Models in which a customer can leave after every occasion, the first too: only these may drive standing."""
MODELS = (*DRIVERS, "BG/NBD", "NBD")

_CLASSES = {
    "MBG/NBD": "ModifiedBetaGeoNBD",
    "MBG/CNBD-k": "ModifiedBetaGeoCNBD",
    "Pareto/NBD": "ParetoNBD",
    "BG/NBD": "BetaGeoNBD",
    "NBD": "NBD",
}


@dataclass(frozen=True)
class Fitted:
    """A model fitted on one past: `model` is None where the past had no repeat customer."""

    name: str
    model: Any
    alike: Alike

    def forecast(self, horizon: float, most: int) -> Forecast:
        """The distribution of counts over the next `horizon` days of the models' clock, one row a group."""
        history = (self.alike.x, self.alike.t_x, self.alike.T)
        pmf = np.asarray(self.model.distribution(horizon, *history, most=most))
        return Forecast(pmf, np.asarray(self.model.expected(horizon, *history)), self.alike.group)


RACE = 3_000
"""Customers that stand for all when candidates are fitted for the comparison, evenly spread over their histories: their
estimates differ from those of all by far less than the models differ from one another."""


def fit_all(name: str, alikes: Sequence[Alike]) -> list[Fitted | None]:
    """The model `name` on pasts in order of time: each optimum is sought near the one before."""
    found: list[Fitted | None] = []
    for alike in alikes:
        found.append(fit(name, alike, near=found[-1] if found else None))
    return found


def fit(name: str, alike: Alike, most: int = RACE, near: Fitted | None = None) -> Fitted | None:
    """The model `name` on about `most` customers of one past; None where there is nothing to learn it from."""
    model = getattr(stats, _CLASSES[name])(prior=True)
    chosen, weight = representatives(alike.weight, most)
    more = {"litt": (alike.litt / alike.weight)[chosen]} if name == "MBG/CNBD-k" else {}
    try:
        start = near.model if near else None
        model.fit(alike.x[chosen], alike.t_x[chosen], alike.T[chosen], weight, near=start, **more)
    except NotEnoughData:
        return None
    return Fitted(name, model, alike)
