"""Who comes to the sample shop: persons and organisations, whence, since when, and how each one buys.

None of it is a model of the product: gaps follow stocks, calendars, contracts and projects, not a Poisson process.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
from numpy.typing import NDArray

DAYS = 730
KINDS = ("drinker", "browser", "once", "fader", "gift", "tinkerer", "office", "project")
"""drinker: buys again when the coffee is used up · browser: irregular · once: never again · fader: ever more slowly ·
gift: only before Christmas · tinkerer: a machine, later odds and ends · office: by contract · project: in bursts."""
_SHARES = np.array([0.23, 0.28, 0.22, 0.06, 0.06, 0.05, 0.05, 0.05])
_SOURCES = ("search", "social", "word of mouth", "market stall", "marketplace", "trade fair")
_SOURCE_SHARES = {
    "once": (0.28, 0.36, 0.06, 0.08, 0.22, 0.00),
    "office": (0.30, 0.00, 0.35, 0.00, 0.00, 0.35),
    "project": (0.35, 0.00, 0.30, 0.00, 0.00, 0.35),
    "drinker": (0.34, 0.14, 0.34, 0.12, 0.06, 0.00),
}
_OTHER_SOURCES = (0.36, 0.24, 0.18, 0.10, 0.12, 0.00)
_COUNTRIES = ("EE", "FI", "LV", "DE", "SE", "PL", "GB")
_COUNTRY_SHARES = (0.34, 0.18, 0.10, 0.10, 0.12, 0.10, 0.06)
# Days between occasions: the typical one, and how much people differ (log scale).
_PACE = {"drinker": (14, 0.40), "browser": (62, 0.45), "fader": (16, 0.25), "tinkerer": (190, 0.40)}


@dataclass(frozen=True)
class Crowd:
    """Customers in the order in which they joined; arrays of one element each, days counted from the first."""

    start: date
    kind: NDArray[np.int64]
    country: NDArray[np.int64]
    source: NDArray[np.int64]
    joined: NDArray[np.int64]
    pace: NDArray[np.float64]
    """Typical days between occasions; for a drinker the days that one pack lasts."""
    ends: NDArray[np.int64]
    """The day on which life itself ends the relation (they move, the contract is over); often after the last day."""

    def __len__(self) -> int:
        return len(self.kind)

    def is_kind(self, name: str) -> NDArray[np.bool_]:
        return np.equal(self.kind, KINDS.index(name))

    @property
    def organisation(self) -> NDArray[np.bool_]:
        return self.kind >= KINDS.index("office")

    def countries(self) -> list[str]:
        return [_COUNTRIES[i] for i in self.country]

    def sources(self) -> list[str]:
        return [_SOURCES[i] for i in self.source]


def months(start: date) -> NDArray[np.int64]:
    """Calendar month (1-12) of each day of the shop's life and of the year after it."""
    return np.array([(start + timedelta(days=i)).month for i in range(DAYS + 366)])


def draw(rng: np.random.Generator, n: int, start: date) -> Crowd:
    """`n` customers who joined between `start` and two years after it, ever more of them, most before Christmas."""
    kind = rng.choice(len(KINDS), n, p=_SHARES)
    calendar = months(start)[:DAYS]
    pull = np.linspace(0.6, 1.4, DAYS) * np.where(calendar >= 11, 1.6, np.where(calendar == 7, 0.6, 1.0))
    pull[:30] *= 2.5  # friends and neighbours at the opening
    joined = rng.choice(DAYS, n, p=pull / pull.sum())
    gift = kind == KINDS.index("gift")
    christmas = np.flatnonzero((calendar == 12) | ((calendar == 11) & (np.roll(calendar, -12) == 12)))
    joined[gift] = rng.choice(christmas, int(gift.sum()))
    order = np.argsort(joined, kind="stable")
    kind, joined = kind[order], joined[order]
    return Crowd(
        start=start,
        kind=kind,
        country=rng.choice(len(_COUNTRIES), n, p=_COUNTRY_SHARES),
        source=_sources(rng, kind),
        joined=joined,
        pace=_pace(rng, kind),
        ends=joined + _lifetime(rng, kind),
    )


def _sources(rng: np.random.Generator, kind: NDArray[np.int64]) -> NDArray[np.int64]:
    shares = np.array([_SOURCE_SHARES.get(name, _OTHER_SOURCES) for name in KINDS]).cumsum(axis=1)
    above = rng.random(len(kind))[:, None] > shares[kind][:, :-1]
    source: NDArray[np.int64] = above.sum(axis=1)
    return source


def _pace(rng: np.random.Generator, kind: NDArray[np.int64]) -> NDArray[np.float64]:
    typical = np.array([_PACE.get(name, (1, 0.0)) for name in KINDS])[kind]
    pace = typical[:, 0] * np.exp(typical[:, 1] * rng.standard_normal(len(kind)))
    office, project = kind == KINDS.index("office"), kind == KINDS.index("project")
    pace[office] = rng.choice((7, 14, 28), int(office.sum()), p=(0.30, 0.45, 0.25))
    pace[project] = 110 * np.exp(0.35 * rng.standard_normal(int(project.sum())))
    return pace


def _lifetime(rng: np.random.Generator, kind: NDArray[np.int64]) -> NDArray[np.int64]:
    """Days until they would stop anyway: ever more likely with the years (Weibull), contracts by the year."""
    days = 1500 * rng.weibull(1.6, len(kind)) + 20
    office = kind == KINDS.index("office")
    days[office] = rng.choice((182, 365, 730, 1460), int(office.sum()), p=(0.10, 0.20, 0.20, 0.50))
    return days.astype(np.int64)
