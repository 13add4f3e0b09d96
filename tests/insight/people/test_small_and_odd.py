"""Small shops and odd inputs: an answer or a reason, never a failure, nothing that isn't finite (CHECKS 3, 6)."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.costly import tried

from regulars.insight.estimate import estimate
from regulars.insight.parameters import Choice

from .shops import START, random_shop, shop, steady
from .verdicts import all_finite, verdicts

MODELS = ("MBG/NBD", "MBG/CNBD-k", "Pareto/NBD")
day = st.integers(START, START + 900)
order = st.tuples(st.integers(1, 12), day, st.integers(0, 10**9))


@tried(6, 25)
@given(
    rows=st.lists(order, max_size=60, unique_by=lambda row: row[:2]),
    model=st.sampled_from(MODELS),
    later=st.integers(0, 12_000),
)
def test_any_orders_give_finite_answers(rows: list[tuple[int, int, int]], model: str, later: int) -> None:
    found = verdicts(rows, START + 900 + later, choice=Choice(model=model))
    assert all_finite(found.table)
    assert len(found.rows) == len({c for c, _, _ in rows})
    for row in found.rows.values():
        assert 0 <= row["p_return"] <= 1
        assert 0 <= row["p_alive"] <= 1
        assert row["value_365_low"] <= row["value_365"] <= row["value_365_high"]
        assert row["reasons"]


CASES: dict[str, list[tuple[int, int, int]]] = {
    "empty": [],
    "one customer": [(1, START, 1000)],
    "one customer twice": [(1, START, 1000), (1, START + 30, 1000)],
    "all on one day": [(c, START + 5, 1000) for c in range(1, 40)],
    "one purchase each": [(c, START + c, 1000) for c in range(1, 60)],
    "nobody ever leaves": [row for c in range(1, 60) for row in steady(c, START + c % 9, 10, START + 900)],
    "free of charge": [(c, START + 40 * k, 0) for c in range(1, 30) for k in range(5)],
    "thirty years": [row for c in range(1, 30) for row in steady(c, START, 90, START + 10_950)],
    "ten thousand occasions": [*steady(1, START, 1, START + 10_000), (2, START, 5), (3, START + 9, 5)],
    "huge amounts": [(c, START + 30 * k, 9 * 10**13) for c in range(1, 30) for k in range(4)],
}


@pytest.mark.parametrize("model", MODELS)
@pytest.mark.parametrize("case", CASES)
def test_odd_shops_are_judged(case: str, model: str) -> None:
    rows = CASES[case]
    as_of = max((d for _, d, _ in rows), default=START) + 3
    found = verdicts(rows, as_of, choice=Choice(model=model))
    assert all_finite(found.table)
    assert len(found.rows) == len({c for c, _, _ in rows})


@pytest.mark.parametrize("customers", [1, 5, 30, 200])
def test_ranges_narrow_as_customers_come(customers: int) -> None:
    found = verdicts(random_shop(customers, seed=customers), START + 730)
    assert all_finite(found.table)
    assert found.parameters.window_assumed == (found.parameters.repeat_customers < 20)
    if customers <= 30:
        assert found.parameters.spread > verdicts(random_shop(400, seed=1), START + 730).parameters.spread


def columns(found: Any) -> dict[str, list[Any]]:
    told: dict[str, list[Any]] = found.table.drop_columns(["customer_id"]).to_pydict()
    return told


def test_row_order_and_ids_change_nothing() -> None:
    rows = random_shop(150, seed=20)
    base = verdicts(rows, START + 700)
    mixed = verdicts([rows[i] for i in np.random.default_rng(1).permutation(len(rows))], START + 700)
    assert base.table.equals(mixed.table)
    other = verdicts([(c * 1_000_003 + 2**40, d, n) for c, d, n in rows], START + 700)
    assert columns(base) == columns(other)


def test_what_comes_later_changes_nothing_before() -> None:
    rows = random_shop(150, seed=21)
    then = verdicts([row for row in rows if row[1] <= START + 400], START + 400)
    now = verdicts(rows, START + 400)
    assert then.table.equals(now.table)
    assert then.parameters == now.parameters


def test_the_time_zone_of_the_machine_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    import time

    rows = random_shop(80, seed=22)
    tables = []
    for zone in ("UTC", "Pacific/Auckland", "America/Los_Angeles"):
        monkeypatch.setenv("TZ", zone)
        time.tzset()
        tables.append(verdicts(rows, START + 500).table)
    monkeypatch.undo()
    time.tzset()
    assert tables[0].equals(tables[1])
    assert tables[0].equals(tables[2])


def test_the_same_run_twice_is_the_same() -> None:
    rows = random_shop(200, seed=23)
    one, two = (verdicts(rows, START + 600) for _ in range(2))
    assert one.table.equals(two.table)
    assert estimate(shop(rows), START + 600) == estimate(shop(rows), START + 600)
