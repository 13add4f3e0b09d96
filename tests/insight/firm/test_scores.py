"""Scores, calibration and baselines against plain definitions."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats as scipy_stats

from regulars.insight.baselines import BASELINES, fit_baselines, fold, negative_binomial, poisson
from regulars.insight.calibration import Bend, bins, coverage, firm_error, fit_bend
from regulars.insight.panel import NEVER, Panel
from regulars.insight.ranges import estimate, representatives, together
from regulars.insight.scores import Forecast, gain, score

RNG = 20240229


def random_forecast(rng, groups=5, customers=40, most=6):
    pmf = rng.dirichlet(np.ones(most + 1), size=groups)
    group = rng.integers(0, groups, customers)
    return Forecast(pmf, pmf @ np.arange(most + 1), group), rng.integers(0, most + 1, customers)


@given(st.integers(0, 10_000), st.booleans())
def test_scores_are_their_definitions(seed, bent):
    forecast, actual = random_forecast(np.random.default_rng(seed))
    bend = Bend(0.6, 0.8) if bent else Bend()
    found = score(forecast, actual, bend)
    for i, y in enumerate(actual):
        cdf = np.minimum(np.cumsum(forecast.pmf[forecast.group[i]]), 1.0)
        cdf[-1] = 1.0
        cdf = scipy_stats.beta.cdf(cdf, bend.a, bend.b)
        before = cdf[y - 1] if y else 0.0
        assert found.lower[i] == pytest.approx(before, abs=2e-4)
        assert found.upper[i] == pytest.approx(cdf[y], abs=2e-4)
        assert found.crps[i] == pytest.approx(np.sum((cdf - (np.arange(cdf.size) >= y)) ** 2), abs=2e-3)
        assert found.log[i] == pytest.approx(np.log(max(found.upper[i] - found.lower[i], 1e-12)), rel=1e-9)


def test_a_count_beyond_the_table_is_its_last_place():
    forecast = Forecast(np.array([[0.5, 0.3, 0.2]]), np.array([0.7]), np.array([0, 0]))
    found = score(forecast, np.array([2, 99]))
    assert found.log[0] == found.log[1] == pytest.approx(np.log(0.2))


def test_coverage_is_that_of_randomised_transforms():
    """The exact average equals drawing many times; a right model gives 0.8 even when nearly all counts are 0."""
    rng = np.random.default_rng(RNG)
    mean = rng.gamma(0.3, 0.5, 4000)
    actual = rng.poisson(mean)
    upper = scipy_stats.poisson.cdf(actual, mean)
    lower = np.where(actual > 0, scipy_stats.poisson.cdf(actual - 1, mean), 0.0)
    drawn = lower + rng.random((200, actual.size)) * (upper - lower)
    inside = ((drawn > 0.1) & (drawn < 0.9)).mean()
    assert coverage(lower, upper) == pytest.approx(inside, abs=2e-3)
    assert coverage(lower, upper) == pytest.approx(0.8, abs=0.02)
    assert np.mean((lower > 0.1) & (upper < 0.9)) < 0.3  # plain coverage of counts would mean nothing


def test_too_narrow_ranges_are_bent_until_they_hold():
    rng = np.random.default_rng(RNG)
    mean = rng.gamma(2.0, 2.0, 6000)
    actual = rng.negative_binomial(2.0, 2.0 / (2.0 + mean))  # far wider than Poisson
    forecast = Forecast(poisson(mean, 60), mean, np.arange(mean.size))
    earlier = score(Forecast(forecast.pmf[:3000], mean[:3000], np.arange(3000)), actual[:3000])
    bend = fit_bend(earlier.lower, earlier.upper)
    raw = score(forecast, actual)
    bent = score(forecast, actual, bend)
    assert coverage(raw.lower[3000:], raw.upper[3000:]) < 0.62
    assert coverage(bent.lower[3000:], bent.upper[3000:]) == pytest.approx(0.8, abs=0.03)
    assert bent.log[3000:].mean() > raw.log[3000:].mean()
    assert bent.crps[3000:].mean() < raw.crps[3000:].mean()
    assert bend.level(0.1) < 0.1 < 0.9 < bend.level(0.9)


def test_ranges_that_hold_are_left_alone():
    u = np.linspace(0.0005, 0.9995, 1000)
    assert not fit_bend(u, u + 1e-9).changes
    assert not fit_bend(np.empty(0), np.empty(0)).changes
    assert Bend().level(0.1) == 0.1


@given(st.floats(0.21, 4.9), st.floats(0.21, 4.9))
def test_bending_keeps_a_distribution(a, b):
    levels = Bend(a, b).apply(np.linspace(0, 1, 300))
    assert levels[0] == 0
    assert levels[-1] == 1
    assert (np.diff(levels) >= 0).all()


def test_bins_hold_everybody_once_and_equals_together():
    said = np.array([0.1] * 50 + [0.2] * 30 + list(np.linspace(0.3, 0.9, 20)))
    came = np.arange(100) % 2.0
    found = bins(said, came)
    assert sum(b.customers for b in found) == 100
    assert sum(b.actual * b.customers for b in found) == pytest.approx(came.sum())
    assert sum(b.predicted * b.customers for b in found) == pytest.approx(said.sum())
    assert all(b.low <= b.predicted <= b.high for b in found)
    assert found[0].customers == 50
    assert bins(np.empty(0), np.empty(0)) == []


def test_the_firms_error_is_learnt_and_bounded():
    assert firm_error([], []) == pytest.approx(0.1)
    assert firm_error([1000.0] * 4, [1000.0] * 4) < 0.06
    assert 0.2 < firm_error([1000.0] * 4, [1300.0] * 4) < 0.3
    assert firm_error([1.0], [10_000.0]) == 1.0
    assert firm_error([0.0], [5.0]) == pytest.approx(0.1)


def test_gain_counts_a_customer_once():
    """The same customers seen four times are no stronger evidence than once: sums by customer decide."""
    rng = np.random.default_rng(RNG)
    one, other = rng.normal(0.1, 1, 400), np.zeros(400)
    mean, error = gain(one, other)
    assert mean / error == pytest.approx(4 * mean / (4 * error))
    assert gain(4 * one, other)[0] / gain(4 * one, other)[1] == pytest.approx(mean / error)
    assert gain(np.ones(1), np.zeros(1))[1] == np.inf


def test_count_distributions_match_scipy():
    k = np.arange(30)
    assert poisson(np.array([0.0, 3.2]), 29)[1, :29] == pytest.approx(scipy_stats.poisson.pmf(k[:29], 3.2))
    assert poisson(np.array([0.0]), 29)[0, 0] == 1.0
    found = negative_binomial(np.array([2.5]), np.array([40.0]), 91, 29)[0]
    assert found[:29] == pytest.approx(scipy_stats.nbinom.pmf(k[:29], 2.5, 40 / (40 + 91)))
    assert found.sum() == pytest.approx(1)
    assert fold(np.array([0.5, 0.3, 0.1, 0.1]), 2) == pytest.approx([0.5, 0.3, 0.2])


def small_panel(rng, customers=60, days=400):
    rows = [(c, int(d)) for c in range(customers) for d in np.unique(rng.integers(0, days, rng.integers(1, 15)))]
    who, day = (np.array(part, dtype=np.int64) for part in zip(*rows, strict=True))
    return Panel.of(who, day, np.full(who.size, NEVER))


def test_every_baseline_is_a_distribution_and_names_its_figure():
    panel = small_panel(np.random.default_rng(RNG))
    past, before = panel.past(300, 91), panel.past(209, 91)
    happened = panel.count(before.who, 209, 300, 300)
    fitted = fit_baselines(before, happened, past, 91)
    assert tuple(one.name for one in fitted) == BASELINES
    for one in fitted:
        forecast = one.forecast(past, 40)
        assert forecast.pmf.sum(axis=1) == pytest.approx(1.0)
        assert (forecast.pmf >= 0).all()
        assert np.isfinite(score(forecast, panel.count(past.who, 300, 391, 391)).log).all()
        assert one.expected(182, past.x, past.T, past.recent) == pytest.approx(2 * forecast.expected)
    by_name = {one.name: one.forecast(past, 40) for one in fitted}
    assert (by_name["last_period"].expected == past.recent).all()
    assert by_name["own_rate"].expected == pytest.approx(past.x / np.maximum(past.T, 1) * 91)
    assert not by_name["nobody"].expected.any()


def test_baselines_without_an_earlier_period():
    panel = small_panel(np.random.default_rng(RNG))
    past, before = panel.past(60, 91), panel.past(-31, 91)
    for one in fit_baselines(before, np.empty(0, dtype=np.int64), past, 91):
        assert np.isfinite(one.forecast(past, 20).pmf).all()


def test_ranges_of_sums_grow_with_what_is_uncertain():
    assert estimate(100.0, 0.0) == estimate(100.0, 0.0)
    assert estimate(100.0, 0.0).low == estimate(100.0, 0.0).high == 100.0
    wide, narrow = estimate(100.0, together(0.1, 0.0, 100.0, 0.1)), estimate(100.0, together(0.05, 0.0, 100.0, 0.05))
    assert wide.low < narrow.low < 100 < narrow.high < wide.high
    assert estimate(-50.0, 0.2).low < -50 < estimate(-50.0, 0.2).high
    # Own luck of many customers evens out: a thousand times as many, a much narrower range.
    assert together(0, 1_000.0, 1_000.0, 0) < together(0, 1.0, 1.0, 0) / 20


def test_few_stand_for_all():
    weight = np.random.default_rng(RNG).integers(1, 50, 5000).astype(float)
    value = np.sort(np.random.default_rng(RNG + 1).gamma(1, 1, 5000))
    chosen, stands = representatives(weight, 500)
    assert chosen.size <= 500
    assert stands.sum() == pytest.approx(weight.sum())
    assert stands @ value[chosen] == pytest.approx(weight @ value, rel=0.01)
