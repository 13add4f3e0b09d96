"""Standing of any past day from spans is the standing that a judgement as of that day would give."""

from __future__ import annotations

import numpy as np
import pytest

from regulars.insight.chances import Correction
from regulars.insight.episodes import with_episodes
from regulars.insight.estimate import parameters_of
from regulars.insight.histories import histories
from regulars.insight.occasions import chunks
from regulars.insight.parameters import Choice, Thresholds
from regulars.insight.rule import Rule
from regulars.insight.seasons import seasons
from regulars.insight.spans import spans
from regulars.insight.standing import standing

from .shops import START, random_shop, shop

AS_OF = START + 720


@pytest.mark.parametrize("corrected", [Correction(), Correction(shift=0.2, slope=0.7, missed=0.05, back=-0.2)])
@pytest.mark.parametrize("episode_gap", [None, 6])
@pytest.mark.parametrize("model", ["MBG/NBD", "MBG/CNBD-k", "Pareto/NBD"])
def test_spans_agree_with_judging_each_day(model: str, episode_gap: int | None, corrected: Correction) -> None:
    source = shop(random_shop(150, seed=3, mean_gap=25))
    known = histories(source, AS_OF)
    if episode_gap:
        known = with_episodes(known, episode_gap)
    parameters = parameters_of(known, Thresholds(), Choice(model=model, correction=corrected))
    rule = Rule.of(parameters)
    (chunk,) = chunks(source, AS_OF)
    found = spans(chunk, parameters, AS_OF)
    for day in range(START + 60, AS_OF + 1, 55):
        then = histories(source, day, episodes=episode_gap)
        none = seasons(then.take(np.zeros(len(then), dtype=bool)), parameters.thresholds)
        judged = standing(then, parameters, rule, none)
        rows = np.flatnonzero(chunk.day <= day)
        last = rows[np.append(chunk.customer_id[rows][1:] != chunk.customer_id[rows][:-1], True)]
        late, lapsed = day >= found.late_day[last], day >= found.lapse_day[last]
        assert list(then.customer_id) == list(chunk.customer_id[last])
        assert np.array_equal(late, np.isin(judged.code, (1, 2)))
        assert np.array_equal(lapsed, judged.code == 2)
