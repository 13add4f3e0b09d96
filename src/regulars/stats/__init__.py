"""Models of repeat buying, spend and contracts, and the scores that judge them. NumPy and SciPy, arrays in and out.

Usable alone: `from regulars.stats import BetaGeoNBD`. Data comes as sufficient statistics per customer (repeat
occasions `x`, day of the last `t_x`, days observed `T`), is grouped, fitted with analytic gradients, and answers
questions about the future as arrays of the same length.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from regulars.stats.bgbb import BetaGeoBetaBinomial
    from regulars.stats.bgnbd import BetaGeoNBD
    from regulars.stats.btyd import BuyTillYouDie
    from regulars.stats.comparison import frequency, tracking
    from regulars.stats.estimator import Estimator
    from regulars.stats.gammagamma import GammaGamma
    from regulars.stats.mbgcnbd import ModifiedBetaGeoCNBD
    from regulars.stats.mbgnbd import ModifiedBetaGeoNBD
    from regulars.stats.nbd import NBD
    from regulars.stats.occasions import Occasions
    from regulars.stats.paretonbd import ParetoNBD
    from regulars.stats.sbg import ShiftedBetaGeometric
    from regulars.stats.scores import calibration, crps, log_score, mean_count, quantile, randomised_pit, share_inside

_HOMES = {
    "BetaGeoBetaBinomial": "bgbb",
    "BetaGeoNBD": "bgnbd",
    "BuyTillYouDie": "btyd",
    "Estimator": "estimator",
    "GammaGamma": "gammagamma",
    "ModifiedBetaGeoCNBD": "mbgcnbd",
    "ModifiedBetaGeoNBD": "mbgnbd",
    "NBD": "nbd",
    "Occasions": "occasions",
    "ParetoNBD": "paretonbd",
    "ShiftedBetaGeometric": "sbg",
    "calibration": "scores",
    "crps": "scores",
    "frequency": "comparison",
    "log_score": "scores",
    "mean_count": "scores",
    "quantile": "scores",
    "randomised_pit": "scores",
    "share_inside": "scores",
    "tracking": "comparison",
}
"""Where each public name lives: loaded when first asked for, as SciPy takes a quarter of a second. None is called like
its module, which would hide it."""

__all__ = [
    "NBD",
    "BetaGeoBetaBinomial",
    "BetaGeoNBD",
    "BuyTillYouDie",
    "Estimator",
    "GammaGamma",
    "ModifiedBetaGeoCNBD",
    "ModifiedBetaGeoNBD",
    "Occasions",
    "ParetoNBD",
    "ShiftedBetaGeometric",
    "calibration",
    "crps",
    "frequency",
    "log_score",
    "mean_count",
    "quantile",
    "randomised_pit",
    "share_inside",
    "tracking",
]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"regulars.stats has no {name}")
    value = getattr(import_module(f"regulars.stats.{_HOMES[name]}"), name)
    globals()[name] = value
    return value
