"""Trying thresholds out: what may be taken over from the last run's test of the models."""

from __future__ import annotations

import msgspec
import pytest
from tests.insight.people.shops import START, random_shop, shop

from regulars.insight.choice import choose
from regulars.insight.parameters import Thresholds
from regulars.insight.tryout import AFTER_THE_TEST, differing

# With episodes the chances of this shop need correcting, so that there is something to be the same.
USUAL = Thresholds(draws=8, episodes="on", episode_gap_days=15)
OTHERS = msgspec.structs.replace(
    USUAL,
    slipping_chance=0.4,
    sure_least=0.6,
    regular_occasions=6,
    regular_longest_gap=0.3,
    client_score=30.0,
    client_parts_least=1,
    extraordinary_share=0.5,
    fading_ratio=0.9,
    fading_evidence=0.3,
)


@pytest.fixture(scope="module")
def source():
    return shop(random_shop(600, seed=11))


@pytest.fixture(scope="module")
def chosen(source):
    return choose(source, START + 730, USUAL).choice


def test_thresholds_that_only_name_what_was_found_choose_the_same_model(source, chosen):
    assert differing(USUAL, OTHERS) == AFTER_THE_TEST
    assert choose(source, START + 730, OTHERS).choice == chosen


def test_a_threshold_of_lateness_is_not_among_them(source, chosen):
    """Negative control: chances are corrected over other spans then."""
    other = msgspec.structs.replace(USUAL, late_share=0.55)
    assert choose(source, START + 730, other).choice != chosen
