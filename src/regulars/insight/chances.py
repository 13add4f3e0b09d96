"""Do chances of return come true? If not at earlier origins, correct them until they do.

A chance of return has two parts: that the customer is still one, and that one who is comes back in time. Models of a
steady rhythm take a long silence of a frequent buyer for certain loss, as nobody ever pauses in them; and one who
pauses is who comes back. So each part is corrected by itself, on the scale of log odds, and some of those who seem gone
are taken to be there after all (Platt 2000 for the one-part form; Cox 1958 for the slope). Every step is monotone: a
longer silence never raises a chance.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import msgspec
import numpy as np
from numpy.typing import NDArray

from regulars.stats.arrays import Floats
from regulars.stats.optimum import Surface, climb

LEAST_ORIGINS = 2
"""With fewer origins ..."""
LEAST_AT_ORIGIN = 200
"""... of at least so many chances that could be checked, ..."""
LEAST_SEEN = 1_000
"""... or with fewer of them in all, chances are left as they are."""
FADES = 0.5
"""Weight of an origin compared with the one after it."""
SPREADS = np.array([0.35, 0.35, 0.35])
"""Prior standard deviations of `shift`, log `slope` and `back` around no correction at all."""
USUALLY_MISSED = 0.07
"""Prior mean of `missed` (exponential, so that none is the likeliest)."""
_LOW, _HIGH = np.array([-2.0, -2.0, -2.0, 0.0]), np.array([2.0, 1.0, 2.0, 0.5])
_FARTHEST = float(np.log(1e4 - 1.0))
"""Log odds are cut here: beyond one in ten thousand a model's certainty says nothing."""
_CELL = 0.05
"""Chances whose log odds agree to about this are learnt from together."""


@dataclass(frozen=True)
class Parts:
    """The two parts of chances of return, (n,) each: still a customer, and comes in time given that."""

    alive: Floats
    in_time: Floats


class Correction(msgspec.Struct, frozen=True):
    """How the two parts of a chance of return are corrected; the defaults leave it alone.

    Still a customer: missed + (1 - missed) expit(shift + slope logit p). Comes in time: expit(back + logit p).
    """

    shift: float = 0.0
    slope: float = 1.0
    missed: float = 0.0
    back: float = 0.0

    @property
    def changes(self) -> bool:
        return self != Correction()

    def apply(self, said: Parts) -> Floats:
        """(n,) corrected chances of return."""
        if not self.changes:
            return said.alive * said.in_time
        there = _expit(self.shift + self.slope * _log_odds(said.alive))
        return (self.missed + (1.0 - self.missed) * there) * _tilted(said.in_time, self.back)


@dataclass(frozen=True)
class Seen:
    """Chances given at one origin whose time is over: their parts, and (n,) whether the customer came."""

    said: Parts
    came: NDArray[np.bool_]


def learn(seen: Sequence[Seen]) -> Correction:
    """The correction that earlier origins (oldest first) agree on, shrunk towards none; none where they don't.

    Seasons move all customers of an origin together, so many customers of one origin prove nothing: what the others
    teach must have made each origin's own chances better.
    """
    usable = [one for one in seen if one.came.size >= LEAST_AT_ORIGIN]
    if len(usable) < LEAST_ORIGINS or sum(one.came.size for one in usable) < LEAST_SEEN:
        return Correction()
    for place, one in enumerate(usable):
        if _gain(_best(usable[:place] + usable[place + 1 :]), one) <= 0:
            return Correction()
    return _best(usable)


def _best(seen: Sequence[Seen]) -> Correction:
    cells = _cells(seen)
    found = climb(lambda point: _surface(cells, point), np.zeros(4), _LOW, _HIGH, tolerance=1e-6)
    shift, log_slope, back, missed = (float(part) for part in found.point)
    return Correction(shift, float(np.exp(log_slope)), missed, back)


def _gain(correction: Correction, seen: Seen) -> float:
    """Gain in the sum of log scores."""
    before, after = (np.clip(one.apply(seen.said), 1e-9, 1.0 - 1e-9) for one in (Correction(), correction))
    gained = np.where(seen.came, np.log(after / before), np.log1p(-after) - np.log1p(-before))
    return float(gained.sum())


@dataclass(frozen=True)
class _Cells(Parts):
    """Log odds of both parts, each once: the weight of such customers, and of those among them who came; each (c,)."""

    weight: Floats
    came: Floats


def _cells(seen: Sequence[Seen]) -> _Cells:
    each = FADES ** np.arange(len(seen))[::-1]
    weight = np.repeat(each, [one.came.size for one in seen])
    alive = np.rint(_log_odds(np.concatenate([one.said.alive for one in seen])) / _CELL).astype(np.int64)
    in_time = np.rint(_log_odds(np.concatenate([one.said.in_time for one in seen])) / _CELL).astype(np.int64)
    came = np.concatenate([one.came for one in seen])
    _, first, place = np.unique(alive * 1_000 + in_time, return_index=True, return_inverse=True)
    place = place.reshape(-1)
    return _Cells(
        alive=alive[first] * _CELL,
        in_time=in_time[first] * _CELL,
        weight=np.bincount(place, weight).astype(np.float64),
        came=np.bincount(place, weight * came).astype(np.float64),
    )


def _surface(cells: _Cells, point: Floats) -> Surface:
    """Log posterior of (shift, log slope, back, missed), with the expected curvature."""
    shift, log_slope, back, missed = point
    stretched = np.exp(log_slope) * cells.alive
    there = _expit(shift + stretched)
    stays, comes = missed + (1.0 - missed) * there, _expit(back + cells.in_time)
    p = np.clip(stays * comes, 1e-9, 1.0 - 1e-9)
    tilt = (1.0 - missed) * there * (1.0 - there) * comes
    slopes = np.stack([tilt, tilt * stretched, p * (1.0 - comes), (1.0 - there) * comes])
    value = cells.came @ np.log(p) + (cells.weight - cells.came) @ np.log1p(-p)
    away = point[:3] / SPREADS
    gradient = slopes @ ((cells.came - cells.weight * p) / (p * (1.0 - p)))
    gradient -= np.append(away / SPREADS, 1.0 / USUALLY_MISSED)
    hessian = -(slopes * (cells.weight / (p * (1.0 - p)))) @ slopes.T
    hessian[:3, :3] -= np.diag(SPREADS**-2.0)
    return Surface(float(value - 0.5 * away @ away - missed / USUALLY_MISSED), gradient, (hessian + hessian.T) / 2)


def _log_odds(chance: Floats) -> Floats:
    with np.errstate(divide="ignore"):
        return np.asarray(np.clip(np.log(chance) - np.log1p(-chance), -_FARTHEST, _FARTHEST))


def _expit(odds: Floats) -> Floats:
    return np.asarray(1.0 / (1.0 + np.exp(-odds)))


def _tilted(chance: Floats, back: float) -> Floats:
    """The chance whose log odds are higher by `back`; 0 and 1 stay what they are."""
    odds = chance * np.exp(back)
    return np.asarray(odds / (1.0 - chance + odds))
