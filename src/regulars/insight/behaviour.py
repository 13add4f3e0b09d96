"""The behaviour model of a firm: fitted where there is anything to learn, pooled with a shop's usual ways where not."""

from __future__ import annotations

import numpy as np

from regulars import stats
from regulars.base.errors import BadInput
from regulars.insight.histories import Histories
from regulars.insight.parameters import Choice, Parameters
from regulars.stats.btyd import BuyTillYouDie

_ONE = {"MBG/NBD": stats.ModifiedBetaGeoNBD, "Pareto/NBD": stats.ParetoNBD}

USUAL_GAP_DAYS = 60
"""Gap of the customer who is imagined where nobody has come back yet ..."""
USUAL_WEIGHT = 0.5
"""... and how much of a customer that is."""
CYCLE_REGULARITY = 4
"""Regularity of replacement buying: a gap is the sum of so many exponential waits."""
CYCLE_ALIKE = 8.0
"""Shape of the spread of cycles over customers: a coefficient of variation of 0.35."""
CYCLE_LEAVES = (1.0, 1.5)
"""Beta distribution of leaving after a purchase of a durable: two in five, hardly known."""
CYCLE_SPREAD = 0.3
"""Log-scale standard deviation of what was said about the cycle, and of the other assumed parameters."""


def new_model(choice: Choice) -> BuyTillYouDie:
    """The unfitted model that `choice` lets drive standing, with the weak priors."""
    if choice.model == "MBG/CNBD-k":
        model: BuyTillYouDie = stats.ModifiedBetaGeoCNBD(k=choice.k, prior=True)
        return model
    if choice.model not in _ONE:
        raise BadInput(f"{choice.model} can't drive standing: a customer must be able to leave after every occasion.")
    chosen: BuyTillYouDie = _ONE[choice.model](prior=True)
    return chosen


def fit(histories: Histories, choice: Choice) -> BuyTillYouDie:
    """The chosen model fitted on all histories; where nobody has come back yet, as if half a customer had."""
    model = new_model(choice)
    x, t_x, T, litt = histories.x, histories.t_x, histories.T, histories.litt
    if (x > 0).any():
        return model.fit(x, t_x, T, litt=litt)
    weight = np.append(np.ones(len(x)), USUAL_WEIGHT)
    imagined = USUAL_GAP_DAYS
    return model.fit(
        np.append(x, 1),
        np.append(t_x, imagined),
        np.append(T, 2 * imagined),
        weight,
        litt=np.append(litt, np.log(imagined)),
    )


def given_cycle(cycle_days: int) -> BuyTillYouDie:
    """Replacement buying every `cycle_days` or so, before the data can show it; its draws are as wide as a guess is."""
    k = CYCLE_REGULARITY
    alpha = cycle_days * (CYCLE_ALIKE - 1.0) / k
    a, b = CYCLE_LEAVES
    model: BuyTillYouDie = stats.ModifiedBetaGeoCNBD.with_params(r=CYCLE_ALIKE, alpha=alpha, a=a, b=b, k=k)
    model.covariance_ = np.eye(len(model.covariance_)) * CYCLE_SPREAD**2
    return model


def restored(parameters: Parameters) -> BuyTillYouDie:
    """The model as it was frozen in a run."""
    model = BuyTillYouDie.from_dict(parameters.model)
    if not isinstance(model, BuyTillYouDie):
        raise BadInput("The run's model is not one of repeat buying: make the run again.")
    return model


def drawn(parameters: Parameters, n: int | None = None) -> list[BuyTillYouDie]:
    """Models with parameters drawn from what is known about them; the same for the same run."""
    thresholds = parameters.thresholds
    rng = np.random.default_rng(thresholds.seed)
    return list(restored(parameters).draws(thresholds.draws if n is None else n, rng))
