"""The hard cases of CHECKS 5, simulated, each with its expected answer."""

from __future__ import annotations

from datetime import date

import numpy as np
import pyarrow as pa
import pytest

from regulars.base.days import to_number
from regulars.insight.parameters import Choice

from .shops import START, random_shop, steady
from .verdicts import all_finite, verdicts

Rows = list[tuple[int, int, int]]


def about_every(
    customer: int, gap: float, start: int, until: int, rng: np.random.Generator, spread: float = 0.2
) -> Rows:
    """One customer who buys about every `gap` days."""
    rows, day = [], float(start)
    while day <= until:
        rows.append((customer, int(day), 4000))
        day += max(1.0, gap * rng.normal(1.0, spread))
    return rows


def weekly_firm(seed: int = 1) -> Rows:
    """200 weekly buyers, of whom a few leave on the way."""
    rng = np.random.default_rng(seed)
    rows: Rows = []
    for customer in range(1, 201):
        start = START + int(rng.integers(0, 250))
        until = START + 365 if rng.random() < 0.8 else start + int(rng.integers(10, 200))
        rows += about_every(customer, 7.0, start, until, rng)
    return rows


@pytest.mark.parametrize("model", ["MBG/NBD", "MBG/CNBD-k", "Pareto/NBD"])
def test_a_weekly_buyer_silent_for_20_days_is_not_current(model: str) -> None:
    as_of = START + 365
    rows = weekly_firm()
    silent, fresh = 901, 902
    rows += [(silent, d, 4000) for d in range(as_of - 20 - 7 * 30, as_of - 19, 7)]
    rows += [(fresh, d, 4000) for d in range(as_of - 6 - 7 * 30, as_of - 5, 7)]
    found = verdicts(rows, as_of, choice=Choice(model=model))
    assert found[silent]["standing"] in ("slipping", "lapsed")
    assert found[silent]["rung"] in ("regular", "client", "extraordinary")
    assert found[fresh]["standing"] == "current"
    late = (found[silent]["late_after_day"] - found[silent]["last_day"]).days
    assert 8 <= late <= 15


def december_firm(seed: int = 2) -> tuple[Rows, list[int]]:
    """300 ordinary customers, and 60 who buy in December only (one to three times), since 2016."""
    rng = np.random.default_rng(seed)
    base = to_number(date(2016, 1, 1))
    ordinary = [(c, base + d - START, n) for c, d, n in random_shop(300, seed=seed, history=1750, mean_gap=60)]
    rows: Rows = list(ordinary)
    members = list(range(1001, 1061))
    for customer in members:
        for year in range(2016, 2020):
            first = to_number(date(year, 12, 1))
            for day in set(rng.integers(0, 24, size=rng.integers(1, 4)).tolist()):
                rows.append((customer, first + day, 6000))
    return rows, members


@pytest.mark.parametrize("as_of", [date(2019, 10, 15), date(2020, 1, 15)])
def test_december_buyers_stay_current_all_year(as_of: date) -> None:
    rows, members = december_firm()
    found = verdicts(rows, to_number(as_of), episodes="off")
    assert found.share("current", members) >= 0.9
    seasonal = [c for c in members if found[c]["seasonal"]]
    assert len(seasonal) >= 0.9 * len(members)
    for customer in seasonal:
        assert found[customer]["next_occasion_day"].month in (11, 12)


def test_december_buyers_who_stayed_away_are_late_in_february() -> None:
    rows, members = december_firm()
    found = verdicts(rows, to_number(date(2021, 2, 10)), episodes="off")
    assert found.share("current", members) <= 0.1


def project_firm(seed: int = 3) -> tuple[Rows, dict[int, int]]:
    """120 customers with projects: 3 to 7 purchases a few days apart, then two to eight months of nothing."""
    rng = np.random.default_rng(seed)
    rows: Rows = []
    last: dict[int, int] = {}
    for customer in range(1, 121):
        day = START + int(rng.integers(0, 120))
        while day <= START + 1095:
            for _ in range(rng.integers(3, 8)):
                rows.append((customer, day, 9000))
                last[customer] = day
                day += int(rng.integers(1, 6))
            day += int(rng.integers(60, 240))
    return [row for row in rows if row[1] <= START + 1095], last


def test_bursts_of_project_customers_are_episodes() -> None:
    rows, _ = project_firm()
    as_of = START + 1095
    found = verdicts(rows, as_of)
    gap = found.parameters.episode_gap_days
    assert gap is not None
    assert 5 <= gap < 60
    resting = [c for c, row in found.rows.items() if 20 <= (as_of - found.histories.last_day[c - 1]) <= 90 and row]
    assert len(resting) >= 20
    assert found.share("current", resting) >= 0.9
    nonsense = verdicts(rows, as_of, episodes="off")
    assert nonsense.share("current", resting) < 0.6
    assert found[resting[0]]["episodes"] < found[resting[0]]["occasions"]


def test_firms_without_bursts_have_no_episodes() -> None:
    assert verdicts(weekly_firm(), START + 365).parameters.episode_gap_days is None
    assert verdicts(random_shop(300, seed=4), START + 730).parameters.episode_gap_days is None
    rng = np.random.default_rng(5)
    mixed: Rows = []  # weekly and yearly customers: two humps, but never both in one customer
    for customer in range(1, 200):
        mixed += about_every(customer, 7 if customer % 2 else 150, START + int(rng.integers(0, 60)), START + 900, rng)
    assert verdicts(mixed, START + 900).parameters.episode_gap_days is None


def test_weekly_fading_to_monthly_is_flagged_and_not_lapsed() -> None:
    as_of = START + 365
    rows = weekly_firm()
    turn = as_of - 150
    fading = [(901, d, 4000) for d in range(START, turn, 7)] + [(901, d, 4000) for d in range(turn, as_of, 29)]
    found = verdicts(rows + fading + steady(902, START, 7, as_of), as_of)
    assert found[901]["fading"]
    assert not found[902]["fading"]
    assert "fading" in found[901]["reasons"].split()
    assert np.mean([row["fading"] for row in found.rows.values()]) < 0.1


def durable_firm(seed: int = 6, customers: int = 800) -> Rows:
    """A purchase lasts four years (give or take one); 2.5 years of orders."""
    rng = np.random.default_rng(seed)
    rows: Rows = []
    for customer in range(1, customers + 1):
        day = START + float(rng.uniform(-1461, 912))
        while day <= START + 912:
            if day >= START:
                rows.append((customer, int(day), 250_000))
            day += max(200.0, rng.normal(1461, 300))
    return rows


def test_a_durable_of_four_years_is_not_judged_on_two_and_a_half() -> None:
    rows, as_of = durable_firm(), START + 912
    told = verdicts(rows, as_of, cycle_days=1461)
    assert told.parameters.kind == "durable"
    assert told.share("current") > 0.95
    assert max(row["sure"] for row in told.rows.values()) < 0.8, "only probably"
    unknown = verdicts(rows, as_of)
    assert unknown.share("won back") == unknown.share("lapsed") == 0
    assert unknown.share("slipping") == 0
    old = [c for c, row in unknown.rows.items() if (as_of - to_number(row["last_day"])) > 700]
    assert {unknown[c]["standing"] for c in old} <= {"too early", "current", "not recent"}


def test_products_marked_durable_give_the_cycle() -> None:
    rows, as_of = durable_firm(), START + 912
    lines = pa.table(
        {
            "order_id": [1, 2],
            "line_no": pa.array([1, 1], pa.int32()),
            "customer_id": [1, 2],
            "day": pa.array([START, START], pa.int32()).cast(pa.date32()),
            "product_id": ["stove", "brush"],
            "net": [250_000, 500],
        }
    )
    products = pa.table({"product_id": ["stove", "brush"], "durable": [True, False], "cycle_days": [1461, None]})
    found = verdicts(rows, as_of, tables={"lines": lines, "products": products})
    assert found.parameters.cycle_days == 1461
    unknown = pa.table({"product_id": ["stove"], "durable": [True], "cycle_days": pa.nulls(1, pa.int32())})
    found = verdicts(rows, as_of, tables={"lines": lines, "products": unknown})
    assert found.parameters.too_early


def test_a_one_off_firm_is_called_that() -> None:
    rng = np.random.default_rng(7)
    rows = [(c, START + int(rng.integers(0, 900)), 8000) for c in range(1, 1501)]
    rows += [(c, rows[c - 1][1] + int(rng.integers(5, 100)), 8000) for c in range(1, 31)]
    found = verdicts(rows, START + 900)
    assert found.parameters.kind == "one_off"
    assert {row["standing"] for row in found.rows.values()} == {"recent", "not recent"}


def contracts(seed: int = 8) -> tuple[Rows, list[int]]:
    """150 customers who pay every month; 60 of them cancelled, so that one payment failed to come."""
    rng = np.random.default_rng(seed)
    as_of = START + 700
    rows: Rows = []
    cancelled = list(range(1, 61))
    for customer in range(1, 151):
        last = as_of - int(rng.integers(31, 60)) - 30 if customer in cancelled else as_of - int(rng.integers(0, 30))
        months = int(rng.integers(4, 20))
        rows += [(customer, last - 30 * m + int(rng.integers(-1, 2)), 2500) for m in range(months)]
    return rows, cancelled


def test_contracts_cancelled_for_a_month_are_not_current() -> None:
    rows, cancelled = contracts()
    for choice in (Choice(), Choice(model="MBG/CNBD-k")):
        found = verdicts(rows, START + 700, choice=choice)
        assert found.share("current", cancelled) <= 0.05
        assert found.share("current", range(61, 151)) >= 0.95


def test_a_contract_with_dates_overrides_the_model() -> None:
    rows, _ = contracts()
    as_of = START + 700
    until = [as_of + 30, as_of - 1, None]
    attributes = pa.table(
        {
            "customer_id": [1, 100, 101],
            "contract_from": pa.array([START] * 3, pa.int32()).cast(pa.date32()),
            "contract_until": pa.array(until, pa.int32()).cast(pa.date32()),
        }
    )
    found = verdicts(rows, as_of, attributes=attributes)
    assert [found[c]["standing"] for c in (1, 100, 101)] == ["current", "lapsed", "current"]
    assert found[1]["sure"] == found[100]["sure"] == 1.0
    assert (found[1]["p_alive"], found[100]["p_alive"], found[100]["value_365"]) == (1.0, 0.0, 0)
    assert found[100]["value_at_risk"] == found[100]["value_if_staying"] > 0
    assert "under_contract" in found[1]["reasons"]
    assert "contract_over" in found[100]["reasons"]


def test_a_new_customer_is_current_on_the_first_day() -> None:
    rows = [*weekly_firm(), (901, START + 365, 500)]
    found = verdicts(rows, START + 365)[901]
    assert found["standing"] == "current"
    assert found["rung"] == "buyer"
    assert found["sure"] == 1.0
    assert "new" in found["reasons"].split()


def test_five_customers_get_wide_and_finite_answers() -> None:
    rows = steady(1, START, 30, START + 300) + steady(2, START + 10, 45, START + 200)
    rows += [(3, START + 5, 1000), (4, START + 290, 3000), (5, START + 100, 200), (5, START + 101, 300)]
    found = verdicts(rows, START + 300)
    assert found.parameters.window_assumed
    assert found.parameters.window_days == 90
    assert found.parameters.kind == "too_few"
    assert all_finite(found.table)
    assert found[1]["standing"] == "current"
    for row in found.rows.values():
        assert row["value_365_low"] <= row["value_365"] <= row["value_365_high"]
        assert "window_assumed" in row["reasons"]
    assert found[1]["value_365_high"] > 1.5 * found[1]["value_365"]
