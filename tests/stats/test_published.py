"""CHECKS 1: published values come out again. Sources are in ../shared/data/published.md; times here are in weeks."""

from __future__ import annotations

import gzip
from datetime import date

import numpy as np
import pytest
from scipy.special import hyp2f1

from regulars.stats import (
    NBD,
    BetaGeoBetaBinomial,
    BetaGeoNBD,
    GammaGamma,
    ModifiedBetaGeoCNBD,
    ModifiedBetaGeoNBD,
    ParetoNBD,
    ShiftedBetaGeometric,
    crps,
    log_score,
    randomised_pit,
    share_inside,
)

pytestmark = pytest.mark.data

CDNOW_FITS = [
    (BetaGeoNBD(prior=False), {"r": 0.24259, "alpha": 4.41353, "a": 0.79289, "b": 2.42575}, -9582.4256),
    (ModifiedBetaGeoNBD(prior=False), {"r": 0.52484, "alpha": 6.18299, "a": 0.89136, "b": 1.61400}, -9582.1327),
    (ParetoNBD(prior=False), {"r": 0.55328, "alpha": 10.57761, "s": 0.60621, "beta": 11.66792}, -9594.974),
    (NBD(prior=False), {"r": 0.38477, "alpha": 12.07208}, -9763.6602),
]


@pytest.mark.parametrize(("model", "params", "loglik"), CDNOW_FITS, ids=lambda value: type(value).__name__)
def test_cdnow_parameters(cdnow, model, params, loglik):
    model.fit(*cdnow)
    assert model.params_ == pytest.approx(params, rel=5e-4)
    assert model.loglik_ == pytest.approx(loglik, abs=0.01)
    assert model.converged_
    assert model.n_ == 2357


def test_pareto_standard_errors(cdnow):
    # CLVTools test_correctness_pnbd_nocovstaticcov.R
    errors = ParetoNBD(prior=False).fit(*cdnow).standard_errors_
    expected = {"r": 0.0476264, "alpha": 0.8427222, "s": 0.1872594, "beta": 6.2105448}
    assert errors == pytest.approx(expected, rel=1e-3)


def test_regularity_of_cdnow_is_one(cdnow):
    """Platzer and Reutterer find no regularity in CDNOW; with k = 1 the model is MBG/NBD to the last digit."""
    chosen = ModifiedBetaGeoCNBD(prior=False).fit(*cdnow)
    plain = ModifiedBetaGeoNBD(prior=False).fit(*cdnow)
    assert chosen.k == 1
    assert chosen.params_ == pytest.approx(plain.params_, rel=1e-9)
    assert chosen.loglik_ == pytest.approx(plain.loglik_, abs=1e-9)


def test_customer_one(cdnow):
    x, t_x, T = 2, 30.43, 38.86
    plain = BetaGeoNBD(prior=False).fit(*cdnow)
    assert plain.expected(39, x, t_x, T) == pytest.approx(1.22591, abs=5e-5)
    assert plain.p_alive(x, t_x, T) == pytest.approx(0.72661, abs=5e-5)
    modified = ModifiedBetaGeoNBD(prior=False).fit(*cdnow)
    assert modified.expected(39, x, t_x, T) == pytest.approx(1.26267, abs=5e-5)
    assert modified.p_alive(x, t_x, T) == pytest.approx(0.70613, abs=5e-5)
    pareto = ParetoNBD(prior=False).fit(*cdnow)
    assert pareto.expected(39, x, t_x, T) == pytest.approx(1.45511, abs=5e-5)
    assert pareto.p_alive(26, 30.86, 31) == pytest.approx(0.99792, abs=5e-5)
    assert pareto.expected(52, 26, 30.86, 31) == pytest.approx(25.4565, abs=1e-3)


def test_new_customers_of_bgnbd():
    r, alpha, a, b = 0.242594, 4.413602, 0.792920, 2.425888
    model = BetaGeoNBD.with_params(r=r, alpha=alpha, a=a, b=b)
    weeks = np.array([0.1429, 1, 3, 31.8571, 32, 78])
    ahead = model.expected_new(weeks)
    assert ahead[:5] == pytest.approx([0.0078, 0.0532, 0.1506, 1.0405, 1.0437], abs=5.1e-5)
    assert ahead[5] == pytest.approx(1.8576, rel=3e-4)  # the sheet cuts the series of 2F1, which shows at 78 weeks
    closed = 1 - (alpha / (alpha + weeks)) ** r * hyp2f1(r, b, a + b - 1, weeks / (alpha + weeks))
    assert ahead == pytest.approx((a + b - 1) / (a - 1) * closed, rel=1e-9)


def test_new_customers_of_paretonbd():
    # BTYD's manual, with the parameters r .55, alpha 10.56, s .61, beta 11.64
    model = ParetoNBD.with_params(r=0.55, alpha=10.56, s=0.61, beta=11.64)
    published = [0, 0.05077821, 0.09916088, 0.14542507, 0.18979930, 0.23247466, 0.27361274, 0.31335159, 0.35181024]
    assert model.expected_new(np.arange(10)) == pytest.approx([*published, 0.38909211], abs=1e-8)


def test_counts_of_bgnbd():
    model = BetaGeoNBD.with_params(r=0.243, alpha=4.414, a=0.793, b=2.426)
    published = [
        0.0019995214,
        0.0015170236,
        0.0011633150,
        0.0009003148,
        0.0007023638,
        0.0005517902,
        0.0004361913,
        0.0003467171,
        0.0002769613,
        0.0002222260,
    ]
    assert model.distribution(30, 0, 0, 0, most=40)[11:21] == pytest.approx(published, rel=1e-6)
    assert model.distribution(2, 0, 0, 0, most=40)[10] == pytest.approx(1.07869e-07, rel=1e-5)


def test_stability_of_paretonbd():
    model = ParetoNBD.with_params(r=0.55, alpha=10.58, s=0.61, beta=11.67)
    ahead = model.expected(10, [132, 133], 200, 200)
    assert ahead == pytest.approx([6.2060517889632418, 6.2528722475748113], rel=1e-10)


def test_loglikelihood_of_mbgnbd():
    # pymc-marketing, after brucehardie.com/notes/027
    from regulars.stats.arrays import group, histories
    from regulars.stats.betageometric_likelihood import likelihood

    logs = np.log([0.25, 4.0, 0.80, 2.50])
    one = likelihood(group(*histories([0], [0], [40]), None), logs, 1, 1)
    many = likelihood(group(*histories([200], [38], [40]), None), logs, 1, 1)
    assert one.value == pytest.approx(-0.41792826, abs=1e-7)
    assert many.value == pytest.approx(100.7869, abs=1e-4)


HOLDOUT = [
    (BetaGeoNBD, 0.7855, 1.6080, 0.6256, 1653.4),
    (ModifiedBetaGeoNBD, 0.7648, 1.6072, 0.6273, 1576.7),
    (ParetoNBD, 0.7545, 1.6028, 0.6302, 1665.5),
    (NBD, 1.0410, 1.8595, 0.5834, 2929.8),
]


def sample_histories(test_data):
    """x, t_x, T in weeks and holdout counts of the CDNOW sample, rebuilt from its transactions, 39 / 39 weeks."""
    start, end = date(1997, 9, 30).toordinal(), date(1998, 6, 30).toordinal()
    days: dict[int, set[int]] = {}
    with gzip.open(test_data / "cdnow" / "CDNOW_sample.txt.gz", "rt") as file:
        for line in file:
            parts = line.split()
            if len(parts) == 5 and parts[2].isdigit():
                day = date(int(parts[2][:4]), int(parts[2][4:6]), int(parts[2][6:])).toordinal()
                days.setdefault(int(parts[1]), set()).add(day)
    rows = []
    for own in days.values():
        learnt = sorted(day for day in own if day <= start)
        first = learnt[0]
        rows.append(
            (len(learnt) - 1, (learnt[-1] - first) / 7, (start - first) / 7, len([d for d in own if d > start]))
        )
    assert end > start
    return np.array(rows).T


@pytest.mark.parametrize(("kind", "mae", "rmse", "correlation", "total"), HOLDOUT)
def test_holdout_accuracy(test_data, kind, mae, rmse, correlation, total):
    x, t_x, T, later = sample_histories(test_data)
    assert (x.sum(), later.sum(), x.size) == (2457, 1882, 2357)
    predicted = kind(prior=False).fit(x, t_x, T).expected(39, x, t_x, T)
    assert np.abs(predicted - later).mean() == pytest.approx(mae, abs=1e-4)
    assert np.sqrt(((predicted - later) ** 2).mean()) == pytest.approx(rmse, abs=1e-4)
    assert np.corrcoef(predicted, later)[0, 1] == pytest.approx(correlation, abs=1e-4)
    assert predicted.sum() == pytest.approx(total, abs=0.1)


def test_gamma_gamma(cdnow_spend):
    x, spend = cdnow_spend
    model = GammaGamma(prior=False).fit(x, spend)
    assert model.params_ == pytest.approx({"p": 6.2488, "q": 3.7446, "gamma": 15.4477}, rel=1e-4)
    assert model.loglik_ == pytest.approx(-4055.9232, abs=0.01)
    assert model.n_ == 946
    assert model.mean_spend == pytest.approx(35.171, abs=5e-4)
    first_ten = [24.65, 18.91, 35.17, 35.17, 35.17, 71.46, 18.91, 35.17, 27.28, 35.17]
    assert model.expected_spend(x[:10], spend[:10]) == pytest.approx(first_ten, abs=0.011)


def test_donations(donors):
    model = BetaGeoBetaBinomial(prior=False).fit(**donors)
    assert model.params_ == pytest.approx({"alpha": 1.2035, "beta": 0.7497, "gamma": 0.6567, "delta": 2.7834}, rel=2e-4)
    assert model.loglik_ == pytest.approx(-33225.581, abs=0.01)
    assert model.p_alive([0, 2, 6], [0, 4, 6], 6) == pytest.approx([0.11, 0.59, 0.93], abs=0.005)
    history = donors["x"], donors["t_x"], donors["T"]
    assert model.expected(5, *history) @ donors["weight"] == pytest.approx(12884.2, abs=0.05)
    in_sample = model.distribution(6, 0, 0, 0, most=6) * donors["weight"].sum()
    assert in_sample[[0, 6]] == pytest.approx([3454.9, 1253.1], abs=0.05)


SURVIVORS = [
    ([1000, 631, 468, 382, 326, 289, 262, 241], {"alpha": 0.70408, "beta": 1.18204}, -1680.265),
    ([1000, 869, 743, 653, 593, 551, 517, 491], {"alpha": 0.66809, "beta": 3.80610}, -1611.158),
]


@pytest.mark.parametrize(("survivors", "params", "loglik"), SURVIVORS)
def test_contracts(survivors, params, loglik):
    model = ShiftedBetaGeometric(prior=False).fit_survivors(survivors)
    assert model.params_ == pytest.approx(params, rel=1e-4)
    assert model.loglik_ == pytest.approx(loglik, abs=0.001)


@pytest.mark.parametrize("kind", [BetaGeoNBD, ModifiedBetaGeoNBD, ParetoNBD, NBD])
def test_the_prior_is_weak(cdnow, kind):
    """With 2,357 customers the prior moves no parameter by more than half its standard error."""
    plain, with_prior = kind(prior=False).fit(*cdnow), kind().fit(*cdnow)
    for name, error in plain.standard_errors_.items():
        assert abs(plain.params_[name] - with_prior.params_[name]) < 0.5 * error
    assert plain.loglik_ - with_prior.loglik_ < 0.05


@pytest.mark.parametrize("kind", [ModifiedBetaGeoNBD, ModifiedBetaGeoCNBD, ParetoNBD, BetaGeoNBD])
def test_predictive_ranges_on_cdnow(test_data, kind):
    """CHECKS 4: 75-85% of randomised PIT values of the 39-week holdout lie in the 80% range; CRPS beats NBD's."""
    x, t_x, T, later = sample_histories(test_data)
    history, later = (x, t_x * 7, T * 7), later.astype(int)
    pmf = kind().fit(*history).distribution(273, *history, most=80)
    inside = [share_inside(randomised_pit(pmf, later, np.random.default_rng(seed))) for seed in range(5)]
    assert 0.75 <= min(inside) <= max(inside) <= 0.85
    nobody_leaves = NBD().fit(*history).distribution(273, *history, most=80)
    assert crps(pmf, later).mean() < crps(nobody_leaves, later).mean()
    assert log_score(pmf, later).mean() > log_score(nobody_leaves, later).mean()
