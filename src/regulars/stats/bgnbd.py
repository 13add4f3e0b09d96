"""BG/NBD: buys at an own steady rate, may leave after each repeat occasion."""

from __future__ import annotations

from typing import ClassVar

from regulars.stats.betageometric import BetaGeometric


class BetaGeoNBD(BetaGeometric):
    """Beta-geometric/NBD model of repeat buying (Fader, Hardie, Lee 2005, Marketing Science 24:275).

    Nobody can leave before the first repeat occasion, so a customer with x = 0 counts as alive for ever: it competes
    in backtests and never drives standing. Parameters: r, alpha of the rates; a, b of the chance to leave.
    """

    names: ClassVar[tuple[str, ...]] = ("r", "alpha", "a", "b")
    first: ClassVar[int] = 0
    floor: ClassVar[float] = 0.0
