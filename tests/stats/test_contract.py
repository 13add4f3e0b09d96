"""One contract for all models of repeat buying: fitting."""

from __future__ import annotations

import json
import pickle

import numpy as np
import pytest
from tests.stats.models import GIVEN, MAKERS, MAY_LEAVE, assert_sound, drop_out, histories

from regulars.base.errors import BadInput, NotEnoughData
from regulars.stats import (
    BuyTillYouDie,
    Estimator,
    ModifiedBetaGeoNBD,
)


@pytest.mark.parametrize("name", MAKERS)
def test_not_fitted(name):
    model = MAKERS[name]()
    assert not model.fitted
    assert "not fitted" in repr(model)
    for ask in (
        lambda: model.p_alive(1, 1, 2),
        lambda: model.expected(3, 1, 1, 2),
        lambda: model.distribution(3, 1, 1, 2),
        lambda: model.late_span(0.8, 1, 1),
        lambda: model.next_occasion_quantile(0.5, 1, 1, 2),
        lambda: model.standard_errors_,
        lambda: model.to_dict(),
        lambda: model.simulate(5.0, np.random.default_rng(0), 3),
    ):
        with pytest.raises(BadInput, match="call fit"):
            ask()


@pytest.mark.parametrize("name", MAKERS)
@pytest.mark.parametrize(
    ("x", "t_x", "T"),
    [([], [], []), ([0], [0], [5]), ([0, 0, 0], [0, 0, 0], [5, 6, 0]), ([0], [0], [0])],
    ids=["nobody", "one", "three", "first day"],
)
def test_nobody_came_back(name, x, t_x, T):
    with pytest.raises(NotEnoughData, match="come back"):
        MAKERS[name]().fit(x, t_x, T)


@pytest.mark.parametrize("name", MAKERS)
@pytest.mark.parametrize(
    ("x", "t_x", "T", "weight"),
    [
        ([1, 2], [1, np.nan], [5, 6], None),
        ([1, 2], [1, 3], [5, np.inf], None),
        ([1, -2], [1, 3], [5, 6], None),
        ([1, 2.5], [1, 3], [5, 6], None),
        ([1, 2], [1, 7], [5, 6], None),
        ([1, 0], [1, 3], [5, 6], None),
        ([1, 2, 3], [1, 3], [5, 6], None),
        ([1, 2], [1, 3], [5, 6], [1, -1]),
        ([1, 2], [1, 3], [5, 6], [1, np.nan]),
        ([1, 2], [1, 3], [5, 6], [1, 1, 1]),
        (["a", "b"], [1, 3], [5, 6], None),
        ([[1, 2]], [[1, 3]], [[5, 6]], None),
    ],
)
def test_bad_histories_are_refused(name, x, t_x, T, weight):
    with pytest.raises(BadInput):
        MAKERS[name]().fit(x, t_x, T, weight)


def test_fitted(case):
    name, model, data = case
    assert model.fitted
    assert set(model.params_) == set(model.names)
    assert all(np.isfinite(value) and value > 0 for value in model.params_.values())
    assert all(np.isfinite(error) and error > 0 for error in model.standard_errors_.values())
    assert np.isfinite(model.loglik_)
    assert np.linalg.eigvalsh(model.covariance_).min() > 0
    assert model.n_ == 400
    assert model.converged_
    assert_sound(model, *data, horizon=5 if name == "BG/BB" else 90)


def test_one_customer(case):
    name, _, _ = case
    x, t_x, T = ([2], [3], [6]) if name == "BG/BB" else ([2], [20], [60])
    model = MAKERS[name]().fit(x, t_x, T)
    assert model.converged_
    assert_sound(model, x, t_x, T)
    assert all(np.isfinite(error) for error in model.standard_errors_.values())


def test_order_of_rows(case):
    name, model, data = case
    order = np.random.default_rng(1).permutation(data[0].size)
    shuffled = MAKERS[name]().fit(*(column[order] for column in data))
    assert shuffled.params_ == model.params_
    assert shuffled.loglik_ == model.loglik_


def test_weights_are_repeats(case):
    name, _, data = case
    weight = np.random.default_rng(2).integers(0, 4, data[0].size)
    weighted = MAKERS[name]().fit(*data, weight=weight)
    repeated = MAKERS[name]().fit(*(np.repeat(column, weight) for column in data))
    assert weighted.params_ == pytest.approx(repeated.params_, rel=1e-9)
    assert weighted.loglik_ == pytest.approx(repeated.loglik_, rel=1e-12)
    assert weighted.covariance_ == pytest.approx(repeated.covariance_, rel=1e-6)
    assert weighted.n_ == weight.sum()


def test_whole_numbers_as_floats(case):
    name, model, data = case
    assert MAKERS[name]().fit(*(column.astype(np.float64) for column in data)).params_ == model.params_
    assert MAKERS[name]().fit(*(column.astype(np.int32) for column in data)).params_ == model.params_


def test_fitted_again(case):
    name, model, data = case
    other = histories(name, 200, seed=9)
    again = MAKERS[name]().fit(*other)
    assert again.params_ != model.params_
    assert again.fit(*data).params_ == model.params_


def test_sought_near_another_optimum(case):
    name, model, data = case
    other = MAKERS[name]().fit(*histories(name, 200, seed=9))
    assert MAKERS[name]().fit(*data, near=other).params_ == pytest.approx(model.params_, rel=1e-4)
    assert MAKERS[name]().fit(*data, near=GIVEN.get(name, model)).loglik_ == pytest.approx(model.loglik_, rel=1e-8)


def test_pickled_and_stored(case):
    _, model, data = case
    stored = json.loads(json.dumps(model.to_dict()))
    for copy in (pickle.loads(pickle.dumps(model)), Estimator.from_dict(stored), BuyTillYouDie.from_dict(stored)):
        assert type(copy) is type(model)
        assert copy.params_ == model.params_
        assert (copy.covariance_ == model.covariance_).all()
        assert (copy.loglik_, copy.converged_, copy.n_) == (model.loglik_, model.converged_, model.n_)
        assert (copy.expected(20, *data) == model.expected(20, *data)).all()


def test_unknown_stored_model():
    with pytest.raises(BadInput, match="no Estimator called"):
        Estimator.from_dict({"model": "Oracle"})


@pytest.mark.parametrize(
    "params", [{"r": 1}, {"r": 1, "alpha": -1, "a": 1, "b": 1}, {"r": 1, "alpha": np.nan, "a": 1, "b": 1}]
)
def test_bad_parameters(params):
    with pytest.raises(BadInput):
        ModifiedBetaGeoNBD.with_params(**params)


def test_draws(case):
    name, model, data = case
    drawn = model.draws(300, np.random.default_rng(3))
    logs = np.log([list(one.params_.values()) for one in drawn])
    assert logs.std(axis=0) == pytest.approx(np.sqrt(np.diag(model.covariance_)), rel=0.25)
    for one in drawn[:5]:
        assert_sound(one, *(column[:50] for column in data))
        if name in MAY_LEAVE:
            assert drop_out(one) >= 0.005 - 1e-12
