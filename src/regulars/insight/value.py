"""Value: what a customer should bring over the next year, its range, and the part that hangs on their staying."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from regulars.insight.ahead import Counts, counts_if_alive, quantile
from regulars.insight.behaviour import restored
from regulars.insight.histories import Histories
from regulars.insight.parameters import Parameters
from regulars.insight.score import per_occasion
from regulars.insight.spend import SpendModel
from regulars.stats.btyd import BuyTillYouDie

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

YEAR = 365
OWN_RATE_WEIGHT = 3.0
"""A customer's own rate of margin weighs as much as the firm's once so many usual occasions have been seen."""


@dataclass(frozen=True)
class Value:
    """(n,) arrays over the next 365 days; money in minor units."""

    p_alive: Floats
    expected: Floats
    """Occasions (or episodes)."""
    value: Ints
    low: Ints
    high: Ints
    if_staying: Ints
    realised: Ints

    @property
    def at_risk(self) -> Ints:
        return self.if_staying - self.value


def value(
    histories: Histories,
    parameters: Parameters,
    model: BuyTillYouDie | None = None,
    contract: npt.NDArray[np.int8] | None = None,
) -> Value:
    """The year ahead of every customer. `contract`: who is under one (1) still comes, whose is over (-1) has left."""
    h, model = histories, model or restored(parameters)
    horizon = YEAR * parameters.idle_share
    p_alive = np.asarray(model.p_alive(h.x, h.t_x, h.T), dtype=np.float64)
    if contract is not None:
        p_alive = np.where(contract == 0, p_alive, np.maximum(contract, 0))
    counts = counts_if_alive(model, horizon, h.x, h.t_x, h.T)
    counts, expected = _by_choice(h, parameters, p_alive, counts, horizon)
    spend = SpendModel(parameters.spend).of(h)
    rate = margin_rates(h, parameters)
    worth = spend.mean * rate
    edge = (1.0 - parameters.thresholds.interval) / 2.0
    bend = parameters.choice.bend
    ends = [
        quantile(bend.level(level), p_alive, counts, spend, spread=parameters.spread) * rate
        for level in (edge, 1.0 - edge)
    ]
    now, staying = expected * worth, counts.mean * worth
    value = _minor(now)
    low, high = _minor(np.minimum(*ends)), _minor(np.maximum(*ends))
    return Value(
        p_alive=p_alive,
        expected=expected,
        value=value,
        low=np.minimum(low, value),
        high=np.maximum(high, value),
        if_staying=np.where(worth >= 0, np.maximum(_minor(staying), value), value),
        realised=realised(h, parameters, rate),
    )


def _by_choice(
    h: Histories, parameters: Parameters, p_alive: Floats, counts: Counts, horizon: float
) -> tuple[Counts, Floats]:
    """Counts given staying, and expected counts: the model's, or scaled to the baseline's where that one won."""
    plain = parameters.choice.counts
    if plain is None:
        return counts, p_alive * counts.mean
    expected = plain.expected(horizon, h.x.astype(np.int64), h.T.astype(np.int64), recent(h, plain.horizon))
    modelled = p_alive * counts.mean
    factor = float(expected.sum() / max(modelled.sum(), 1e-12))
    own = np.divide(expected, p_alive, out=np.zeros(len(h)), where=p_alive > 1e-3)
    mean = np.clip(own, 0.1 * factor * counts.mean, 10.0 * factor * counts.mean)
    ratio = np.divide(mean, counts.mean, out=np.zeros(len(h)), where=counts.mean > 0)
    return Counts(mean, counts.variance * ratio, counts.none), expected


def recent(h: Histories, days: int) -> npt.NDArray[np.int64]:
    """Occasions (or episodes begun) in the last `days`, the first one included."""
    owner = np.repeat(np.arange(len(h)), h.occasions)
    counted = h.days > h.as_of - days
    if h.episode_gap is not None:
        counted[1:] &= (owner[1:] != owner[:-1]) | (np.diff(h.days) > h.episode_gap)
    return np.bincount(owner, weights=counted, minlength=len(h)).astype(np.int64)


def margin_rates(h: Histories, parameters: Parameters) -> Floats:
    """Each customer's margin per unit of sales: their own, drawn towards the firm's; 1 when money is sales."""
    if parameters.money == "sales":
        return np.ones(len(h))
    firm = parameters.margin_rate
    usual = float(np.median(per_occasion(h)[h.spends > 0])) if (h.spends > 0).any() else 1.0
    weight = OWN_RATE_WEIGHT * max(usual, 1.0)
    return np.clip((h.margin + weight * firm) / (np.maximum(h.margin_net, 0) + weight), -1.0, 1.0)


def realised(h: Histories, parameters: Parameters, rate: Floats) -> Ints:
    """Margin so far, refunds out; where an occasion's cost isn't known the rate stands in."""
    if parameters.money == "sales":
        return h.net
    return _minor(h.margin + (h.net - h.margin_net) * rate)


def _minor(amount: Floats) -> Ints:
    return np.rint(np.clip(amount, -9e15, 9e15)).astype(np.int64)
