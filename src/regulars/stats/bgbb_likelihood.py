"""Likelihood of BG/BB with its gradient: a sum over the opportunities before which a silent customer may have left."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from regulars.stats.arrays import Cells, Floats, States, chunks
from regulars.stats.special import betaln, psi


@dataclass(frozen=True)
class Paths:
    """For some rows, each way the silence since t_x can have come about: (rows, ways), `log` is -inf where impossible.

    Way i: i opportunities after t_x were met and not taken, then the customer left; or was there to the end.
    """

    rows: slice
    met: Floats
    to_end: NDArray[np.bool_]
    log: Floats

    @property
    def log_total(self) -> Floats:
        """log-likelihood of each row."""
        return np.asarray(np.logaddexp.reduce(self.log, axis=1))


def paths(at: States, parameters: Floats) -> Iterator[Paths]:
    """All rows, chunk by chunk."""
    alpha, beta, gamma, delta = parameters
    wide = int((at.T - at.t_x).max(initial=0.0)) + 1
    for rows in chunks(at.size, max(1, 500_000 // wide)):
        here = at[rows]
        i = np.arange(wide)
        met = here.t_x[:, None] + i
        ways = (here.T - here.t_x)[:, None]
        to_end = i == ways
        x = here.x[:, None]
        log = betaln(alpha + x, beta + met - x) - betaln(alpha, beta) - betaln(gamma, delta)
        log = log + np.where(to_end, betaln(gamma, delta + met), betaln(gamma + 1, delta + met))
        yield Paths(rows, met, to_end, np.where(i <= ways, log, -np.inf))


def likelihood(cells: Cells, logs: Floats) -> tuple[float, Floats]:
    """Log-likelihood of (alpha, beta, gamma, delta) and its gradient by their logarithms."""
    parameters = np.exp(logs)
    alpha, beta, gamma, delta = parameters
    value, gradient = 0.0, np.zeros(4)
    total = cells.customers
    for ways in paths(cells, parameters):
        w, x = cells.weight[ways.rows], cells.x[ways.rows][:, None]
        log_total = ways.log_total
        value += float(w @ log_total)
        share = np.exp(ways.log - log_total[:, None]) * w[:, None]
        both = psi(alpha + beta + ways.met)
        left = gamma + delta + ways.met + ~ways.to_end
        gradient += (
            float((share * (psi(alpha + x) - both)).sum()),
            float((share * (psi(beta + ways.met - x) - both)).sum()),
            float((share * (psi(gamma + ~ways.to_end) - psi(left))).sum()),
            float((share * (psi(delta + ways.met) - psi(left))).sum()),
        )
    gradient[:2] -= total * (psi(parameters[:2]) - psi(alpha + beta))
    gradient[2:] -= total * (psi(parameters[2:]) - psi(gamma + delta))
    return value, parameters * gradient
