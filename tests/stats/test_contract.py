"""One contract for all models of repeat buying: whatever history comes in, answers are finite and sensible."""

from __future__ import annotations

import json
import pickle

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from regulars.base.errors import BadInput, NotEnoughData
from regulars.stats import (
    NBD,
    BetaGeoBetaBinomial,
    BetaGeoNBD,
    BuyTillYouDie,
    Estimator,
    ModifiedBetaGeoCNBD,
    ModifiedBetaGeoNBD,
    ParetoNBD,
)

MAKERS = {
    "BG/NBD": BetaGeoNBD,
    "MBG/NBD": ModifiedBetaGeoNBD,
    "MBG/CNBD-3": lambda **options: ModifiedBetaGeoCNBD(k=3, **options),
    "MBG/CNBD-k": ModifiedBetaGeoCNBD,
    "Pareto/NBD": ParetoNBD,
    "NBD": NBD,
    "BG/BB": BetaGeoBetaBinomial,
}
CONTINUOUS = [name for name in MAKERS if name != "BG/BB"]
MAY_LEAVE = ["MBG/NBD", "MBG/CNBD-3", "Pareto/NBD"]
GIVEN = {
    "BG/NBD": BetaGeoNBD.with_params(r=0.5, alpha=40, a=0.8, b=2.5),
    "MBG/NBD": ModifiedBetaGeoNBD.with_params(r=0.6, alpha=40, a=0.8, b=2.5),
    "MBG/CNBD-3": ModifiedBetaGeoCNBD.with_params(k=3, r=0.9, alpha=15, a=0.8, b=2.5),
    "Pareto/NBD": ParetoNBD.with_params(r=0.6, alpha=40, s=0.6, beta=90),
    "NBD": NBD.with_params(r=0.6, alpha=60),
    "BG/BB": BetaGeoBetaBinomial.with_params(alpha=1.2, beta=0.75, gamma=0.66, delta=2.8),
}


def histories(name: str, n: int = 400, seed: int = 5) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Whole-day histories that the model could have made."""
    rng = np.random.default_rng(seed)
    true = GIVEN.get(name, GIVEN["MBG/NBD"])
    if name == "BG/BB":
        return true.simulate(rng.integers(3, 12, n).astype(float), rng).summary()
    return true.simulate(rng.integers(20, 500, n).astype(float), rng).whole_days(rng).summary()


@pytest.fixture(scope="module", params=MAKERS)
def case(request) -> tuple[str, BuyTillYouDie, tuple[np.ndarray, np.ndarray, np.ndarray]]:
    """A model's name, the model fitted, and what it was fitted on."""
    data = histories(request.param)
    return request.param, MAKERS[request.param]().fit(*data), data


def answers(model: BuyTillYouDie, x, t_x, T, horizon=30) -> dict[str, np.ndarray]:
    """Everything a model can be asked about its customers."""
    return {
        "p_alive": model.p_alive(x, t_x, T),
        "p_return": model.p_return(horizon, x, t_x, T),
        "p_return if alive": model.p_return(horizon, x, t_x, T, if_alive=True),
        "expected": model.expected(horizon, x, t_x, T),
        "expected if alive": model.expected(horizon, x, t_x, T, if_alive=True),
        "late": model.late_span(0.8, x, t_x),
        "distribution": model.distribution(horizon, x, t_x, T, most=12),
        "residual": model.discounted_residual(0.01, x, t_x, T),
    }


def assert_sound(model: BuyTillYouDie, x, t_x, T, horizon=30) -> None:
    """All answers are finite, not negative, and agree with each other."""
    got = answers(model, x, t_x, T, horizon)
    for name, values in got.items():
        assert np.isfinite(values).all(), name
        assert (np.asarray(values) >= 0).all(), name
    for name in ("p_alive", "p_return", "p_return if alive", "distribution"):
        assert (got[name] <= 1).all(), name
    assert got["distribution"].sum(axis=-1) == pytest.approx(1, abs=1e-9)
    assert 1 - got["distribution"][..., 0] == pytest.approx(got["p_return"], abs=1e-7)
    assert got["expected"] == pytest.approx(got["p_alive"] * got["expected if alive"], rel=1e-12)
    assert (got["expected"] >= got["p_return"] * (1 - 1e-6) - 1e-9).all()
    wait = model.next_occasion_quantile(0.5, x, t_x, T)
    assert not np.isnan(wait).any()
    assert (wait >= 0).all()


# -- fitting ----------------------------------------------------------------------------------------------------------


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


def drop_out(model: BuyTillYouDie) -> float:
    """Mean chance to leave after an occasion."""
    p = model.params_
    if isinstance(model, ParetoNBD):
        return (p["s"] / p["beta"]) / (p["s"] / p["beta"] + p["r"] / p["alpha"])
    return p["a"] / (p["a"] + p["b"])


# -- asking -----------------------------------------------------------------------------------------------------------


def test_numbers_and_columns(case):
    _, model, data = case
    x, t_x, T = (column[7] for column in data)
    one = model.expected(10, x, t_x, T)
    assert np.ndim(one) == 0
    column = model.expected([10, 10], [x, x], [t_x, t_x], T)
    assert column.shape == (2,)
    assert column == pytest.approx([one, one])
    assert model.distribution(10, x, t_x, T, most=5).shape == (6,)
    assert model.distribution(10, *data, most=5).shape == (400, 6)
    nothing = model.expected(10, [], [], [])
    assert nothing.shape == (0,)
    assert model.distribution(10, [], [], [], most=5).shape == (0, 6)


def test_row_by_row(case):
    """Grouping, tables and chunks leave no trace: a row's answer doesn't depend on the other rows."""
    _, model, data = case
    together = answers(model, *data)
    for i in (0, 17, 399):
        alone = answers(model, *(column[i] for column in data))
        for name, values in alone.items():
            assert values == pytest.approx(together[name][i], rel=1e-6, abs=1e-9), name


def test_ahead_grows_with_the_horizon(case):
    _, model, data = case
    previous_mean = previous_chance = 0.0
    for horizon in (0, 1, 7, 60, 365):
        mean, chance = model.expected(horizon, *data), model.p_return(horizon, *data)
        assert (mean >= previous_mean).all()
        assert (chance >= previous_chance - 1e-12).all()
        previous_mean, previous_chance = mean, chance
        if horizon == 0:
            assert (mean == 0).all()
            assert (chance == 0).all()


def test_mean_of_the_distribution(case):
    _, model, data = case
    pmf = model.distribution(12, *data, most=200)
    assert pmf @ np.arange(201) == pytest.approx(model.expected(12, *data), rel=1e-6, abs=1e-9)
    staying = model.distribution(12, *data, most=200, if_alive=True)
    assert staying @ np.arange(201) == pytest.approx(model.expected(12, *data, if_alive=True), rel=1e-6)


def test_next_occasion_is_when_the_chance_gets_there(case):
    name, model, data = case
    for q in (0.1, 0.5, 0.9):
        for if_alive in (False, True):
            wait = model.next_occasion_quantile(q, *data, if_alive=if_alive)
            some = np.isfinite(wait)
            rows = tuple(column[some] for column in data)
            chance = model.p_return(wait[some], *rows, if_alive=if_alive)
            if name == "BG/BB":
                assert (chance >= q - 1e-9).all()
                before = model.p_return(wait[some] - 1, *rows, if_alive=if_alive)
                assert (before < q + 1e-9).all()
            else:
                assert chance == pytest.approx(q, abs=1e-6)
            never = tuple(column[~some] for column in data)
            assert (model.p_return(3653, *never, if_alive=if_alive) < q + 1e-6).all()


def test_silence_tells(case):
    """The longer the silence, the less likely the customer is still there (but where nobody can leave)."""
    name, model, _ = case
    x, t_x = (3, 4) if name == "BG/BB" else (3, 30)
    alive = model.p_alive(x, t_x, np.array([4, 6, 9, 20]) if name == "BG/BB" else np.array([30, 60, 120, 600]))
    if name == "NBD":
        assert (alive == 1).all()
    else:
        assert (np.diff(alive) < 0).all()
    first = model.p_alive(0, 0, 10)
    assert (first == 1) == (name in ("BG/NBD", "NBD"))


def test_wrong_questions(case):
    _, model, _ = case
    for ask in (
        lambda: model.expected(-1, 1, 1, 2),
        lambda: model.expected(np.nan, 1, 1, 2),
        lambda: model.expected([1, 2, 3], [1, 1], [1, 1], [2, 2]),
        lambda: model.p_alive(1, 3, 2),
        lambda: model.p_alive(1, np.nan, 2),
        lambda: model.late_span(1.0, 1, 1),
        lambda: model.next_occasion_quantile(0.0, 1, 1, 2),
        lambda: model.distribution(1, 1, 1, 2, most=0),
        lambda: model.discounted_residual(0.0, 1, 1, 2),
    ):
        with pytest.raises(BadInput):
            ask()


def test_simulated_histories_are_histories(case):
    name, model, _ = case
    rng = np.random.default_rng(4)
    occasions = model.simulate(40.0, rng, n=500)
    x, t_x, T = occasions.summary()
    assert x.sum() == occasions.time.size
    assert (t_x <= T).all()
    assert ((t_x > 0) == (x > 0)).all()
    assert np.isfinite(occasions.log_gaps()).all()
    if name != "BG/BB":
        days = occasions.whole_days(rng)
        gap = np.diff(days.time)[np.diff(days.customer) == 0]
        assert (gap >= 1).all()
    part = occasions.until(10.0)
    assert part.time.max() <= 10
    assert (model.simulate(40.0, np.random.default_rng(4), n=500).time == occasions.time).all()


def test_drawn_futures_have_the_stated_distribution(case):
    _, model, data = case
    rows = tuple(column[:40] for column in data)
    drawn = model.simulate_ahead(15, *rows, np.random.default_rng(6), draws=4_000)
    assert drawn.shape == (4_000, 40)
    assert drawn.mean(axis=0) == pytest.approx(model.expected(15, *rows), abs=0.2, rel=0.1)
    assert (drawn > 0).mean(axis=0) == pytest.approx(model.p_return(15, *rows), abs=0.035)


# -- extremes ---------------------------------------------------------------------------------------------------------

EXTREMES = {
    "nobody ever leaves": (np.full(300, 30), np.full(300, 298.0), np.full(300, 300.0)),
    "one purchase each, but one": (np.r_[np.zeros(999, int), 1], np.r_[np.zeros(999), 5.0], np.full(1000, 365.0)),
    "all on one day": (np.array([1, 2, 3]), np.zeros(3), np.zeros(3)),
    "all on the last day": (np.ones(50, int), np.full(50, 100.0), np.full(50, 100.0)),
    "all alike": (np.full(500, 4), np.full(500, 80.0), np.full(500, 100.0)),
    "thirty years": (np.arange(300), np.where(np.arange(300) > 0, 10_900.0, 0.0), np.full(300, 10_957.0)),
    "ten thousand occasions": (np.array([10_000, 0, 3]), np.array([10_990.0, 0, 100]), np.array([11_000.0, 500, 900])),
    "everybody leaves at once": (np.r_[np.ones(300, int), 0], np.r_[np.ones(300), 0], np.full(301, 3_000.0)),
    "two customers": (np.array([0, 1]), np.array([0.0, 3]), np.array([10.0, 10])),
}
ASKED = {
    "x": np.array([0, 0, 1, 1, 5, 5, 200, 10_000, 10_000, 3]),
    "t_x": np.array([0, 0, 1, 400, 30, 0, 300, 10_000, 10_999, 0]),
    "T": np.array([0, 11_000, 11_000, 400, 31, 0, 4_000, 10_000, 11_000, 11_000]),
}


@pytest.mark.parametrize("extreme", EXTREMES)
@pytest.mark.parametrize("name", CONTINUOUS)
@pytest.mark.parametrize("prior", [True, False])
def test_extreme_histories(name, extreme, prior):
    """The maximum lies at the edge of what is possible, or nowhere; answers are finite all the same."""
    x, t_x, T = EXTREMES[extreme]
    model = MAKERS[name](prior=prior).fit(x, t_x, T)
    assert all(np.isfinite(value) and value > 0 for value in model.params_.values())
    assert all(np.isfinite(error) for error in model.standard_errors_.values())
    if prior and name in MAY_LEAVE:
        assert drop_out(model) >= 0.005
    assert_sound(model, **ASKED, horizon=3650)
    assert_sound(model, x[::20], t_x[::20], T[::20], horizon=1)
    for one in model.draws(2, np.random.default_rng(0)):
        assert_sound(one, **ASKED, horizon=365)


@pytest.mark.parametrize("prior", [True, False])
@pytest.mark.parametrize(
    ("x", "t_x", "T"),
    [
        (np.full(50, 6), np.full(50, 6), np.full(50, 6)),
        (np.r_[np.zeros(99, int), 1], np.r_[np.zeros(99), 1], np.full(100, 30)),
        (np.array([300]), np.array([1000]), np.array([2000])),
        (np.ones(20, int), np.ones(20), np.ones(20)),
    ],
    ids=["always", "hardly ever", "long", "one opportunity"],
)
def test_extreme_opportunities(x, t_x, T, prior):
    model = BetaGeoBetaBinomial(prior=prior).fit(x, t_x, T)
    assert all(np.isfinite(error) for error in model.standard_errors_.values())
    for horizon in (1, 30, 300):
        assert_sound(model, x, t_x, T, horizon=horizon)
        assert_sound(model, [0, 0, 1, 500], [0, 0, 1, 600], [0, 900, 1, 700], horizon=horizon)


@pytest.mark.parametrize("name", [name for name in CONTINUOUS if name != "MBG/CNBD-k"])
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data())
def test_any_history_with_any_parameters(name, data):
    """Property: parameters anywhere within the bounds, histories anywhere, never anything non-finite or negative."""
    kind = GIVEN[name]
    edges = np.log(np.array(kind.bounds))
    logs = [data.draw(st.floats(max(low, -7.0), min(high, 12.0))) for low, high in edges]
    params = dict(zip(kind.names, np.exp(logs).tolist(), strict=True))
    model = type(kind).with_params(**params, **({"k": kind.k} if name == "MBG/CNBD-3" else {}))
    x = np.array(data.draw(st.lists(st.integers(0, 10_000), min_size=1, max_size=6)))
    T = np.array([data.draw(st.floats(0, 11_000)) for _ in x])
    t_x = np.where(x > 0, T * np.array([data.draw(st.floats(0, 1)) for _ in x]), 0.0)
    assert_sound(model, x, t_x, T, horizon=data.draw(st.floats(0, 4_000)))
