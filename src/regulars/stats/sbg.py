"""Shifted beta-geometric: how long contracts last that are renewed or not at the end of each period."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

from regulars.base.errors import BadInput, NotEnoughData
from regulars.stats.arrays import Floats, Ints, counts, distinct, floats, weights
from regulars.stats.estimator import Estimator, log_starts
from regulars.stats.optimum import by_differences
from regulars.stats.priors import ShareAbove, SumAbove, Term
from regulars.stats.special import betaln, psi

_LONGEST_SUM = 100_000


class ShiftedBetaGeometric(Estimator):
    """Shifted beta-geometric model of contract lifetimes (Fader, Hardie 2007, J. of Interactive Marketing 21:76).

    At each renewal a customer leaves with an own probability ~ Beta(alpha, beta). `age` counts renewals behind:
    a contract of age 0 is in its first period.
    """

    names: ClassVar[tuple[str, ...]] = ("alpha", "beta")
    bounds: ClassVar[tuple[tuple[float, float], ...]] = ((1e-4, 1e5), (1e-4, 1e5))

    def fit(self, age: ArrayLike, ended: ArrayLike, weight: ArrayLike | None = None) -> Self:
        """Estimate from n contracts: renewals made so far (`age`), and whether it ended at the next (`ended`, bool).

        A contract that was renewed twice and left at the third renewal has age 2 and ended True; one that is running
        after two renewals has age 2 and ended False. Raises NotEnoughData when no renewal has come up yet.
        """
        ages = np.atleast_1d(counts("age", age))
        over = np.broadcast_to(np.asarray(ended, dtype=bool), ages.shape)
        each = weights(weight, ages.shape)
        each = np.ones(ages.shape) if each is None else np.asarray(each)
        some = each > 0
        ages, over, each = ages[some], over[some], each[some]
        if not (ages.max(initial=0) > 0 or over.any()):
            raise NotEnoughData(
                "No contract has come up for renewal yet: how long they last can't be learnt from this."
            )
        found, codes = distinct(ages)
        left = np.asarray(np.bincount(codes, weights=each * over, minlength=found.size), np.float64)
        runs = np.asarray(np.bincount(codes, weights=each * ~over, minlength=found.size), np.float64)
        surface = by_differences(lambda logs: _likelihood(found, left, runs, logs))
        self._keep(self._climb(surface, log_starts((1.0, 1.0), (1.0, 5.0))), float(each.sum()))
        return self

    def fit_survivors(self, survivors: ArrayLike) -> Self:
        """Estimate from one cohort's survivors: customers at the start and after each renewal, never rising."""
        alive = np.atleast_1d(floats("survivors", survivors))
        if alive.size < 2 or (np.diff(alive) > 0).any():
            raise BadInput("Survivors must be two or more numbers, the first being all customers, that never rise.")
        lost = -np.diff(alive)
        age = np.append(np.arange(lost.size), lost.size)
        return self.fit(age, age < lost.size, np.append(lost, alive[-1]))

    def _prior_terms(self) -> Sequence[Term]:
        return ShareAbove((1.0, -1.0), 0.0, 1.0, 2.0), SumAbove(0, 1, float(np.log(3.0)), 1.2)

    # -- asking -------------------------------------------------------------------------------------------------

    def survival(self, t: ArrayLike) -> Floats:
        """Share of a new cohort that makes its first t renewals."""
        alpha, beta = self._values()
        return np.asarray(np.exp(betaln(alpha, beta + floats("t", t)) - betaln(alpha, beta)))[()]

    def retention(self, age: ArrayLike) -> Floats:
        """Probability of the next renewal, given `age` renewals behind: it rises with age as the likely leavers go."""
        alpha, beta = self._values()
        past = floats("age", age)
        return np.asarray((beta + past) / (alpha + beta + past))[()]

    def p_running(self, horizon: ArrayLike, age: ArrayLike) -> Floats:
        """Probability that a contract running at `age` makes the next `horizon` renewals."""
        alpha, beta = self._values()
        past, ahead = floats("age", age), floats("horizon", horizon)
        return np.asarray(np.exp(betaln(alpha, beta + past + ahead) - betaln(alpha, beta + past)))[()]

    def expected(self, horizon: ArrayLike, age: ArrayLike) -> Floats:
        """Expected renewals among the next `horizon` of a contract running at `age`."""
        past, ahead = np.broadcast_arrays(floats("age", age), counts("horizon", horizon))
        total, stay = np.zeros(past.shape), np.ones(past.shape)
        for step in range(int(ahead.max(initial=0))):
            stay = stay * self.retention(past + step)
            total = total + np.where(step < ahead, stay, 0.0)
        return np.asarray(total)[()]

    def distribution(self, horizon: int, age: ArrayLike) -> Floats:
        """Probabilities (n, horizon + 1) of exactly 0, ..., horizon further renewals within the next `horizon`."""
        alpha, beta = self._values()
        past = np.atleast_1d(floats("age", age))[:, None]
        makes = np.exp(betaln(alpha, beta + past + np.arange(horizon + 1)) - betaln(alpha, beta + past))
        return np.asarray(-np.diff(makes, axis=1, append=0.0))

    def discounted_residual(self, rate_per_period: float, age: ArrayLike) -> Floats:
        """Expected further renewals, the m-th from now counting (1 + rate)^-m (Fader, Hardie 2010)."""
        if not (np.isfinite(rate_per_period) and rate_per_period > 0):
            raise BadInput("The discount rate must be a positive number.")
        past = floats("age", age)
        total, stay = np.zeros(past.shape), np.ones(past.shape)
        for step in range(_LONGEST_SUM):
            worth = (1.0 + rate_per_period) ** -(step + 1.0)
            stay = stay * self.retention(past + step)
            total = total + stay * worth
            if worth < 1e-14 * rate_per_period:
                break
        return np.asarray(total)[()]

    def simulate(self, n: int, rng: np.random.Generator, most: int = 1_000) -> tuple[Ints, NDArray[np.bool_]]:
        """(age, ended) of n new contracts watched over `most` renewals."""
        alpha, beta = self._values()
        made = rng.geometric(np.maximum(rng.beta(alpha, beta, n), 1e-15)) - 1
        return np.minimum(made, most), made < most


def _likelihood(age: Ints, left: Floats, runs: Floats, logs: Floats) -> tuple[float, Floats]:
    """Log-likelihood of (alpha, beta) and its gradient by their logarithms; counts by age."""
    parameters = np.exp(logs)
    alpha, beta = parameters
    value = left @ betaln(alpha + 1, beta + age) + runs @ betaln(alpha, beta + age)
    total = float(left.sum() + runs.sum())
    value -= total * betaln(alpha, beta)
    over, on = psi(alpha + 1 + beta + age), psi(alpha + beta + age)
    gradient = np.array(
        [
            left @ (psi(alpha + 1) - over) + runs @ (psi(alpha) - on) - total * (psi(alpha) - psi(alpha + beta)),
            left @ (psi(beta + age) - over) + runs @ (psi(beta + age) - on) - total * (psi(beta) - psi(alpha + beta)),
        ]
    )
    return float(value), parameters * gradient
