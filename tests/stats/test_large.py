"""Many customers: sampling, grouping, tables and chunks change nothing but the time."""

from __future__ import annotations

import time

import numpy as np
import pytest

from regulars.stats import NBD, BetaGeoNBD, ModifiedBetaGeoCNBD, ModifiedBetaGeoNBD, ParetoNBD
from regulars.stats.arrays import distinct, distinct_rows, group, histories

MODELS = [
    BetaGeoNBD.with_params(r=0.7, alpha=30, a=0.9, b=2.8),
    ModifiedBetaGeoNBD.with_params(r=0.9, alpha=25, a=0.35, b=5.0),
    ModifiedBetaGeoCNBD.with_params(k=2, r=1.2, alpha=20, a=0.7, b=2.8),
    ParetoNBD.with_params(r=0.8, alpha=30, s=0.9, beta=120),
    NBD.with_params(r=0.8, alpha=60),
]


@pytest.fixture(scope="module")
def many():
    rng = np.random.default_rng(0)
    T = rng.integers(1, 730, 200_000).astype(float)
    return ModifiedBetaGeoNBD.with_params(r=0.9, alpha=25, a=0.35, b=5.0).simulate(T, rng).whole_days(rng).summary()


@pytest.mark.parametrize("model", MODELS, ids=repr)
def test_a_start_on_samples_ends_at_the_same_top(many, model):
    own = {"k": 2} if isinstance(model, ModifiedBetaGeoCNBD) else {}
    rows = tuple(column[:40_000] for column in many)
    staged = type(model)(**own)
    staged.stages = (1_000, 5_000)
    direct = type(model)(**own)
    direct.stages = ()
    assert staged.fit(*rows).params_ == pytest.approx(direct.fit(*rows).params_, rel=1e-4)
    assert staged.loglik_ == pytest.approx(direct.loglik_, abs=1e-4)


@pytest.mark.parametrize("model", MODELS, ids=repr)
def test_rows_among_many_get_their_own_answer(many, model):
    """Through tables and chunks within 1e-6 of the answer that a row gets alone."""
    some = np.arange(0, 200_000, 4_001)
    alone = tuple(column[some] for column in many)
    h = np.maximum(30.0, model.late_span(0.8, *many[:2]))
    near = {"rel": 1e-6, "abs": 1e-7}
    assert model.p_alive(*many)[some] == pytest.approx(model.p_alive(*alone), **near)
    assert model.expected(365, *many)[some] == pytest.approx(model.expected(365, *alone), **near)
    assert model.p_return(h, *many)[some] == pytest.approx(model.p_return(h[some], *alone), **near)


def test_chance_of_return_by_own_horizon_agrees_with_the_distribution(many):
    rows = tuple(column[:3_000] for column in many)
    for model in MODELS:
        h = np.maximum(14.0, np.minimum(model.late_span(0.8, *rows[:2]), 900.0))
        pmf = model.distribution(h, *rows, most=3)
        assert 1 - pmf[:, 0] == pytest.approx(model.p_return(h, *rows), abs=1e-7)


def test_fast_enough():
    """A loose guard against a slip into per-customer work; the real figures are in docs/performance.md."""
    rng = np.random.default_rng(1)
    T = rng.integers(1, 730, 100_000).astype(float)
    rows = MODELS[1].simulate(T, rng).whole_days(rng).summary()
    began = time.process_time()
    model = ModifiedBetaGeoNBD().fit(*rows)
    model.expected(365, *rows)
    model.p_return(60, *rows)
    model.distribution(90, *rows, most=30)
    assert time.process_time() - began < 8.0


# -- grouping ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("scale", [1.0, 1 / 7])
def test_groups_are_counts_of_equal_rows(scale):
    rng = np.random.default_rng(2)
    x = rng.integers(0, 4, 5_000)
    T = rng.integers(5, 12, 5_000) * scale
    t_x = np.where(x > 0, rng.integers(1, 5, 5_000), 0) * scale
    weight = rng.integers(0, 3, 5_000).astype(float)
    rows = np.stack([x, t_x, T], axis=1)
    for own in (None, weight):
        cells = group(*histories(x, t_x, T), own)
        each = np.ones(5_000) if own is None else own
        found, place = np.unique(rows[each > 0], axis=0, return_inverse=True)
        assert np.stack([cells.x, cells.t_x, cells.T], axis=1) == pytest.approx(found)
        assert cells.weight == pytest.approx(np.bincount(place.ravel(), each[each > 0]))


def test_distinct():
    rng = np.random.default_rng(3)
    for values in (rng.integers(0, 9, 100), rng.integers(0, 10**12, 100), np.empty(0, np.int64)):
        found, codes = distinct(values)
        assert (found[codes] == values).all()
        assert (np.diff(found) > 0).all()
    columns = rng.integers(0, 3, 50), rng.random(50).round(1), -rng.integers(0, 3, 50).astype(float)
    rows, place = distinct_rows(*columns)
    for row, column in zip(rows, columns, strict=True):
        assert (row[place] == column).all()
    assert len(set(zip(*rows, strict=True))) == rows[0].size
