"""Every answer about a customer against brute force: futures drawn for histories like theirs, by code of its own.

The draws here know nothing of the closed forms: they weigh parameters drawn from the population by the plain likelihood
of the history, and play the future out occasion by occasion.
"""

from __future__ import annotations

import numpy as np
import pytest

from regulars.stats import NBD, BetaGeoBetaBinomial, BetaGeoNBD, ModifiedBetaGeoCNBD, ModifiedBetaGeoNBD, ParetoNBD

DRAWS = 250_000
HISTORIES = [(0, 0, 40), (1, 10, 25), (3, 70, 100), (6, 90, 92)]


def erlang_survival(k, z):
    term, total = np.ones_like(z), np.ones_like(z)
    for j in range(1, k):
        term = term * z / j
        total = total + term
    return total * np.exp(-z)


def played(model, x, t_x, T, horizon, rng):
    """(alive at T, occasions within horizon, days to the next occasion) of draws given the history."""
    p = model.params_
    rate = rng.gamma(p["r"], 1 / p["alpha"], DRAWS)
    if isinstance(model, ParetoNBD):
        return played_pareto(p, rate, x, t_x, T, horizon, rng)
    k = model.k
    leave = rng.beta(p["a"], p["b"], DRAWS)
    after = x + 1 if model.first else x
    gone = leave * (1 - leave) ** (after - 1) if after else np.zeros(DRAWS)
    stays = (1 - leave) ** after * erlang_survival(k, rate * (T - t_x))
    common = rate ** (k * x) * np.exp(-rate * t_x)
    weight = common * (gone + stays)
    chosen = rng.choice(DRAWS, DRAWS, p=weight / weight.sum())
    rate, leave = rate[chosen], leave[chosen]
    alive = rng.random(DRAWS) < (stays / np.maximum(gone + stays, 1e-300))[chosen]
    gap = residual_gap(k, rate, T - t_x, rng)
    when, first = gap.copy(), gap
    count = np.zeros(DRAWS, int)
    here = alive & (when <= horizon)
    while here.any():
        count[here] += 1
        here &= rng.random(DRAWS) >= leave
        when += rng.gamma(k, 1, DRAWS) / rate
        here &= when <= horizon
    return alive, count, np.where(alive, first, np.inf)


def residual_gap(k, rate, silence, rng):
    """Days until the gap in progress ends, given that it has lasted `silence`: redrawn until it is longer."""
    gap = rng.gamma(k, 1, rate.size) / rate
    for _ in range(300):
        short = np.flatnonzero(gap <= silence)
        if not short.size:
            break
        gap[short] = rng.gamma(k, 1, short.size) / rate[short]
    gap[gap <= silence] = silence
    return gap - silence


def played_pareto(p, rate, x, t_x, T, horizon, rng):
    leaves = rng.gamma(p["s"], 1 / p["beta"], DRAWS)
    both = rate + leaves
    stays = np.exp(-both * T)
    gone = leaves / both * (np.exp(-both * t_x) - stays)
    weight = rate**x * (gone + stays)
    chosen = rng.choice(DRAWS, DRAWS, p=weight / weight.sum())
    alive = rng.random(DRAWS) < (stays / (gone + stays))[chosen]
    rate, leaves = rate[chosen], leaves[chosen]
    end = rng.exponential(1, DRAWS) / leaves
    first = rng.exponential(1, DRAWS) / rate
    when, count = first.copy(), np.zeros(DRAWS, int)
    here = alive & (when <= np.minimum(horizon, end))
    while here.any():
        count[here] += 1
        when += rng.exponential(1, DRAWS) / rate
        here &= when <= np.minimum(horizon, end)
    return alive, count, np.where(alive & (first <= end), first, np.inf)


MODELS = [
    BetaGeoNBD.with_params(r=0.9, alpha=20, a=0.8, b=2.5),
    ModifiedBetaGeoNBD.with_params(r=0.9, alpha=20, a=0.8, b=2.5),
    ModifiedBetaGeoCNBD.with_params(k=2, r=1.2, alpha=12, a=0.8, b=2.5),
    ModifiedBetaGeoCNBD.with_params(k=3, r=1.5, alpha=9, a=0.4, b=1.1),
    ParetoNBD.with_params(r=0.9, alpha=20, s=0.8, beta=50),
]


@pytest.mark.parametrize("model", MODELS, ids=repr)
@pytest.mark.parametrize(("x", "t_x", "T"), HISTORIES)
def test_future_given_a_history(model, x, t_x, T):
    horizon, most = 60.0, 12
    alive, count, wait = played(model, x, t_x, T, horizon, np.random.default_rng(x * 7 + T))
    near = {"abs": 0.006}
    p_alive = model.p_alive(x, t_x, T)
    assert p_alive == pytest.approx(alive.mean(), **near)
    assert model.p_return(horizon, x, t_x, T) == pytest.approx((count > 0).mean(), **near)
    assert model.expected(horizon, x, t_x, T) == pytest.approx(count.mean(), rel=0.02, abs=0.005)
    pmf = model.distribution(horizon, x, t_x, T, most=most)
    assert pmf == pytest.approx(np.bincount(np.minimum(count, most), minlength=most + 1) / DRAWS, **near)
    if alive.sum() > 20_000:
        staying = model.distribution(horizon, x, t_x, T, most=most, if_alive=True)
        seen = np.bincount(np.minimum(count[alive], most), minlength=most + 1) / alive.sum()
        assert staying == pytest.approx(seen, abs=0.02)
    for q in (0.1, 0.4):
        day = model.next_occasion_quantile(q, x, t_x, T)
        if np.isfinite(day):
            assert (wait <= day).mean() == pytest.approx(q, **near)
        else:
            assert (wait <= 3653).mean() < q + 0.006


@pytest.mark.parametrize("model", MODELS, ids=repr)
@pytest.mark.parametrize(("x", "t_x"), [(1, 10), (4, 60), (12, 100)])
def test_late_span(model, x, t_x):
    """80% of customers with these gaps, all there, come back within the late span."""
    rng = np.random.default_rng(x)
    p, k = model.params_, getattr(model, "k", 1)
    rate = rng.gamma(p["r"], 1 / p["alpha"], DRAWS)
    weight = rate ** (k * x) * np.exp(-rate * t_x)
    rate = rate[rng.choice(DRAWS, DRAWS, p=weight / weight.sum())]
    gap = rng.gamma(k, 1, DRAWS) / rate
    assert (gap <= model.late_span(0.8, x, t_x)).mean() == pytest.approx(0.8, abs=0.006)


@pytest.mark.parametrize("model", [*MODELS, NBD.with_params(r=0.9, alpha=20)], ids=repr)
def test_simulated_customers(model):
    """New customers: counts within T, their distribution, and how many of the simulated silent ones come back."""
    rng = np.random.default_rng(8)
    occasions = model.simulate(200.0, rng, n=60_000)
    x, _, _ = occasions.summary()
    assert x.mean() == pytest.approx(float(model.expected_new(200.0)), rel=0.02)
    pmf = model.distribution(200.0, 0, 0, 0, most=8)
    assert np.bincount(np.minimum(x, 8), minlength=9) / x.size == pytest.approx(pmf, abs=0.01)
    half = occasions.until(100.0)
    hx, ht_x, hT = half.summary()
    later = x - hx
    expected = model.expected(100.0, hx, ht_x, hT)
    p_return = model.p_return(100.0, hx, ht_x, hT)
    assert later.sum() == pytest.approx(expected.sum(), rel=0.02)
    for low, high in ((0.0, 0.2), (0.2, 0.5), (0.5, 0.8), (0.8, 1.0)):
        group = (p_return >= low) & (p_return < high)
        if group.sum() > 2_000:
            assert (later[group] > 0).mean() == pytest.approx(p_return[group].mean(), abs=0.02)


def test_discounting_at_hardly_any_rate_counts_everything():
    model = ParetoNBD.with_params(r=0.9, alpha=20, s=2.5, beta=100)
    everything = model.expected(1e9, 3, 70, 100)
    assert model.discounted_residual(1e-7, 3, 70, 100) == pytest.approx(everything, rel=1e-3)


def test_opportunities():
    model = BetaGeoBetaBinomial.with_params(alpha=1.2, beta=0.75, gamma=0.66, delta=2.8)
    rng = np.random.default_rng(9)
    occasions = model.simulate(14.0, rng, n=300_000)
    x, _, _ = occasions.summary()
    half = occasions.until(6.0)
    hx, ht_x, _ = half.summary()
    later = x - hx
    waits = np.full(x.size, np.inf)
    after = occasions.time > 6
    np.minimum.at(waits, occasions.customer[after], occasions.time[after] - 6)
    for own in ((0, 0), (1, 1), (1, 6), (3, 4), (5, 6)):
        group = (hx == own[0]) & (ht_x == own[1])
        assert group.sum() > 1_000
        assert model.expected(8, *own, 6) == pytest.approx(later[group].mean(), abs=0.1)
        assert model.p_return(8, *own, 6) == pytest.approx((later[group] > 0).mean(), abs=0.03)
        pmf = model.distribution(8, *own, 6, most=8)
        assert pmf == pytest.approx(np.bincount(later[group], minlength=9) / group.sum(), abs=0.03)
        day = model.next_occasion_quantile(0.5, *own, 6, longest=8)
        if np.isfinite(day):
            assert (waits[group] <= day).mean() > 0.47
            assert (waits[group] <= day - 1).mean() < 0.53
        else:
            assert (waits[group] <= 8).mean() < 0.53
    rate = 0.1
    residual = np.bincount(occasions.customer[after], np.exp(-rate * (occasions.time[after] - 6)), minlength=x.size)
    rest = sum(np.exp(-rate * m) * (model.expected(m, 3, 4, 6) - model.expected(m - 1, 3, 4, 6)) for m in range(9, 400))
    group = (hx == 3) & (ht_x == 4)
    assert residual[group].mean() + rest == pytest.approx(model.discounted_residual(rate, 3, 4, 6), rel=0.03)
