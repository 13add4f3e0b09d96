"""Analytic derivatives against finite differences, and integrals against closed forms."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.special import gammaln, hyp1f1, hyp2f1, hyperu

from regulars.stats import (
    NBD,
    BetaGeoBetaBinomial,
    BetaGeoNBD,
    ModifiedBetaGeoCNBD,
    ModifiedBetaGeoNBD,
    ParetoNBD,
    betageometric_likelihood,
    bgbb_likelihood,
    gammagamma,
    nbd,
    paretonbd_likelihood,
    sbg,
)
from regulars.stats.arrays import Cells, group, histories
from regulars.stats.optimum import Surface, by_differences, climb
from regulars.stats.pareto_integral import log_tail
from regulars.stats.phases import expected_thinned
from regulars.stats.priors import Normal, ShareAbove, SumAbove
from regulars.stats.quadrature import beta_nodes
from regulars.stats.tables import Table


def cells(seed: int = 0, n: int = 300) -> Cells:
    rng = np.random.default_rng(seed)
    x = rng.poisson(3, n) * rng.integers(0, 2, n)
    T = rng.integers(1, 400, n).astype(float)
    t_x = np.where(x > 0, np.ceil(T * rng.random(n)), 0.0)
    return group(*histories(x, t_x, T), rng.integers(1, 5, n).astype(float))


def opportunities(seed: int = 0, n: int = 300) -> Cells:
    rng = np.random.default_rng(seed)
    model = BetaGeoBetaBinomial.with_params(alpha=1.2, beta=0.75, gamma=0.66, delta=2.8)
    summary = model.simulate(rng.integers(1, 9, n).astype(float), rng).summary()
    return group(*histories(*summary), rng.integers(1, 5, n).astype(float))


LOGS = [np.log([0.6, 30.0, 0.9, 2.1]), np.log([5.0, 800.0, 0.05, 0.4]), np.log([0.05, 3.0, 12.0, 90.0])]


def surfaces():
    data = cells()
    for first, k in ((0, 1), (1, 1), (1, 2), (1, 5)):
        yield (
            f"family {first} k {k}",
            lambda logs, k=k, f=first: betageometric_likelihood.likelihood(data, logs, k, f),
            LOGS,
        )
    pairs = paretonbd_likelihood.paired(data)
    yield (
        "Pareto/NBD",
        lambda logs: paretonbd_likelihood.likelihood(pairs, logs),
        [*LOGS, np.log([0.5, 10, 0.6, 400.0])],
    )
    yield "NBD", lambda logs: nbd._likelihood(data, logs), [logs[:2] for logs in LOGS]
    rng = np.random.default_rng(3)
    x, m, w = rng.integers(1, 9, 200), rng.gamma(3, 10, 200), rng.integers(1, 4, 200).astype(float)
    spend = [np.log([6.0, 4.0, 15.0]), np.log([0.5, 1.3, 200.0])]
    yield "Gamma-Gamma", lambda logs: gammagamma._likelihood(x, m, w, logs), spend
    yield "share", ShareAbove((0.0, 0.0, 1.0, -1.0), 0.005), LOGS
    yield "share of four", ShareAbove((-1.0, 1.0, 1.0, -1.0), 0.0), LOGS
    yield "sum", SumAbove(2, 3, 1.1, 1.2, 0.25), LOGS
    yield "normal", Normal((1.0, -1.0, 0.0, 0.0), -4.0, 2.5), LOGS


SURFACES = list(surfaces())


@pytest.mark.parametrize(("surface", "points"), [case[1:] for case in SURFACES], ids=[case[0] for case in SURFACES])
def test_gradient_and_curvature(surface, points):
    step = 1e-4
    for logs in points:
        here: Surface = surface(logs)
        assert (here.hessian == here.hessian.T).all()
        size = np.abs(here.hessian).max() + abs(here.value) * 1e-3
        for i in range(logs.size):
            aside = np.zeros_like(logs)
            aside[i] = step
            up, down = surface(logs + aside), surface(logs - aside)
            assert (up.value - down.value) / (2 * step) == pytest.approx(here.gradient[i], rel=1e-6, abs=1e-6 * size)
            assert (up.gradient - down.gradient) / (2 * step) == pytest.approx(
                here.hessian[i], rel=1e-6, abs=1e-6 * size
            )


@pytest.mark.parametrize("logs", [np.log([1.2, 0.75, 0.66, 2.8]), np.log([0.2, 3.0, 5.0, 0.4])])
def test_gradient_of_bgbb(logs):
    data = opportunities()
    assert_gradient(lambda point: bgbb_likelihood.likelihood(data, point), logs)


@pytest.mark.parametrize("logs", [np.log([0.7, 1.2]), np.log([4.0, 0.3])])
def test_gradient_of_contracts(logs):
    age, left, runs = np.arange(5), np.array([9.0, 4, 3, 2, 0]), np.array([0.0, 0, 5, 1, 8])
    assert_gradient(lambda point: sbg._likelihood(age, left, runs, point), logs)


def assert_gradient(function, logs):
    _, gradient = function(logs)
    for i in range(logs.size):
        aside = np.zeros_like(logs)
        aside[i] = 1e-5
        slope = (function(logs + aside)[0] - function(logs - aside)[0]) / 2e-5
        assert slope == pytest.approx(gradient[i], rel=1e-5, abs=1e-4)


@pytest.mark.parametrize("kind", [BetaGeoNBD, ModifiedBetaGeoNBD, ParetoNBD, NBD, ModifiedBetaGeoCNBD])
def test_likelihood_integrates_to_one(kind):
    """The likelihood is a density of histories: integrated over all of one customer's possible ones it is one."""
    model = kind(prior=False)
    T, points = 40.0, np.linspace(0, 40.0, 4001)
    logs = {4: np.log([0.6, 30.0, 0.9, 2.1]), 2: np.log([0.6, 30.0])}[len(model.names)]
    total = 0.0
    for x in range(12):
        t = np.array([0.0]) if x == 0 else points[1:] - 0.005
        each = [Cells(np.array([x]), np.array([u]), np.array([T]), np.ones(1)) for u in t[:: 1 if x == 0 else 40]]
        values = np.array([likelihood_of(model, one, logs) for one in each])
        if x == 0:
            total += float(np.exp(values[0]))
        else:  # x - 1 earlier times lie anywhere before t_x
            density = np.exp(values + (x - 1) * np.log(t[::40]) - gammaln(x))
            total += float(density.sum() * 0.4)
    assert total == pytest.approx(1.0, abs=0.004)


def likelihood_of(model, one, logs):
    if isinstance(model, ParetoNBD):
        return paretonbd_likelihood.likelihood(paretonbd_likelihood.paired(one), logs).value
    if isinstance(model, NBD):
        return nbd._likelihood(one, logs).value
    return betageometric_likelihood.likelihood(one, logs, 1, model.first).value


def test_likelihood_of_opportunities_sums_to_one():
    from itertools import product

    total = 0.0
    for path in product((0, 1), repeat=6):
        x, t_x = sum(path), max((i + 1 for i, taken in enumerate(path) if taken), default=0)
        one = Cells(np.array([x]), np.array([float(t_x)]), np.array([6.0]), np.ones(1))
        total += np.exp(bgbb_likelihood.likelihood(one, np.log([1.2, 0.75, 0.66, 2.8]))[0])
    assert total == pytest.approx(1.0, abs=1e-12)


# -- integrals --------------------------------------------------------------------------------------------------------


def test_tail_integral_is_a_hypergeometric_function():
    rng = np.random.default_rng(1)
    n, A, B = rng.uniform(0.3, 200, 200), rng.uniform(1, 500, 200), rng.uniform(1, 500, 200)
    m = 1.7
    closed = np.where(A >= B, B * hyp2f1(n, 1, n + m, 1 - B / A), A * hyp2f1(m, 1, n + m, 1 - A / B)) / (n + m - 1)
    assert np.exp(log_tail(n, m, A, B)) == pytest.approx(closed, rel=1e-9)


def test_expected_thinned_is_a_hypergeometric_function():
    rng = np.random.default_rng(2)
    n, b = rng.uniform(0.3, 150, 100), rng.uniform(1, 150, 100)
    a, rho = 0.45, rng.uniform(0.01, 3, 100)
    closed = (a + b - 1) / (a - 1) * (1 - (1 + rho) ** -n * hyp2f1(n, b, a + b - 1, rho / (1 + rho)))
    assert expected_thinned(n, a, b, rho[:, None], 1, 0)[:, 0] == pytest.approx(closed, rel=1e-8)


@pytest.mark.parametrize(
    ("a", "b"), [(0.01, 0.5), (0.4, 35.0), (1.0, 1.0), (900.0, 3.0), (5000.0, 5000.0), (0.02, 9000.0)]
)
def test_beta_nodes_give_the_moments(a, b):
    logit, weight = beta_nodes(np.array([a]), np.array([b]), 30.0)
    p = 1 / (1 + np.exp(-logit))
    assert (weight * p).sum() == pytest.approx(a / (a + b), rel=1e-9)
    assert (weight * p**2).sum() == pytest.approx(a * (a + 1) / ((a + b) * (a + b + 1)), rel=1e-9)
    assert (weight * np.exp(-20 * p)).sum() == pytest.approx(hyp1f1(a, a + b, -20.0), rel=1e-8)


@pytest.mark.parametrize(("k", "j"), [(1, 0), (2, 0), (3, 2), (6, 0), (6, 5)])
def test_interpolated_tables(k, j):
    """Relative error under 1e-6, over six decades of time and from one occasion to ten thousand."""
    keys = np.array([0, 1, 5, 40, 300, 10_000])

    def curve(x, logs):
        return expected_thinned(0.7 + k * x + j, 0.6, 3.0 + x, np.exp(logs), k, j)

    rng = np.random.default_rng(4)
    table = Table(curve, keys, np.log(1e-4), np.log(1e2))
    codes = rng.integers(0, keys.size, 60_000)
    logs = rng.uniform(np.log(1e-4), np.log(1e2), codes.size)
    interpolated = table(codes, logs)
    some = slice(0, 1_000)
    assert interpolated[some] == pytest.approx(curve(keys[codes[some]], logs[some, None])[:, 0], rel=1e-6)


def test_residual_of_paretonbd_has_a_closed_form():
    # Fader, Hardie, Lee 2005 (J. of Marketing Research 42:415): a Tricomi function
    r, alpha, s, beta = 0.5533, 10.578, 0.6062, 11.669
    model = ParetoNBD.with_params(r=r, alpha=alpha, s=s, beta=beta)
    rate = np.log(1.15) / 52
    for x, t_x, T in ((2, 30.43, 38.86), (0, 0.0, 39.0), (26, 30.86, 31.0)):
        logs = np.log([r, alpha, s, beta])
        one = Cells(np.array([x]), np.array([t_x]), np.array([T]), np.ones(1))
        likelihood = paretonbd_likelihood.likelihood(paretonbd_likelihood.paired(one), logs).value
        closed = r * np.log(alpha) + s * np.log(beta) + (s - 1) * np.log(rate) + gammaln(r + x + 1) - gammaln(r)
        closed += np.log(hyperu(s, s, rate * (beta + T))) - (r + x + 1) * np.log(alpha + T) - likelihood
        assert model.discounted_residual(rate, x, t_x, T) == pytest.approx(np.exp(closed), rel=1e-7)


# -- climbing ---------------------------------------------------------------------------------------------------------


def test_climb_finds_a_top_behind_a_saddle():
    def surface(point):
        x, y = point
        value = -((x**2 - 1) ** 2) - (y - 2) ** 2
        gradient = np.array([-4 * x * (x**2 - 1), -2 * (y - 2)])
        return Surface(value, gradient, np.array([[4 - 12 * x**2, 0.0], [0.0, -2.0]]))

    top = climb(surface, np.array([0.05, -3.0]), np.array([-9.0, -9.0]), np.array([9.0, 9.0]))
    assert top.converged
    assert top.point == pytest.approx([1, 2], abs=1e-6)


def test_climb_says_when_it_ends_at_the_edge():
    flat = by_differences(lambda point: (float(point.sum()), np.ones(2)))
    top = climb(flat, np.zeros(2), np.full(2, -3.0), np.full(2, 3.0))
    assert not top.converged
    assert top.point == pytest.approx([3, 3])
