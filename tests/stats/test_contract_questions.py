"""One contract for all models of repeat buying: what they say of the future is finite and sensible."""

from __future__ import annotations

import numpy as np
import pytest
from tests.stats.models import answers

from regulars.base.errors import BadInput


def test_numbers_and_columns(case):
    _, model, data = case
    x, t_x, T = (column[7] for column in data)
    one = model.expected(10, x, t_x, T)
    assert np.ndim(one) == 0
    column = model.expected([10, 10], [x, x], [t_x, t_x], T)
    assert column.shape == (2,)
    assert column == pytest.approx([one, one])
    assert model.distribution(10, x, t_x, T, most=5).shape == (6,)
    assert model.distribution(10, *data, most=5).shape == (400, 6)
    nothing = model.expected(10, [], [], [])
    assert nothing.shape == (0,)
    assert model.distribution(10, [], [], [], most=5).shape == (0, 6)


def test_row_by_row(case):
    """Grouping, tables and chunks leave no trace: a row's answer doesn't depend on the other rows."""
    _, model, data = case
    together = answers(model, *data)
    for i in (0, 17, 399):
        alone = answers(model, *(column[i] for column in data))
        for name, values in alone.items():
            assert values == pytest.approx(together[name][i], rel=1e-6, abs=1e-9), name


def test_ahead_grows_with_the_horizon(case):
    _, model, data = case
    previous_mean = previous_chance = 0.0
    for horizon in (0, 1, 7, 60, 365):
        mean, chance = model.expected(horizon, *data), model.p_return(horizon, *data)
        assert (mean >= previous_mean).all()
        assert (chance >= previous_chance - 1e-12).all()
        previous_mean, previous_chance = mean, chance
        if horizon == 0:
            assert (mean == 0).all()
            assert (chance == 0).all()


def test_mean_of_the_distribution(case):
    _, model, data = case
    pmf = model.distribution(12, *data, most=200)
    assert pmf @ np.arange(201) == pytest.approx(model.expected(12, *data), rel=1e-6, abs=1e-9)
    staying = model.distribution(12, *data, most=200, if_alive=True)
    assert staying @ np.arange(201) == pytest.approx(model.expected(12, *data, if_alive=True), rel=1e-6)


def test_next_occasion_is_when_the_chance_gets_there(case):
    name, model, data = case
    for q in (0.1, 0.5, 0.9):
        for if_alive in (False, True):
            wait = model.next_occasion_quantile(q, *data, if_alive=if_alive)
            some = np.isfinite(wait)
            rows = tuple(column[some] for column in data)
            chance = model.p_return(wait[some], *rows, if_alive=if_alive)
            if name == "BG/BB":
                assert (chance >= q - 1e-9).all()
                before = model.p_return(wait[some] - 1, *rows, if_alive=if_alive)
                assert (before < q + 1e-9).all()
            else:
                assert chance == pytest.approx(q, abs=1e-6)
            never = tuple(column[~some] for column in data)
            assert (model.p_return(3653, *never, if_alive=if_alive) < q + 1e-6).all()


def test_silence_tells(case):
    """The longer the silence, the less likely the customer is still there (but where nobody can leave)."""
    name, model, _ = case
    x, t_x = (3, 4) if name == "BG/BB" else (3, 30)
    alive = model.p_alive(x, t_x, np.array([4, 6, 9, 20]) if name == "BG/BB" else np.array([30, 60, 120, 600]))
    if name == "NBD":
        assert (alive == 1).all()
    else:
        assert (np.diff(alive) < 0).all()
    first = model.p_alive(0, 0, 10)
    assert (first == 1) == (name in ("BG/NBD", "NBD"))


def test_wrong_questions(case):
    _, model, _ = case
    for ask in (
        lambda: model.expected(-1, 1, 1, 2),
        lambda: model.expected(np.nan, 1, 1, 2),
        lambda: model.expected([1, 2, 3], [1, 1], [1, 1], [2, 2]),
        lambda: model.p_alive(1, 3, 2),
        lambda: model.p_alive(1, np.nan, 2),
        lambda: model.late_span(1.0, 1, 1),
        lambda: model.next_occasion_quantile(0.0, 1, 1, 2),
        lambda: model.distribution(1, 1, 1, 2, most=0),
        lambda: model.discounted_residual(0.0, 1, 1, 2),
    ):
        with pytest.raises(BadInput):
            ask()


def test_simulated_histories_are_histories(case):
    name, model, _ = case
    rng = np.random.default_rng(4)
    occasions = model.simulate(40.0, rng, n=500)
    x, t_x, T = occasions.summary()
    assert x.sum() == occasions.time.size
    assert (t_x <= T).all()
    assert ((t_x > 0) == (x > 0)).all()
    assert np.isfinite(occasions.log_gaps()).all()
    if name != "BG/BB":
        days = occasions.whole_days(rng)
        gap = np.diff(days.time)[np.diff(days.customer) == 0]
        assert (gap >= 1).all()
    part = occasions.until(10.0)
    assert part.time.max() <= 10
    assert (model.simulate(40.0, np.random.default_rng(4), n=500).time == occasions.time).all()


def test_drawn_futures_have_the_stated_distribution(case):
    _, model, data = case
    rows = tuple(column[:40] for column in data)
    drawn = model.simulate_ahead(15, *rows, np.random.default_rng(6), draws=4_000)
    assert drawn.shape == (4_000, 40)
    assert drawn.mean(axis=0) == pytest.approx(model.expected(15, *rows), abs=0.2, rel=0.1)
    assert (drawn > 0).mean(axis=0) == pytest.approx(model.p_return(15, *rows), abs=0.035)
