"""One contract for all models of repeat buying: whatever history comes in, answers are finite."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.stats.models import CONTINUOUS, GIVEN, MAKERS, MAY_LEAVE, assert_sound, drop_out

from regulars.stats import (
    BetaGeoBetaBinomial,
)

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
