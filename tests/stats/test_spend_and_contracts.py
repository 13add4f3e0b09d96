"""Gamma-Gamma and shifted beta-geometric under the contract of the other models, as far as it applies."""

from __future__ import annotations

import json
import pickle

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from regulars.base.errors import BadInput, NotEnoughData
from regulars.stats import Estimator, GammaGamma, ShiftedBetaGeometric

SPEND = GammaGamma.with_params(p=3.0, q=4.0, gamma=40.0)
CONTRACTS = ShiftedBetaGeometric.with_params(alpha=0.8, beta=3.0)


@pytest.fixture(scope="module")
def spends():
    rng = np.random.default_rng(0)
    x = rng.integers(0, 9, 2_000)
    return x, SPEND.simulate(x, rng)


# -- spend ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("prior", [True, False])
def test_spend_in_any_money(spends, prior):
    """Cents or euros: the same model, but for gamma and the unit of the density."""
    x, m = spends
    euros, cents = GammaGamma(prior=prior).fit(x, m), GammaGamma(prior=prior).fit(x, m * 100)
    assert cents.params_["p"] == pytest.approx(euros.params_["p"], rel=1e-6)
    assert cents.params_["gamma"] == pytest.approx(100 * euros.params_["gamma"], rel=1e-6)
    assert cents.covariance_ == pytest.approx(euros.covariance_, rel=1e-5)
    assert cents.expected_spend(x, m * 100) == pytest.approx(100 * euros.expected_spend(x, m), rel=1e-6)
    assert cents.loglik_ == pytest.approx(euros.loglik_ - euros.n_ * np.log(100), rel=1e-9)


def test_spend_quantiles_against_draws():
    rng = np.random.default_rng(1)
    for x, m in ((0, 0.0), (1, 12.0), (6, 55.0)):
        means = SPEND.draw_means(x, m, rng, draws=200_000)
        totals = SPEND.draw_totals(np.full(200_000, 3), x, m, rng)
        assert means.mean() == pytest.approx(float(SPEND.expected_spend(x, m)), rel=0.02)
        for share in (0.1, 0.5, 0.9):
            assert (means <= SPEND.spend_quantile(share, x, m)).mean() == pytest.approx(share, abs=0.005)
            three = SPEND.spend_quantile(share, x, m, occasions=3)
            assert (totals / 3 <= three).mean() == pytest.approx(share, abs=0.005)
    assert SPEND.spend_quantile(0.5, 2, 10.0, occasions=0) == 0
    assert (SPEND.draw_totals(np.zeros(4), 2, 10.0, rng) == 0).all()


def test_spend_contract(spends):
    x, m = spends
    model = GammaGamma().fit(x, m)
    assert model.n_ == (x > 0).sum()
    order = np.random.default_rng(2).permutation(x.size)
    assert GammaGamma().fit(x[order], m[order]).params_ == pytest.approx(model.params_, rel=1e-9)
    weight = np.random.default_rng(3).integers(0, 4, x.size)
    weighted = GammaGamma().fit(x, m, weight)
    assert weighted.params_ == pytest.approx(GammaGamma().fit(np.repeat(x, weight), np.repeat(m, weight)).params_)
    for copy in (pickle.loads(pickle.dumps(model)), Estimator.from_dict(json.loads(json.dumps(model.to_dict())))):
        assert (copy.expected_spend(x, m) == model.expected_spend(x, m)).all()
    logs = np.log([[*one.params_.values()] for one in model.draws(400, np.random.default_rng(4))])
    assert logs.std(axis=0) == pytest.approx(np.sqrt(np.diag(model.covariance_)), rel=0.2)
    assert model.expected_spend(0, 0.0) == pytest.approx(model.mean_spend)


@pytest.mark.parametrize(("x", "m"), [([], []), ([0], [0.0]), ([3], [0.0]), ([2, 2], [-5.0, -1.0])])
def test_spend_without_data(x, m):
    with pytest.raises(NotEnoughData):
        GammaGamma().fit(x, m)


@pytest.mark.parametrize(("x", "m"), [([1.5], [1.0]), ([-1], [1.0]), ([1], [np.nan]), ([1, 2], [np.inf, 1.0])])
def test_spend_of_bad_data(x, m):
    with pytest.raises(BadInput):
        GammaGamma().fit(x, m)
    with pytest.raises(BadInput, match="call fit"):
        GammaGamma().expected_spend(1, 1.0)
    with pytest.raises(BadInput):
        SPEND.spend_quantile(1.0, 1, 1.0)


@pytest.mark.parametrize("prior", [True, False])
@pytest.mark.parametrize(
    ("x", "m"),
    [
        ([3], [20.0]),
        ([1] * 50, [9.99] * 50),
        ([5] * 50, [9.99] * 50),
        ([1, 1, 1], [0.01, 1.0, 1e7]),
        ([10_000, 1], [5.0, 5_000_000.0]),
        ([1] * 200, list(np.random.default_rng(0).pareto(0.6, 200) + 1)),
    ],
    ids=["one", "all alike", "all alike five times", "wild", "huge", "infinite mean"],
)
def test_extreme_spends(x, m, prior):
    model = GammaGamma(prior=prior).fit(x, m)
    assert all(np.isfinite(error) for error in model.standard_errors_.values())
    for one in (model, *model.draws(5, np.random.default_rng(0))):
        spend = one.expected_spend([0, 1, 10_000, 2], [0.0, 1e9, 3.0, -4.0])
        assert np.isfinite(spend).all()
        assert (spend >= 0).all()
        for share in (0.05, 0.95):
            assert np.isfinite(one.spend_quantile(share, [0, 1, 10_000], [0.0, 1e9, 3.0])).all()
            assert np.isfinite(one.spend_quantile(share, [0, 1], [0.0, 1e9], occasions=[1, 500])).all()


# -- contracts --------------------------------------------------------------------------------------------------------


def test_contract_of_contracts():
    age, ended = CONTRACTS.simulate(3_000, np.random.default_rng(5), most=6)
    model = ShiftedBetaGeometric().fit(age, ended)
    order = np.random.default_rng(6).permutation(age.size)
    assert ShiftedBetaGeometric().fit(age[order], ended[order]).params_ == model.params_
    weight = np.random.default_rng(7).integers(0, 4, age.size)
    weighted = ShiftedBetaGeometric().fit(age, ended, weight)
    repeated = ShiftedBetaGeometric().fit(np.repeat(age, weight), np.repeat(ended, weight))
    assert weighted.params_ == pytest.approx(repeated.params_, rel=1e-9)
    copy = Estimator.from_dict(json.loads(json.dumps(model.to_dict())))
    assert copy.params_ == model.params_
    assert model.params_ == pytest.approx(CONTRACTS.params_, rel=0.3)


def test_survivors_are_rows():
    rows = ShiftedBetaGeometric().fit([0] * 3 + [1] * 2 + [2] * 5, [True] * 5 + [False] * 5)
    assert ShiftedBetaGeometric().fit_survivors([10, 7, 5]).params_ == pytest.approx(rows.params_)


def test_contracts_ahead():
    age, ended = CONTRACTS.simulate(400_000, np.random.default_rng(8), most=60)
    for start in (0, 2):
        running = age >= start
        further = np.minimum(age[running] - start, 4)
        assert CONTRACTS.expected(4, start) == pytest.approx(further.mean(), rel=0.02)
        pmf = np.bincount(further, minlength=5) / further.size
        assert CONTRACTS.distribution(4, start)[0] == pytest.approx(pmf, abs=0.005)
        assert CONTRACTS.retention(start) == pytest.approx((further > 0).mean(), abs=0.005)
        assert CONTRACTS.p_running(4, start) == pytest.approx((further == 4).mean(), abs=0.005)
    assert CONTRACTS.survival([0, 1, 3]) == pytest.approx([(age >= t).mean() for t in (0, 1, 3)], abs=0.005)
    worth = CONTRACTS.discounted_residual(0.15, 0)
    assert worth == pytest.approx(sum(CONTRACTS.survival(m) / 1.15**m for m in range(1, 2_000)), rel=1e-6)
    assert ended.mean() > 0.9


@pytest.mark.parametrize(
    ("age", "ended", "error"),
    [
        ([], [], NotEnoughData),
        ([0, 0], [False, False], NotEnoughData),
        ([-1], [True], BadInput),
        ([1.5], [True], BadInput),
        ([np.nan], [True], BadInput),
    ],
)
def test_bad_contracts(age, ended, error):
    with pytest.raises(error):
        ShiftedBetaGeometric().fit(age, ended)


@pytest.mark.parametrize("survivors", [[5], [5, 6], [], [5, np.nan]])
def test_bad_survivors(survivors):
    with pytest.raises(BadInput):
        ShiftedBetaGeometric().fit_survivors(survivors)


@settings(max_examples=60, deadline=None)
@given(
    data=st.lists(st.tuples(st.integers(0, 3_000), st.booleans()), min_size=1, max_size=20),
    prior=st.booleans(),
)
def test_any_contracts(data, prior):
    age, ended = zip(*data, strict=True)
    try:
        model = ShiftedBetaGeometric(prior=prior).fit(age, ended)
    except NotEnoughData:
        assert not any(ended)
        assert max(age) == 0
        return
    assert all(np.isfinite(error) for error in model.standard_errors_.values())
    ages = np.array([0, 1, 50, 11_000])
    for values in (
        model.survival(ages),
        model.retention(ages),
        model.expected(40, ages),
        model.discounted_residual(0.05, ages),
        model.distribution(12, ages),
    ):
        assert np.isfinite(values).all()
        assert (values >= -1e-15).all()
