"""MBG/NBD: buys at an own steady rate, may leave after each occasion, the first too."""

from __future__ import annotations

from typing import ClassVar

from regulars.stats.betageometric import BetaGeometric


class ModifiedBetaGeoNBD(BetaGeometric):
    """Modified BG/NBD (Batislam, Denizel, Filiztekin 2007, Int. J. of Research in Marketing 24:201).

    Parameters: r, alpha of the rates (Gamma); a, b of the chance to leave after an occasion (Beta). With the prior,
    the mean chance a / (a + b) stays above 0.5%.
    """

    names: ClassVar[tuple[str, ...]] = ("r", "alpha", "a", "b")
