"""Two years day by day: when each customer buys, what arrives late, and who leaves because of it.

Customers advance together, one occasion each a round. The next gap depends on how much was bought, the season, the
calendar, a contract or a project; leaving depends on bad service above all. So the truth is known, and is none of
the product's models.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from regulars.demo.crowd import DAYS, KINDS, Crowd, months

Ints = NDArray[np.int64]

STAYS, WAS_LATE, WAS_TRIAL, FADED, WENT_TO_RIVAL, ENDED = range(6)
REASONS = ("stays", "late delivery", "only tried it", "faded", "rival", "life or contract ended")

RIVAL_DAY, RIVAL_COUNTRY = 520, 5
"""A rival opens in Poland on this day, and takes customers for half a year."""
BAD_CARRIER = range(420, 456)
"""Five weeks in which every third parcel came late."""
_LEAVES = {  # chance of not coming back after an occasion without any cause: the first one, and later ones
    "drinker": (0.08, 0.008),
    "browser": (0.25, 0.05),
    "once": (1.0, 1.0),
    "fader": (0.05, 0.01),
    "gift": (0.28, 0.15),
    "tinkerer": (0.35, 0.10),
    "office": (0.04, 0.001),
    "project": (0.03, 0.006),
}
_AFTER_LATE = (0.34, 0.20, 0.09)
"""Chance that a late delivery ends it: a person's first order, a later one, an organisation."""
_SLOWS, _GONE_AFTER_GAP = 1.2, 160


@dataclass(frozen=True)
class Life:
    """Occasions sorted by day, then customer (arrays of one element an occasion), and how each customer ended."""

    customer: Ints
    day: Ints
    packs: Ints
    nth: Ints
    """0 for the customer's first occasion."""
    promised: Ints
    delivered: Ints
    left_on: Ints
    """One element a customer: the day they decided not to come back, -1 while they stay."""
    left_why: Ints
    """One element a customer: an index of REASONS."""
    next_day: Ints
    """One element a customer: when those who stay come next (after the last day), else -1."""


@dataclass
class _Rounds:
    """What the rounds write down."""

    customer: list[Ints] = field(default_factory=list)
    day: list[Ints] = field(default_factory=list)
    packs: list[Ints] = field(default_factory=list)
    nth: list[Ints] = field(default_factory=list)
    promised: list[Ints] = field(default_factory=list)
    delivered: list[Ints] = field(default_factory=list)

    def sorted(self) -> list[Ints]:
        columns = [np.concatenate(parts) for parts in vars(self).values()]
        order = np.lexsort((columns[0], columns[1]))
        return [column[order] for column in columns]


def live(rng: np.random.Generator, crowd: Crowd) -> Life:
    """Let everybody buy until they leave or the two years are over."""
    calendar = months(crowd.start)
    left_on, left_why = np.full(len(crowd), -1), np.full(len(crowd), STAYS)
    next_day = np.full(len(crowd), -1)
    burst = np.zeros(len(crowd), dtype=np.int64)
    rounds, who, day, nth = _Rounds(), np.arange(len(crowd)), crowd.joined.copy(), 0
    while len(who):
        packs = _packs(rng, crowd, who)
        promised, delivered = _delivery(rng, calendar, day, crowd.organisation[who])
        for column, values in zip(
            vars(rounds).values(), (who, day, packs, np.full(len(who), nth), promised, delivered), strict=True
        ):
            column.append(values)
        gap = _gap(rng, crowd, who, day, packs, nth, burst, calendar)
        coming = _working_day(rng, crowd, who, day + np.maximum(gap, 1))
        why, when = _leaving(rng, crowd, who, day, nth, coming, delivered > promised, delivered)
        gone = (why != STAYS) & (when < DAYS)
        left_on[who[gone]], left_why[who[gone]] = when[gone], why[gone]
        ahead = (why == STAYS) & (coming >= DAYS)
        next_day[who[ahead]] = coming[ahead]
        on = (why == STAYS) & (coming < DAYS)
        who, day, nth = who[on], coming[on], nth + 1
    customer, day, packs, count, promised, delivered = rounds.sorted()
    return Life(customer, day, packs, count, promised, delivered, left_on, left_why, next_day)


def _packs(rng: np.random.Generator, crowd: Crowd, who: Ints) -> Ints:
    """How many packs of what is used up are bought: 1-3 by persons, more by organisations."""
    packs = rng.choice((1, 2, 3), len(who), p=(0.5, 0.35, 0.15))
    firm = crowd.organisation[who]
    packs[firm] = 2 + rng.poisson(np.minimum(crowd.pace[who[firm]], 28) / 5)
    return packs


def _delivery(rng: np.random.Generator, calendar: Ints, day: Ints, firm: NDArray[np.bool_]) -> tuple[Ints, Ints]:
    """The day that was promised and the day it came; late more often in December and with the bad carrier."""
    promised = day + np.where(firm, 2, 4)
    p_late = np.where(calendar[day] == 12, 0.17, 0.05)
    p_late = np.where((day >= BAD_CARRIER.start) & (day < BAD_CARRIER.stop), 0.33, p_late)
    late = rng.random(len(day)) < p_late
    early = promised - rng.integers(0, 3, len(day))
    return promised, np.where(late, promised + rng.geometric(0.25, len(day)), np.maximum(early, day + 1))


def _gap(
    rng: np.random.Generator,
    crowd: Crowd,
    who: Ints,
    day: Ints,
    packs: Ints,
    nth: int,
    burst: Ints,
    calendar: Ints,
) -> Ints:
    """Days until the next occasion, by kind; `burst` counts the occasions left in a project and is kept up to date."""
    kind, pace = crowd.kind[who], crowd.pace[who]
    warmth = np.where(np.isin(calendar[day], (6, 7, 8)), 0.75, np.where(np.isin(calendar[day], (11, 12, 1)), 1.15, 1.0))
    steady = rng.gamma(6, 1 / 6, len(who))
    wild = np.exp(0.8 * rng.standard_normal(len(who)))
    gap = pace * wild  # browser, tinkerer, once
    drinker = kind == KINDS.index("drinker")
    gap = np.where(drinker, pace * packs * steady / warmth, gap)
    gap = np.where(kind == KINDS.index("fader"), pace * steady * _SLOWS**nth, gap)
    gap = np.where(kind == KINDS.index("gift"), _to_christmas(rng, calendar, day), gap)
    summer = (calendar[day] == 7) & (pace >= 14)
    office = np.where(summer, 2 * pace, pace) + rng.integers(-1, 2, len(who))
    gap = np.where(kind == KINDS.index("office"), office, gap)
    project = kind == KINDS.index("project")
    fresh = project & (burst[who] == 0)
    burst[who[project]] = np.where(fresh[project], 1 + rng.poisson(2.5, int(project.sum())), burst[who[project]] - 1)
    resting = project & (burst[who] == 0)
    gap = np.where(project, np.where(resting, pace * np.exp(0.3 * (wild > 1)), rng.integers(2, 9, len(who))), gap)
    return np.clip(np.rint(gap), 1, 5 * DAYS).astype(np.int64)


def _to_christmas(rng: np.random.Generator, calendar: Ints, day: Ints) -> Ints:
    """Days to about 8 December of the next season."""
    eighth = np.flatnonzero((calendar == 12) & (np.roll(calendar, 7) == 11) & (np.roll(calendar, 8) == 11))
    eighth = np.append(eighth, eighth[-1] + 365)
    season = eighth[np.minimum(np.searchsorted(eighth, day + 60), len(eighth) - 1)]
    spread = np.rint(7 * rng.standard_normal(len(day))).astype(np.int64)
    days: Ints = np.maximum(season + spread - day, 1)
    return days


def _working_day(rng: np.random.Generator, crowd: Crowd, who: Ints, day: Ints) -> Ints:
    """Organisations order from Monday to Friday; a third of the persons puts Sunday off until Monday."""
    weekday = (crowd.start.weekday() + day) % 7
    firm = crowd.organisation[who]
    lazy = (weekday == 6) & (rng.random(len(who)) < 0.35)
    return day + np.where(firm, np.maximum(7 - weekday, 0) * (weekday >= 5), lazy)


def _leaving(
    rng: np.random.Generator,
    crowd: Crowd,
    who: Ints,
    day: Ints,
    nth: int,
    coming: Ints,
    late: NDArray[np.bool_],
    delivered: Ints,
) -> tuple[Ints, Ints]:
    """Why each one does not come back (STAYS for the others), and the day of that decision."""
    kind, firm = crowd.kind[who], crowd.organisation[who]
    dice = rng.random((3, len(who)))
    tired = dice[0] < np.array([_LEAVES[name][min(nth, 1)] for name in KINDS])[kind]
    angry = late & (dice[1] < np.where(firm, _AFTER_LATE[2], _AFTER_LATE[min(nth, 1)]))
    rival = (crowd.country[who] == RIVAL_COUNTRY) & (day >= RIVAL_DAY) & (day < RIVAL_DAY + 182) & (dice[2] < 0.10)
    faded = (kind == KINDS.index("fader")) & (coming - day > _GONE_AFTER_GAP)
    over = coming > crowd.ends[who]
    why = np.select([angry, tired, rival, faded, over], [WAS_LATE, WAS_TRIAL, WENT_TO_RIVAL, FADED, ENDED], STAYS)
    when = np.select([why == WAS_LATE, why == ENDED], [delivered, np.maximum(crowd.ends[who], day)], day)
    return why, when
