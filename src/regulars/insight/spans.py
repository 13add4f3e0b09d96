"""When each customer turned late, and lapsed, after each occasion of the past: the standing history in two columns.

Today's rule is applied to what was known then. Standing on any past day is then a comparison: a customer is late from
`late_day` on and lapsed from `lapse_day` on, until the next occasion.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from regulars.insight.gaps import gaps
from regulars.insight.occasions import Chunk
from regulars.insight.parameters import Parameters
from regulars.insight.rule import LONGEST, Rule
from regulars.insight.seasons import Seasons

Ints = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Spans:
    """For each occasion the first day on which the customer is late, and on which they are lapsed (day numbers).

    A day beyond the next occasion (or beyond the end) never comes: there it is only known to lie beyond.
    """

    late_day: Ints
    lapse_day: Ints


def spans(chunk: Chunk, rule: Rule | Parameters, as_of: int, episode_gap: int | None = None) -> Spans:
    """The spans after each row of a chunk of whole customers, sorted by (customer, day), known until `as_of`.

    From `Parameters` the rule and the gap of episodes are taken.
    """
    if isinstance(rule, Parameters):
        episode_gap, rule = rule.episode_gap_days, Rule.of(rule)
    nobody = np.zeros(0, dtype=np.int64)
    if not len(chunk):
        return Spans(nobody, nobody)
    begins = np.concatenate([[True], chunk.customer_id[1:] != chunk.customer_id[:-1]])
    offsets = np.append(np.flatnonzero(begins), len(chunk)).astype(np.int64)
    own = gaps(chunk.day, offsets, episode_gap)
    x, t_x = _so_far(chunk, begins, episode_gap)
    following = np.append(chunk.day[1:], as_of + 1)
    following[offsets[1:] - 1] = as_of + 1
    silence = following - 1 - chunk.day  # the longest of this span
    late = rule.late_days(x, t_x, np.full(len(x), np.nan)).astype(np.int64)
    maybe = np.flatnonzero(silence > late)
    owner = np.cumsum(begins)[maybe] - 1
    late[maybe] = np.fmax(late[maybe], np.ceil(own.own_percentile(owner, x[maybe], rule.late_share)))
    lapse = np.full(len(x), LONGEST, dtype=np.int64)
    maybe = maybe[silence[maybe] > late[maybe]]
    lapse[maybe] = _lapses(rule, x[maybe], t_x[maybe], late[maybe], silence[maybe])
    return Spans(chunk.day + late + 1, chunk.day + np.maximum(lapse, late + 1))


def with_seasons(found: Spans, chunk: Chunk, seasonal: Seasons) -> Spans:
    """The same where the last occasion of seasonal customers (positions in the chunk) makes them late by calendar."""
    ends = np.append(np.flatnonzero(chunk.customer_id[1:] != chunk.customer_id[:-1]), len(chunk) - 1)
    rows = ends[seasonal.at]
    late, lapse = found.late_day.copy(), found.lapse_day.copy()
    late[rows] = np.maximum(late[rows], seasonal.due + seasonal.late + 1)
    lapse[rows] = np.maximum(lapse[rows], late[rows])
    return Spans(late, lapse)


def _so_far(
    chunk: Chunk, begins: npt.NDArray[np.bool_], episode_gap: int | None
) -> tuple[npt.NDArray[np.int32], npt.NDArray[np.int32]]:
    """Repeat occasions (or episodes) up to each row, and days on the customer's clock."""
    step = np.where(begins, 0, np.diff(chunk.day, prepend=chunk.day[0]))
    if episode_gap is not None:
        step = np.where(step > episode_gap, step, 0)
    first = np.flatnonzero(begins)
    owner = np.cumsum(begins) - 1
    clock, number = np.cumsum(step), np.cumsum(step > 0)
    return (
        (number - number[first][owner]).astype(np.int32),
        (clock - clock[first][owner]).astype(np.int32),
    )


def _lapses(
    rule: Rule,
    x: npt.NDArray[np.int32],
    t_x: npt.NDArray[np.int32],
    late: Ints,
    silence: Ints,
) -> Ints:
    """The first silence beyond `late`, up to `silence`, with which the chance of return is below slipping's.

    The chance falls as silence grows, so it is found by halving; LONGEST where it isn't reached.
    """
    result = np.full(len(x), LONGEST, dtype=np.int64)
    horizon = rule.horizon(late.astype(np.int32))

    def lapsed(at: npt.NDArray[np.intp], after: Ints) -> npt.NDArray[np.bool_]:
        chance = rule.returns(horizon[at], x[at], t_x[at], t_x[at] + after)
        return np.asarray(chance < rule.slipping_chance)

    at = np.flatnonzero(lapsed(np.arange(len(x)), silence))
    low, high = late[at], silence[at]  # not yet (or not late yet) at `low`, lapsed at `high`
    while (open_ := np.flatnonzero(high - low > 1)).size:
        middle = (low[open_] + high[open_]) // 2
        yes = lapsed(at[open_], middle)
        high[open_] = np.where(yes, middle, high[open_])
        low[open_] = np.where(yes, low[open_], middle)
    result[at] = high
    return result
