"""Scores against their definitions, and against what is known of them."""

from __future__ import annotations

import numpy as np
import pytest

from regulars.base.errors import BadInput
from regulars.stats import (
    ModifiedBetaGeoNBD,
    calibration,
    crps,
    log_score,
    mean_count,
    quantile,
    randomised_pit,
    share_inside,
)
from regulars.stats.scores import LEAST_PROBABILITY, wilson

PMF = np.array([[0.5, 0.3, 0.2], [0.0, 1.0, 0.0], [0.1, 0.1, 0.8]])


def test_log_score():
    assert log_score(PMF, [0, 1, 7]) == pytest.approx(np.log([0.5, 1.0, 0.8]))
    assert log_score(PMF, [0, 0, 0])[1] == pytest.approx(np.log(LEAST_PROBABILITY))


def test_crps_by_its_definition():
    """E|X - y| - E|X - X'| / 2, by sums over all pairs."""
    y = np.array([2, 0, 1])
    k = np.arange(3)
    first = (PMF * np.abs(k - y[:, None])).sum(axis=1)
    second = np.einsum("ni,nj,ij->n", PMF, PMF, np.abs(k[:, None] - k).astype(float))
    assert crps(PMF, y) == pytest.approx(first - second / 2)
    sure = np.eye(6)[[4]]
    assert crps(sure, [1]) == pytest.approx([3.0])


def test_proper_scores_prefer_the_truth():
    rng = np.random.default_rng(1)
    model = ModifiedBetaGeoNBD.with_params(r=0.8, alpha=30, a=0.7, b=2.8)
    occasions = model.simulate(200.0, rng, n=20_000)
    x, t_x, T = occasions.until(100.0).summary()
    later = occasions.summary()[0] - x
    right = model.distribution(100, x, t_x, T)
    for wrong in (
        ModifiedBetaGeoNBD.with_params(r=0.8, alpha=20, a=0.7, b=2.8).distribution(100, x, t_x, T),
        ModifiedBetaGeoNBD.with_params(r=0.8, alpha=30, a=0.2, b=2.8).distribution(100, x, t_x, T),
    ):
        assert log_score(right, later).mean() > log_score(wrong, later).mean()
        assert crps(right, later).mean() < crps(wrong, later).mean()
    pit = randomised_pit(right, later, rng)
    assert share_inside(pit) == pytest.approx(0.8, abs=0.01)
    assert np.histogram(pit, bins=10)[0] / pit.size == pytest.approx(0.1, abs=0.008)
    assert mean_count(right).sum() == pytest.approx(later.sum(), rel=0.02)


def test_quantile():
    assert list(quantile(PMF, 0.5)) == [0, 1, 2]
    assert list(quantile(PMF, 0.6)) == [1, 1, 2]
    with pytest.raises(BadInput):
        quantile(PMF, 1.0)


def test_rows_must_match():
    with pytest.raises(BadInput, match="one row for each"):
        log_score(PMF, [1, 2])
    with pytest.raises(BadInput):
        crps(PMF, [1, 2, -1])
    with pytest.raises(BadInput):
        crps(PMF, [1, 2, np.nan])


def test_calibration():
    rng = np.random.default_rng(2)
    p = rng.random(50_000) ** 2
    table = calibration(p, rng.random(p.size) < p)
    assert table.n.sum() == p.size
    assert table.n.size == 10
    assert ((table.low <= table.predicted) & (table.predicted <= table.high)).mean() >= 0.8
    assert table.predicted == pytest.approx(table.happened, abs=0.02)
    assert (np.diff(table.predicted) > 0).all()


def test_calibration_keeps_ties_together():
    table = calibration([0.2] * 9 + [0.9], [True] + [False] * 8 + [True])
    assert list(table.n) == [9, 1]
    with pytest.raises(BadInput):
        calibration([], [])
    with pytest.raises(BadInput):
        calibration([0.5], [True, False])


def test_wilson_of_no_successes():
    low, high = wilson(np.array([0.0]), np.array([10]))
    assert low == 0
    assert high == pytest.approx(0.2775, abs=1e-4)
