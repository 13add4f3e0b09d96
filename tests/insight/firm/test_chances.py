"""Chances of return are corrected by how earlier ones came true: from enough, in order, without a leak."""

from __future__ import annotations

import msgspec
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.insight.people.shops import START, shop

from regulars.insight.chances import LEAST_AT_ORIGIN, LEAST_SEEN, Correction, Parts, Seen, _best, learn
from regulars.insight.choice import choose
from regulars.insight.estimate import parameters_of
from regulars.insight.histories import histories
from regulars.insight.judge import judged
from regulars.insight.parameters import Choice, Thresholds
from regulars.insight.rounds import plan, read_panel, rounds
from regulars.insight.rule import Rule
from regulars.insight.verdicts import correction, in_turn

TOO_SURE = Correction(shift=0.3, slope=0.6, missed=0.1, back=-0.4)
"""A truth in which the model is too sure of loss and of quick returns."""


def simulated(truth, n, seed=1):
    """Chances as a model gave them, and customers who came as often as `truth` makes of these."""
    rng = np.random.default_rng(seed)
    said = Parts(rng.beta(0.5, 0.7, n), rng.beta(2, 2, n))
    return Seen(said, rng.random(n) < truth.apply(said))


def missed_by(chance, came):
    """Greatest distance, over tenths of the chance, between what was said and what came."""
    order = np.argsort(chance, kind="stable")
    return max(abs(chance[part].mean() - came[part].mean()) for part in np.array_split(order, 10))


def test_a_planted_fault_is_found_and_mended():
    learnt = learn([simulated(TOO_SURE, 20_000, seed) for seed in (1, 2)])
    later = simulated(TOO_SURE, 40_000, seed=3)
    assert missed_by(Correction().apply(later.said), later.came) > 0.08
    assert missed_by(learnt.apply(later.said), later.came) < 0.02


def test_honest_chances_are_left_nearly_alone():
    seen = [simulated(Correction(), 20_000, seed) for seed in (1, 2)]
    assert np.abs(learn(seen).apply(seen[0].said) - Correction().apply(seen[0].said)).max() < 0.02


def test_nothing_is_learnt_from_one_origin_or_from_few():
    assert learn([]) == learn([simulated(TOO_SURE, 50_000)]) == Correction()
    assert learn([simulated(TOO_SURE, LEAST_SEEN // 2 - 1, seed) for seed in (1, 2)]) == Correction()
    assert learn([simulated(TOO_SURE, n) for n in (50_000, LEAST_AT_ORIGIN - 1)]) == Correction()


def test_origins_that_contradict_each_other_teach_nothing():
    """One Christmas, when customers came back whom the model had given up, is a season and not a fault."""
    christmas, usual = Correction(missed=0.2), Correction(shift=-0.2)
    one, two, three = (simulated(truth, 5_000, seed) for seed, truth in enumerate([christmas, usual, usual]))
    assert learn([one, two, three]) == learn([two, one, three]) == learn([two, three, one]) == Correction()
    assert _best([two, three, one]).missed > 0.02  # what would have been learnt without asking whether they agree
    assert learn([two, three]).shift < 0


def test_the_latest_origin_weighs_most():
    sure = [simulated(TOO_SURE, 20_000, seed) for seed in (1, 2)]
    mild = [simulated(Correction(shift=0.15, slope=0.8, missed=0.05, back=-0.2), 20_000, seed) for seed in (3, 4)]
    assert learn(sure).slope < learn(mild + sure).slope < learn(sure + mild).slope < learn(mild).slope


def test_the_order_of_customers_changes_nothing():
    seen = [simulated(TOO_SURE, 5_000, seed) for seed in (1, 2)]
    turned = [Seen(Parts(one.said.alive[::-1], one.said.in_time[::-1]), one.came[::-1]) for one in seen]
    assert learn(turned) == learn(seen)
    assert learn(seen).changes


chances = st.lists(st.floats(0, 1), min_size=1, max_size=8).map(lambda some: np.array(sorted(some)))
corrections = st.builds(Correction, st.floats(-2, 2), st.floats(0.13, 2.8), st.floats(0, 0.5), st.floats(-2, 2))


@given(chances, st.floats(0, 1), corrections)
def test_corrected_chances_are_chances_and_keep_their_order(rising, other, corrected):
    fixed = np.full(rising.size, other)
    for said in (Parts(rising, fixed), Parts(fixed, rising)):
        found = corrected.apply(said)
        assert np.all((found >= 0) & (found <= 1))
        assert np.all(np.diff(found) >= -1e-12)
    assert corrected.apply(Parts(rising, np.zeros(rising.size))).max() == 0


def pausing_shop(customers, days, seed=5):
    """Customers who buy every fortnight or so and now and then pause for months: to a steady rate they seem gone."""
    rng = np.random.default_rng(seed)
    rows = []
    for customer in range(customers):
        day = START + int(rng.integers(0, days * 2 // 3))
        while day <= START + days and rng.random() > 0.04:
            rows.append((customer, day, 1000))
            day += 1 + int(rng.exponential(110) if rng.random() < 0.15 else rng.exponential(12))
    return rows


ROWS = pausing_shop(700, 700)
AS_OF = START + 700
FAST = Thresholds(draws=4)


@pytest.fixture(scope="module")
def panel():
    return read_panel(shop(ROWS), AS_OF, most=50_000)


def thens(panel, as_of=AS_OF, **how):
    horizon, origins = plan(panel.first_day, as_of)
    return in_turn(panel, rounds(panel, horizon, origins), FAST, Choice(), None, **{"corrected": True, **how})


def test_each_origin_is_corrected_by_those_before_it(panel):
    found = thens(panel)
    assert found[0].rule.correction == Correction()
    for position in range(1, len(found)):
        day = found[position].past.as_of
        assert found[position].rule.correction == correction(found[:position], panel, day)
    assert found[-1].rule.correction.changes
    assert not any(one.rule.correction.changes for one in thens(panel, corrected=False))


def test_later_orders_teach_an_earlier_day_nothing(panel):
    day = AS_OF - 120
    known = read_panel(shop([row for row in ROWS if row[1] <= day]), day, most=50_000)
    earlier = [one for one in thens(known, day) if one.past.as_of < day]
    same = thens(panel, day)[: len(earlier)]
    taught = correction(earlier, known, day)
    assert taught.changes
    assert taught == correction(same, panel, day)
    assert taught != correction(same, panel, AS_OF)  # the very same days, seen to their end


def test_the_choice_carries_it_into_the_table_and_a_same_day_run_repeats_it():
    source = shop(ROWS)
    choice = choose(source, AS_OF, FAST).choice
    assert choice.correction.changes
    known = histories(source, AS_OF)
    table, parameters = judged(known, with_choice(known, choice))
    plain, _ = judged(known, with_choice(known, msgspec.structs.replace(choice, correction=Correction())))
    assert table.column("p_return") != plain.column("p_return")
    assert np.all(table.column("p_alive").to_numpy() >= table.column("p_return").to_numpy())
    for name in ("late_after_day", "value_365", "next_occasion_50"):
        assert table.column(name) == plain.column(name)
    frozen = msgspec.json.decode(msgspec.json.encode(parameters), type=type(parameters))
    some = np.arange(0, len(known), 3)
    again = judged(known.take(some), frozen)[0]
    for name in ("p_return", "standing", "sure"):
        assert again.column(name).to_pylist() == table.column(name).take(some).to_pylist()


def with_choice(known, choice):
    return parameters_of(known, FAST, choice)


def test_slipping_and_lapsed_are_parted_by_the_corrected_chance():
    known = histories(shop(ROWS), AS_OF)
    for corrected in (Correction(), TOO_SURE):
        table, _ = judged(known, with_choice(known, Choice(correction=corrected)))
        standing, chance = np.array(table.column("standing").to_pylist()), table.column("p_return").to_numpy()
        assert (standing == "lapsed").any()
        assert chance[standing == "slipping"].min(initial=1.0) >= 0.1 > chance[standing == "lapsed"].max()


def test_parameter_draws_are_corrected_alike_and_a_given_cycle_is_not():
    known = histories(shop(ROWS), AS_OF)
    parameters = with_choice(known, Choice(correction=TOO_SURE))
    rule = Rule.of(parameters)
    assert rule.drawn(rule.model).correction == TOO_SURE
    assert Rule.of(msgspec.structs.replace(parameters, cycle_days=400)).correction == Correction()
