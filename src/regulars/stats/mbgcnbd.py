"""MBG/CNBD-k: like MBG/NBD, with gaps more regular than chance."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, Self

import numpy as np

from regulars.base.errors import BadInput
from regulars.stats.arrays import Cells, Floats, sampled
from regulars.stats.betageometric import BetaGeometric
from regulars.stats.betageometric_likelihood import gap_evidence
from regulars.stats.optimum import Optimum


class ModifiedBetaGeoCNBD(BetaGeometric):
    """MBG/CNBD-k (Platzer, Reutterer 2016, Marketing Science 35:779): each gap has k exponential phases.

    k : fixed regularity, or None to choose 1..`most` by likelihood in `fit`, where `litt` (sums of log gaps) says most.

    The rate lambda ~ Gamma(r, alpha) is that of a phase, so a customer's mean gap is k / lambda (as in BTYDplus).
    k = 1 is MBG/NBD. After fit `k` holds the regularity used.
    """

    names: ClassVar[tuple[str, ...]] = ("r", "alpha", "a", "b")

    def __init__(self, *, k: int | None = None, most: int = 8, prior: bool = True) -> None:
        if k is not None and not 1 <= k <= 32:
            raise BadInput("k must lie between 1 and 32.")
        super().__init__(prior=prior)
        self.fixed_k, self.most = k, most
        self.k = k or 1

    @classmethod
    def with_params(cls, **params: float) -> Self:
        """A model with these parameters, k among them (1 when left out), without data or uncertainty."""
        model = cls(k=int(params.pop("k", 1)))
        model._accept(params)
        return model

    def _fit_cells(self, cells: Cells, near: Floats | None) -> Optimum:
        found = None if self.fixed_k is not None else self._regularity(cells)
        if found is None:
            found = super()._fit_cells(cells, near)
        self._evidence = gap_evidence(cells, self.k)
        return found

    def _regularity(self, cells: Cells) -> Optimum | None:
        """Set k to that of greatest likelihood, tried upwards until it falls; on a sample where cells are many.

        The answer is the optimum for that k, or None where the sample wasn't all there is.
        With the prior each k is half as likely as the one below, so that a handful of gaps proves no rhythm.
        """
        part = sampled(cells, self.stages[-1])
        best, best_k, found = -float("inf"), 1, None
        for k in range(1, self.most + 1):
            self.k = k
            tried = self._fit_on(part, self._starts(part.rate))
            level = tried.surface.value + gap_evidence(cells, k)
            level -= (k - 1) * np.log(2.0) if self.prior else 0.0
            if level <= best:
                break
            best, best_k, found = level, k, tried
        self.k = best_k
        return found if part.size == cells.size else None

    def _keep(self, found: Optimum, n: float) -> None:
        super()._keep(found, n)
        self.loglik_ += self._evidence

    def _blank(self) -> Self:
        return type(self)(k=self.k, prior=self.prior)

    def to_dict(self) -> dict[str, Any]:
        """As `Estimator.to_dict`, with the regularity."""
        return super().to_dict() | {"k": self.k}

    def _restore(self, stored: Mapping[str, Any]) -> None:
        super()._restore(stored)
        self.k = self.fixed_k = int(stored["k"])
