"""All models of repeat buying, and what must hold of every answer."""

from __future__ import annotations

import numpy as np
import pytest

from regulars.stats import (
    NBD,
    BetaGeoBetaBinomial,
    BetaGeoNBD,
    BuyTillYouDie,
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


def drop_out(model: BuyTillYouDie) -> float:
    """Mean chance to leave after an occasion."""
    p = model.params_
    if isinstance(model, ParetoNBD):
        return (p["s"] / p["beta"]) / (p["s"] / p["beta"] + p["r"] / p["alpha"])
    return p["a"] / (p["a"] + p["b"])
