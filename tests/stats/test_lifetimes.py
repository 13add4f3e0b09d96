"""CHECKS 3: agreement with `lifetimes` to four digits on the same summary, where that library converges."""

from __future__ import annotations

import warnings

import numpy as np
import pytest

from regulars.stats import BetaGeoBetaBinomial, BetaGeoNBD, GammaGamma, ModifiedBetaGeoNBD, ParetoNBD

pytestmark = [pytest.mark.data, pytest.mark.filterwarnings("ignore")]

lifetimes = pytest.importorskip("lifetimes", reason="the peer library is not installed")


def peer(kind, *data, **options):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return kind().fit(*data, **options)


GRADIENT = 1e-7
"""Where the peer stops: with a smaller one it says on some machines that rounding keeps it from getting there."""

PAIRS = [
    (BetaGeoNBD, "BetaGeoFitter", {"tol": GRADIENT}),
    (ModifiedBetaGeoNBD, "ModifiedBetaGeoFitter", {}),
    (ParetoNBD, "ParetoNBDFitter", {"maxiter": 3000, "tol": 1e-8}),
]


@pytest.mark.parametrize(("kind", "name", "options"), PAIRS)
def test_repeat_buying(cdnow, kind, name, options):
    x, t_x, T = cdnow
    ours = kind(prior=False).fit(x, t_x, T)
    theirs = peer(getattr(lifetimes, name), x, t_x, T, **options)
    assert ours.params_ == pytest.approx(dict(theirs.params_), rel=2e-4)
    expected = theirs.conditional_expected_number_of_purchases_up_to_time(39, x, t_x, T)
    assert ours.expected(39, x, t_x, T) == pytest.approx(np.asarray(expected), rel=5e-4)
    alive = theirs.conditional_probability_alive(x, t_x, T)
    assert ours.p_alive(x, t_x, T) == pytest.approx(np.asarray(alive), abs=1e-4)
    weeks = np.array([1.0, 10.0, 78.0])
    new = theirs.expected_number_of_purchases_up_to_time(weeks)
    assert ours.expected_new(weeks) == pytest.approx(np.asarray(new), rel=2e-4)


@pytest.mark.parametrize(("kind", "name", "options"), PAIRS)
def test_same_parameters_same_answers(cdnow, kind, name, options):
    """With the peer's own parameters: to eight digits, for customers on a wide grid."""
    theirs = peer(getattr(lifetimes, name), *cdnow, **options)
    ours = kind.with_params(**{key: float(value) for key, value in theirs.params_.items()})
    x, T = (grid.ravel() for grid in np.meshgrid([1, 2, 5, 20], [10.0, 39.0, 100.0]))
    t_x = T * 0.7
    expected = theirs.conditional_expected_number_of_purchases_up_to_time(26, x, t_x, T)
    assert ours.expected(26, x, t_x, T) == pytest.approx(np.asarray(expected), rel=1e-8)
    assert ours.p_alive(x, t_x, T) == pytest.approx(
        np.asarray(theirs.conditional_probability_alive(x, t_x, T)), rel=1e-8
    )


def test_pareto_counts(cdnow):
    theirs = peer(lifetimes.ParetoNBDFitter, *cdnow, maxiter=3000)
    ours = ParetoNBD.with_params(**{key: float(value) for key, value in theirs.params_.items()})
    for x, t_x, T in ((2, 30.43, 38.86), (0, 0.0, 39.0), (8, 20.0, 30.0)):
        pmf = ours.distribution(26, x, t_x, T, most=20)
        for n in (0, 1, 3, 7):
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                chance = theirs.conditional_probability_of_n_purchases_up_to_time(n, 26, x, t_x, T)
            assert pmf[n] == pytest.approx(float(np.squeeze(chance)), abs=2e-6)


def test_spend(cdnow_spend):
    x, m = cdnow_spend
    some = x > 0
    theirs = peer(lifetimes.GammaGammaFitter, x[some], m[some], tol=GRADIENT)
    ours = GammaGamma(prior=False).fit(x, m)
    assert ours.params_ == pytest.approx(
        {k: theirs.params_[o] for k, o in zip("pq", "pq", strict=True)} | {"gamma": theirs.params_["v"]}, rel=2e-4
    )
    spend = theirs.conditional_expected_average_profit(x[some], m[some])
    assert ours.expected_spend(x[some], m[some]) == pytest.approx(np.asarray(spend), rel=1e-4)


def test_donations(donors):
    args = donors["x"], donors["t_x"], donors["T"]
    theirs = peer(lifetimes.BetaGeoBetaBinomFitter, *args, donors["weight"], tol=GRADIENT)
    ours = BetaGeoBetaBinomial(prior=False).fit(**donors)
    assert ours.params_ == pytest.approx(dict(theirs.params_), rel=5e-4)
    expected = theirs.conditional_expected_number_of_purchases_up_to_time(5, *args)
    assert ours.expected(5, *args) == pytest.approx(np.asarray(expected), rel=5e-4)
    alive = theirs.conditional_probability_alive(1, *args)
    assert ours.p_alive(*args) == pytest.approx(np.asarray(alive), abs=1e-4)
