"""Value: ranges that hold in simulation, parts that add up, margin where costs are known."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pytest
from scipy.special import gammaincinv

from regulars import stats
from regulars.insight.ahead import Counts, Spend, counts_if_alive, gamma_quantile, quantile
from regulars.insight.baselines import Plain
from regulars.insight.calibration import Bend
from regulars.insight.estimate import parameters_of
from regulars.insight.histories import Histories, histories
from regulars.insight.parameters import Choice, Thresholds
from regulars.insight.source import Frames
from regulars.insight.value import value

from .shops import START, occasions_table, random_shop, shop
from .verdicts import verdicts

MBG, CNBD = stats.ModifiedBetaGeoNBD, stats.ModifiedBetaGeoCNBD
Floats = npt.NDArray[np.float64]


def simulated(model: Any, n: int, seed: int) -> tuple[list[tuple[int, int, int]], npt.NDArray[np.int64], int]:
    """Occasions of n customers up to a day and, for each, what the year after it brought (minor units)."""
    rng = np.random.default_rng(seed)
    watched = rng.integers(30, 900, n)
    lives = model.simulate(watched + 365.0, rng).whole_days(rng)
    as_of = START + 900
    mean = rng.gamma(4.0, 1.0, n)
    rows, ahead = [], np.zeros(n, dtype=np.int64)
    first = as_of - watched
    events = [(int(c), int(first[c] + t)) for c, t in zip(lives.customer, lives.time, strict=True)]
    events += [(c, int(first[c])) for c in range(n)]
    for customer, day in events:
        amount = int(900 * rng.gamma(4.0, 1.0 / 4.0) * 4.0 / mean[customer] * 3.0) + 1
        if day <= as_of:
            rows.append((customer + 1, day, amount))
        else:
            ahead[customer] += amount
    return rows, ahead, as_of


def inside(level: float, low: Floats, high: Floats, p_none: Floats, actual: Floats, seed: int) -> Floats:
    """Randomised: whether each outcome lies within its central range; "nothing" is spread over its probability."""
    spread = np.random.default_rng(seed).random(len(actual)) * p_none
    edge = (1 - level) / 2
    within = (actual > low) & (actual <= high)
    return np.where(actual == 0, (spread > edge) & (spread < 1 - edge), within).astype(np.float64)


@pytest.mark.parametrize(
    "model",
    [
        MBG.with_params(r=0.64, alpha=64.0, a=0.5, b=1.0),
        MBG.with_params(r=1.4, alpha=10.0, a=0.1, b=4.0),
        CNBD.with_params(r=1.6, alpha=20.0, a=0.5, b=3.0, k=3),
        stats.ParetoNBD.with_params(r=0.6, alpha=60.0, s=0.5, beta=100.0),
    ],
    ids=["few repeats", "grocer", "regular", "pareto"],
)
def test_the_range_of_a_customers_year_holds_what_came(model: Any) -> None:
    rows, ahead, as_of = simulated(model, 2500, seed=11)
    known = histories(shop(rows), as_of)
    name = {"ParetoNBD": "Pareto/NBD", "ModifiedBetaGeoCNBD": "MBG/CNBD-k"}.get(type(model).__name__, "MBG/NBD")
    parameters = parameters_of(known, Thresholds(), Choice(model=name))
    found = value(known, parameters)
    actual = ahead[known.customer_id - 1].astype(np.float64)
    assert found.value.sum() == pytest.approx(actual.sum(), rel=0.12)
    none = 1 - fitted_return(known, parameters.model)
    hit = inside(0.8, found.low.astype(float), found.high.astype(float), none, actual, seed=1)
    assert 0.75 <= hit.mean() <= 0.85
    for some in (known.x == 0, (known.x > 0) & (known.x < 5), known.x >= 5):
        if some.sum() >= 300:
            assert 0.68 <= hit[some].mean() <= 0.88


def fitted_return(known: Histories, state: dict[str, Any]) -> Floats:
    model = stats.BuyTillYouDie.from_dict(state)
    assert isinstance(model, stats.BuyTillYouDie)
    return np.asarray(model.p_return(365, known.x, known.t_x, known.T))


def test_quantiles_agree_with_drawn_years() -> None:
    model = MBG.with_params(r=1.0, alpha=30.0, a=0.8, b=6.0)
    rng = np.random.default_rng(3)
    for x, t_x, T in ((0, 0, 20), (3, 120, 150), (20, 400, 420), (8, 300, 330)):
        args = tuple(np.full(1, v, dtype=np.int32) for v in (x, t_x, T))
        counts = counts_if_alive(model, 365, *args)
        shape, scale = 3.0 + 4.0 * (x + 1), 90.0 * 3 + 30.0 * 4 * (x + 1)
        spend = Spend(
            np.array([4.0 * scale / (shape - 1)]), np.array([16.0 * scale**2 / (shape - 1) / (shape - 2)]), 1 / 4.0
        )
        n = model.simulate_ahead(365, *args, rng, draws=10_000)[:, 0]
        drawn = np.where(n > 0, rng.gamma(np.maximum(4.0 * n, 1e-9)) / rng.gamma(shape, 1 / scale, len(n)), 0.0)
        for level in (0.1, 0.5, 0.9):
            ours = quantile(level, np.asarray(model.p_alive(*args)), counts, spend)[0]
            reached = (drawn <= ours).mean()
            assert reached >= level - 0.07
            assert ours == 0 or reached <= level + 0.07


def test_the_table_of_gamma_quantiles_is_near_the_function() -> None:
    level = np.tile([0.02, 0.1, 0.3, 0.5, 0.9, 0.98], 5)
    shape = np.repeat([0.3, 1.0, 4.0, 30.0, 2000.0], 6)
    exact = gammaincinv(shape, level) / shape
    assert np.allclose(gamma_quantile(level, 1 / shape), exact, rtol=0.02)


def test_an_unlikely_customer_has_a_range_of_nothing() -> None:
    one = np.ones(1)
    counts = Counts(mean=one, variance=one, none=0.4 * one)
    assert quantile(0.9, 0.1 * one, counts, Spend(one, 2 * one, 0.5))[0] == 0
    assert quantile(0.9, one, counts, Spend(0 * one, 0 * one, 0.5))[0] == 0


def test_parts_add_up_and_ranges_are_in_order() -> None:
    found = verdicts(random_shop(300, seed=5), START + 730)
    for row in found.rows.values():
        assert row["value_if_staying"] - row["value_365"] == row["value_at_risk"] >= 0
        assert 0 <= row["value_365_low"] <= row["value_365"] <= row["value_365_high"]
        assert row["realised_value"] == row["sales"]


def test_margin_comes_from_a_rate_or_from_costs() -> None:
    rows = random_shop(200, seed=6)
    plain = verdicts(rows, START + 730)
    rated = verdicts(rows, START + 730, margin_rate=0.4)
    assert (plain.parameters.money, rated.parameters.money) == ("sales", "margin")
    for customer, row in rated.rows.items():
        assert row["value_365"] == pytest.approx(0.4 * plain[customer]["value_365"], abs=1)
        assert row["realised_value"] == pytest.approx(0.4 * row["sales"], abs=1)
    table = occasions_table(rows)
    net = table.column("net").to_numpy()
    margin = np.where(np.arange(len(net)) % 3 == 0, np.nan, np.rint(net * 0.25))
    costed = table.set_column(4, "margin", [pa_ints(margin)])
    known = histories(Frames({"occasions": costed}), START + 730)
    parameters = parameters_of(known, Thresholds(), Choice(), margin_rate=0.9)
    assert parameters.margin_rate == pytest.approx(0.25, abs=1e-3)
    assert value(known, parameters).realised.sum() == pytest.approx(0.25 * known.net.sum(), rel=1e-3)


def pa_ints(values: Floats) -> Any:
    return pa.array([None if np.isnan(v) else int(v) for v in values], pa.int64())


def test_a_winning_baseline_gives_the_counts_and_a_bend_moves_the_ranges() -> None:
    rows = random_shop(300, seed=8)
    known = histories(shop(rows), START + 730)
    plain = Plain("last_period", 91, 0.5, [0.6, 0.3, 0.1])
    base = value(known, parameters_of(known, Thresholds(), Choice()))
    found = value(known, parameters_of(known, Thresholds(), Choice(counts=plain)))
    lately = np.array([(d > START + 730 - 91).sum() for d in np.split(known.days, known.offsets[1:-1])])
    assert np.allclose(found.expected, lately * 365 / 91)
    assert (found.if_staying >= found.value).all()
    bent = value(known, parameters_of(known, Thresholds(), Choice(bend=Bend(0.5, 0.5))))
    assert bent.high.sum() > base.high.sum()
    assert np.array_equal(bent.value, base.value)
