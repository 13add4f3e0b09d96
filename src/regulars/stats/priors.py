"""Weak proper priors as terms added to a log-likelihood, on the log scale of the parameters.

Maximum likelihood runs off to infinity on real data (nobody ever drops out, everybody is alike), so each model adds
terms that weigh as much as a handful of customers. They only decide where the data are silent.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from regulars.stats.arrays import Floats
from regulars.stats.optimum import Surface


class Term(Protocol):
    """One term of a log prior."""

    def __call__(self, logs: Floats) -> Surface: ...


def together(terms: Sequence[Term], logs: Floats) -> Surface:
    """The sum of all terms at `logs`."""
    total = Surface(0.0, np.zeros(logs.size), np.zeros((logs.size, logs.size)))
    for term in terms:
        total = total + term(logs)
    return total


@dataclass(frozen=True)
class Normal:
    """A normal distribution on a combination of log parameters, such as log(r / alpha)."""

    contrast: tuple[float, ...]
    mean: float
    spread: float

    def __call__(self, logs: Floats) -> Surface:
        direction = np.array(self.contrast)
        away = (float(direction @ logs) - self.mean) / self.spread
        return Surface(
            -0.5 * away**2, -away / self.spread * direction, -np.outer(direction, direction) / self.spread**2
        )


@dataclass(frozen=True)
class ShareAbove:
    """A share with odds exp(contrast . logs) lies above `floor`, as if `left` customers had left and `stayed` stayed.

    The density is nought at the floor and below it, so that the share stays above whatever the data say.
    """

    contrast: tuple[float, ...]
    floor: float
    left: float = 1.0
    stayed: float = 2.0

    def __call__(self, logs: Floats) -> Surface:
        direction = np.array(self.contrast)
        share = 1.0 / (1.0 + np.exp(-float(direction @ logs)))
        above = share - self.floor
        if above <= 0.0 or share >= 1.0:
            size = logs.size
            return Surface(-np.inf, np.zeros(size), np.zeros((size, size)))
        slope = share * (1 - share)
        value = self.left * np.log(above) + self.stayed * np.log1p(-share)
        first = self.left * slope / above - self.stayed * share
        second = self.left * slope * ((1 - 2 * share) * above - slope) / above**2 - self.stayed * slope
        return Surface(float(value), first * direction, second * np.outer(direction, direction))


@dataclass(frozen=True)
class SumAbove:
    """The sum of two parameters is log-normal, and stays above `floor`."""

    first: int
    second: int
    mean: float
    spread: float
    floor: float = 0.0

    def __call__(self, logs: Floats) -> Surface:
        parts = np.zeros(logs.size)
        chosen = [self.first, self.second]
        parts[chosen] = np.exp(logs[chosen])
        total = float(parts.sum())
        size = logs.size
        if total <= self.floor:
            return Surface(-np.inf, np.zeros(size), np.zeros((size, size)))
        shares = parts / total
        curve = np.diag(shares) - np.outer(shares, shares)
        away = (np.log(total) - self.mean) / self.spread
        room = 1.0 - self.floor / total
        odds = (1.0 - room) / room
        value = -0.5 * away**2 + 0.5 * np.log(room)
        by_log = -away / self.spread + 0.5 * odds
        twice = -1.0 / self.spread**2 - 0.5 * odds * (1.0 + odds)
        return Surface(float(value), by_log * shares, twice * np.outer(shares, shares) + by_log * curve)
