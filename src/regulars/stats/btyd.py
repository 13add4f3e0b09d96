"""Buy till you die: what every model of repeat buying can be asked, whatever its mathematics.

A model sees each customer as (x, t_x, T): repeat occasions, days from the first occasion to the last, days from the
first occasion to the end of observation. Any one unit of time will do; the weak priors assume days.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Self

import numpy as np
from numpy.typing import ArrayLike

from regulars.base.errors import BadInput, NotEnoughData
from regulars.stats.arrays import (
    Cells,
    Floats,
    Ints,
    States,
    chunks,
    distinct_rows,
    floats,
    group,
    histories,
    sampled,
    weights,
)
from regulars.stats.estimator import Estimator
from regulars.stats.occasions import Occasions
from regulars.stats.optimum import Optimum
from regulars.stats.quadrature import discount_nodes

LONGEST_DAYS = 36_525.0
"""No span is reported as longer than a hundred years."""
TEN_YEARS = 3_653.0
DROP_OUT_FLOOR = 0.005
"""With the prior, the mean chance to leave after an occasion stays above this for the models that drive standing."""


class BuyTillYouDie(Estimator):
    """Base of the models of repeat buying.

    In all methods x, t_x, T (and horizons) are numbers or columns of one length n; answers have shape (n,) and are
    finite and never negative for any finite history with 0 <= t_x <= T (t_x = 0 where x = 0); else BadInput is raised.
    Asking before `fit` raises BadInput.
    """

    stages = (3_000, 50_000)
    """A fit over many distinct histories climbs first on samples of these sizes, each from where the last one ended."""

    # -- fitting ------------------------------------------------------------------------------------------------

    def fit(
        self,
        x: ArrayLike,
        t_x: ArrayLike,
        T: ArrayLike,
        weight: ArrayLike | None = None,
        *,
        litt: ArrayLike | None = None,
        near: Self | None = None,
    ) -> Self:
        """Estimate the parameters from n histories.

        weight : (n,) customers that each row stands for; a row of weight 2 is the same as two rows.
        litt : (n,) sum over the customer's gaps of log(gap); only the model with regularity uses it.
        near : a fitted model of the same kind whose data were much alike; the optimum is sought from there.
        Raises NotEnoughData when no row has x > 0, BadInput for anything that isn't a history.
        """
        xs, last, end = histories(x, t_x, T)
        xs, last, end = np.atleast_1d(xs), np.atleast_1d(last), np.atleast_1d(end)
        each = weights(weight, xs.shape)
        cells = group(np.asarray(xs), last, end, each)
        if not (cells.x > 0).any():
            raise NotEnoughData(
                "No customer has come back yet (x = 0 everywhere): repeat buying can't be learnt from this."
            )
        if litt is not None:
            column = np.broadcast_to(floats("litt", litt, least=-np.inf), xs.shape)
            cells = replace(cells, litt=float(column.sum() if each is None else column @ each))
        start = None if near is None else np.log(near._values())
        self._keep(self._fit_cells(cells, start), cells.customers)
        return self

    def _fit_cells(self, cells: Cells, near: Floats | None) -> Optimum:
        """The optimum over grouped histories; `near` it is a point on the log scale, if one is known."""
        if near is not None:
            found = self._fit_on(cells, [near])
            if found.converged:
                return found
        return self._staged(cells)

    def _staged(self, cells: Cells) -> Optimum:
        """The optimum over all cells, from a start found on samples when they are many."""
        starts: Sequence[Floats] = self._starts(cells.rate)
        for size in self.stages:
            if cells.x.size > 2 * size:
                starts = [self._fit_on(sampled(cells, size), starts).point]
        return self._fit_on(cells, starts)

    @abstractmethod
    def _starts(self, rate: float) -> Sequence[Floats]:
        """Points on the log scale to climb from, given the occasions by unit of time."""

    @abstractmethod
    def _fit_on(self, cells: Cells, starts: Sequence[Floats]) -> Optimum:
        """The best optimum over the starts."""

    # -- now ----------------------------------------------------------------------------------------------------

    def p_alive(self, x: ArrayLike, t_x: ArrayLike, T: ArrayLike) -> Floats:
        """Probability that the customer hasn't left by T, given the history."""
        rows = _Rows(x, t_x, T)
        self._values()
        return rows.shaped(self._alive_now(rows))

    def _alive_now(self, rows: _Rows) -> Floats:
        return np.clip(self._p_alive(rows.states), 0.0, 1.0)

    def late_span(self, q: float, x: ArrayLike, t_x: ArrayLike) -> Floats:
        """Days after the last occasion by which a share q of customers with this history would be back.

        Given that they still come: the distribution of the next gap as known at the last occasion, t_x.
        """
        _chance("q", q)
        rows = _Rows(x, t_x, t_x)
        self._values()
        return rows.shaped(np.minimum(self._late(q, rows.states), LONGEST_DAYS))

    # -- ahead --------------------------------------------------------------------------------------------------

    def expected(
        self, horizon: ArrayLike, x: ArrayLike, t_x: ArrayLike, T: ArrayLike, *, if_alive: bool = False
    ) -> Floats:
        """Expected occasions within `horizon` days after T; with `if_alive` for one who is there at T."""
        rows = _Rows(x, t_x, T, horizon)
        self._values()
        out = np.maximum(self._expected_alive(rows.h, rows.states), 0.0)
        if not if_alive:
            out *= self._alive_now(rows)
        return rows.shaped(out)

    def expected_new(self, t: ArrayLike) -> Floats:
        """Expected repeat occasions of a new customer within t days of the first one."""
        return self.expected(t, 0, 0, 0)

    def p_return(
        self, horizon: ArrayLike, x: ArrayLike, t_x: ArrayLike, T: ArrayLike, *, if_alive: bool = False
    ) -> Floats:
        """Probability of at least one occasion within `horizon` days after T."""
        rows = _Rows(x, t_x, T, horizon)
        self._values()
        out = self._return_alive(rows.h, rows.states)
        if not if_alive:
            out *= self._alive_now(rows)
        return rows.shaped(np.clip(out, 0.0, 1.0))

    def distribution(
        self,
        horizon: ArrayLike,
        x: ArrayLike,
        t_x: ArrayLike,
        T: ArrayLike,
        *,
        most: int = 60,
        if_alive: bool = False,
    ) -> Floats:
        """Probabilities (n, most + 1) of 0, 1, ..., `most` or more occasions within `horizon` days after T."""
        if most < 1:
            raise BadInput("`most` must be at least 1.")
        rows = _Rows(x, t_x, T, horizon)
        self._values()
        pmf = np.clip(self._pmf_alive(rows.h, rows.states, most), 0.0, 1.0)
        if not if_alive:
            alive = np.atleast_1d(self._alive_now(rows))
            pmf *= alive[:, None]
            pmf[:, 0] += 1.0 - alive
        return pmf.reshape(*rows.shape, most + 1)

    def next_occasion_quantile(
        self,
        q: ArrayLike,
        x: ArrayLike,
        t_x: ArrayLike,
        T: ArrayLike,
        *,
        if_alive: bool = False,
        longest: float = TEN_YEARS,
    ) -> Floats:
        """Days after T by which the next occasion has come with probability q.

        inf where that takes more than `longest` days, or never happens because the customer has probably left.
        """
        rows = _Rows(x, t_x, T, q)
        if rows.h.size and not 0 < rows.h.min() <= rows.h.max() < 1:
            raise BadInput("`q` must lie between 0 and 1.")
        self._values()
        target = rows.h if if_alive else rows.h / np.maximum(self._alive_now(rows), 1e-300)
        out = np.full(rows.n, np.inf)
        possible = np.flatnonzero(target < 1.0)
        out[possible] = self._next_quantile_alive(target[possible], rows.states[possible], longest)
        out[~(out <= longest)] = np.inf
        return rows.shaped(out)

    def discounted_residual(
        self, rate_per_day: float, x: ArrayLike, t_x: ArrayLike, T: ArrayLike, *, if_alive: bool = False
    ) -> Floats:
        """Expected occasions over all time after T, each discounted at a continuous rate per unit of time (DERT)."""
        if not (np.isfinite(rate_per_day) and rate_per_day > 0):
            raise BadInput("The discount rate must be a positive number; 10% a year is log(1.1) / 365 a day.")
        rows = _Rows(x, t_x, T)
        self._values()
        out = self._residual_alive(rate_per_day, rows.states)
        if not if_alive:
            out = out * self._alive_now(rows)
        return rows.shaped(out)

    # -- by chance ----------------------------------------------------------------------------------------------

    def simulate(self, T: ArrayLike, rng: np.random.Generator, n: int | None = None) -> Occasions:
        """Occasions of new customers, each observed for T days after the first; n customers when T is one number."""
        end = floats("T", T)
        end = np.broadcast_to(end, (n,)) if n is not None else np.atleast_1d(end)
        self._values()
        return self._simulate(end, rng)

    def simulate_ahead(
        self, horizon: ArrayLike, x: ArrayLike, t_x: ArrayLike, T: ArrayLike, rng: np.random.Generator, draws: int = 1
    ) -> Ints:
        """Drawn numbers of occasions within `horizon` days after T, (draws, n), given each history.

        Customers are independent given the parameters, so a row of the result sums to one draw of the firm's total.
        """
        rows = _Rows(x, t_x, T, horizon)
        alive = np.atleast_1d(self._alive_now(rows))
        out = np.zeros((draws, rows.n), np.int64)
        for draw in out:
            stay = np.flatnonzero(rng.random(rows.n) < alive)
            draw[stay] = self._draw_ahead(rows.h[stay], rows.states[stay], rng)
        return out.reshape(draws, *rows.shape)

    # -- what each model knows ----------------------------------------------------------------------------------

    @abstractmethod
    def _p_alive(self, at: States) -> Floats: ...

    @abstractmethod
    def _late(self, q: float, at: States) -> Floats: ...

    @abstractmethod
    def _expected_alive(self, h: Floats, at: States) -> Floats: ...

    @abstractmethod
    def _return_alive(self, h: Floats, at: States) -> Floats: ...

    @abstractmethod
    def _pmf_alive(self, h: Floats, at: States, most: int) -> Floats: ...

    @abstractmethod
    def _next_quantile_alive(self, target: Floats, at: States, longest: float) -> Floats:
        """The quantile; what lies beyond `longest` may be anything beyond it."""

    @abstractmethod
    def _simulate(self, T: Floats, rng: np.random.Generator) -> Occasions: ...

    @abstractmethod
    def _draw_ahead(self, h: Floats, at: States, rng: np.random.Generator) -> Ints: ...

    def _residual_alive(self, rate: float, at: States) -> Floats:
        """Discounted residual of customers who haven't left; for most models t_x then says nothing more."""
        (x, end), place = distinct_rows(at.x, at.T)
        kinds = States(x, np.where(x > 0, end, 0.0), end)
        return discounted(self._expected_alive, rate, kinds)[place]


def discounted(expected: Callable[[Floats, States], Floats], rate: float, at: States) -> Floats:
    """Integral of rate e^(-rate h) expected(h) over h > 0: what is expected, each occasion discounted at `rate`."""
    z, share = discount_nodes()
    out = np.empty(at.size)
    for part in chunks(at.size, 1 << 14):
        some = at[part]
        ahead = expected(np.tile(z / rate, some.size), some.repeated(z.size))
        out[part] = ahead.reshape(some.size, z.size) @ share
    return out


class _Rows:
    """Arguments broadcast to one flat length, and the way back to the shape they came in."""

    def __init__(self, x: ArrayLike, t_x: ArrayLike, T: ArrayLike, horizon: ArrayLike = 0.0) -> None:
        xs, last, end = histories(x, t_x, T)
        h = floats("horizon", horizon)
        try:
            xs, last, end, h = np.broadcast_arrays(xs, last, end, h)
        except ValueError:
            raise BadInput(f"There are {h.size} horizons for {xs.size} customers.") from None
        self.shape = xs.shape
        self.states, self.h = States(xs.ravel(), last.ravel(), end.ravel()), h.ravel()
        self.n = self.h.size

    def shaped(self, values: Floats) -> Floats:
        """The answer in the shape of the question; one number when all arguments were numbers."""
        answer: Floats = values.reshape(self.shape)[()]
        return answer


def _chance(name: str, value: float) -> None:
    if not 0.0 < value < 1.0:
        raise BadInput(f"`{name}` must lie between 0 and 1.")
