"""CHECKS 2 in small: simulate many customers, fit, find the truth again. Coverage over 100 seeds is in `hard/`."""

from __future__ import annotations

import numpy as np
import pytest

from regulars.stats import (
    NBD,
    BetaGeoBetaBinomial,
    BetaGeoNBD,
    GammaGamma,
    ModifiedBetaGeoCNBD,
    ModifiedBetaGeoNBD,
    ParetoNBD,
    ShiftedBetaGeometric,
)

TRUE = [
    BetaGeoNBD.with_params(r=0.7, alpha=30, a=0.9, b=2.8),
    ModifiedBetaGeoNBD.with_params(r=0.8, alpha=30, a=0.7, b=2.8),
    ModifiedBetaGeoCNBD.with_params(k=2, r=1.2, alpha=20, a=0.7, b=2.8),
    ParetoNBD.with_params(r=0.8, alpha=30, s=0.9, beta=120),
    NBD.with_params(r=0.8, alpha=60),
]


def assert_found(true, model):
    """Every parameter within four standard errors and 15%."""
    for name, value in true.params_.items():
        assert abs(model.params_[name] - value) < 4 * model.standard_errors_[name], name
        assert model.params_[name] == pytest.approx(value, rel=0.15), name


@pytest.mark.parametrize("true", TRUE, ids=repr)
@pytest.mark.parametrize("prior", [True, False])
def test_repeat_buying(true, prior):
    rng = np.random.default_rng(1)
    histories = true.simulate(rng.integers(100, 400, 20_000).astype(float), rng).summary()
    own = {"k": true.k} if isinstance(true, ModifiedBetaGeoCNBD) else {}
    assert_found(true, type(true)(prior=prior, **own).fit(*histories))


def test_opportunities():
    true = BetaGeoBetaBinomial.with_params(alpha=1.2, beta=0.75, gamma=0.66, delta=2.8)
    rng = np.random.default_rng(2)
    assert_found(true, BetaGeoBetaBinomial().fit(*true.simulate(8.0, rng, n=50_000).summary()))


def test_spend():
    true = GammaGamma.with_params(p=3.0, q=4.0, gamma=40.0)
    rng = np.random.default_rng(3)
    x = rng.integers(0, 9, 20_000)
    assert_found(true, GammaGamma().fit(x, true.simulate(x, rng)))


def test_contracts():
    true = ShiftedBetaGeometric.with_params(alpha=0.8, beta=3.0)
    assert_found(true, ShiftedBetaGeometric().fit(*true.simulate(20_000, np.random.default_rng(4), most=6)))


@pytest.mark.parametrize("k", [1, 2, 3, 4])
@pytest.mark.parametrize("told", [True, False], ids=["with gaps", "without gaps"])
def test_regularity_is_found(k, told):
    """k comes back from whole days, whether the gaps themselves are given (litt) or only x, t_x and T."""
    rng = np.random.default_rng(k)
    true = ModifiedBetaGeoCNBD.with_params(k=k, r=0.9, alpha=30 / k, a=0.35, b=5.0)
    occasions = true.simulate(rng.integers(30, 730, 5_000).astype(float), rng).whole_days(rng)
    model = ModifiedBetaGeoCNBD().fit(*occasions.summary(), litt=occasions.log_gaps() if told else None)
    assert model.k == k
    rate = model.params_["r"] / model.params_["alpha"] / model.k
    assert rate == pytest.approx(true.params_["r"] / true.params_["alpha"] / k, rel=0.1)
