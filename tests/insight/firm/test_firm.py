"""The firm's figures: they add up to the cent, say nothing they can't know, and are finite for any firm."""

from __future__ import annotations

import math
from datetime import date
from itertools import pairwise

import ibis
import msgspec
import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.costly import tried
from tests.insight.people.shops import START, random_shop, shop, steady

from regulars.base import days
from regulars.insight.cautions import days_with_orders
from regulars.insight.choice import choose
from regulars.insight.costs import bought_between, cost, first_orders
from regulars.insight.estimate import parameters_of
from regulars.insight.extras import extras
from regulars.insight.figures import Firm
from regulars.insight.firm import firm
from regulars.insight.histories import histories
from regulars.insight.judge import judged
from regulars.insight.outside import erased_by_month, void_by_month
from regulars.insight.parameters import Choice, Thresholds
from regulars.insight.source import Frames

FAST = Thresholds(draws=8)
AS_OF = START + 730


def picture(source, as_of, thresholds=FAST, people=None, chosen=None):
    """The firm as `run` would see it, without a backtest unless `chosen` is given."""
    known = histories(source, as_of)
    parameters = parameters_of(known, thresholds, chosen.choice if chosen else Choice())
    more = extras(source, known.customer_id, as_of, attributes=people)
    table, parameters = judged(known, parameters, more)
    given_backtest = {"backtest": chosen.backtest, "replay": chosen.replay} if chosen else {}
    return firm(source, table, parameters, **given_backtest), table, parameters


def floats_of(value):
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, list | tuple):
        return [x for one in value for x in floats_of(one)]
    return [value] if isinstance(value, float) else []


orders_of_firm = st.lists(
    st.tuples(
        st.integers(1, 9),  # customer
        st.integers(0, 800),  # day
        st.integers(0, 900_000),  # net when ordered
        st.sampled_from(["kept", "part", "whole", "more"]),
        st.integers(0, 300),  # days until the refund
    ),
    min_size=1,
    max_size=40,
    unique_by=lambda o: (o[0], o[1]),
)


def lake_of(orders, erased=()):
    """Occasions, orders and refunds as the lake keeps them, and the sales as of each day by plain adding up."""
    occasions, placed, refunds = [], [], []
    for number, (customer, day, net, fate, delay) in enumerate(orders):
        back = {"kept": 0, "part": net // 3, "whole": net, "more": net + 50}[fate]
        gone = net > 0 and back >= net
        given = START + day + delay
        occasions.append(
            {
                "customer_id": customer,
                "day": days.to_date(START + day),
                "orders": 0 if gone else 1,
                "net": net - back,
                "margin": None,
                "void_day": days.to_date(given) if gone else None,
            }
        )
        placed.append({"order_id": number, "customer_id": customer, "gross": net, "discount": 0, "refund": back})
        if back:
            refunds.append(
                {
                    "order_id": number,
                    "customer_id": customer,
                    "order_day": days.to_date(START + day),
                    "day": days.to_date(given),
                    "amount": back,
                }
            )
    tables = {"occasions": occasions, "orders": placed, "refunds": refunds, "erased_totals": list(erased)}
    return Frames({name: pa.Table.from_pylist(rows) for name, rows in tables.items() if rows})


def net_as_of(orders, as_of):
    """Sales of orders dated by the day, refunds given by then out."""
    total = 0
    for _, day, net, fate, delay in orders:
        if START + day <= as_of:
            total += net
            if START + day + delay <= as_of:
                total -= {"kept": 0, "part": net // 3, "whole": net, "more": net + 50}[fate]
    return total


@tried(6, 25)
@given(orders_of_firm, st.integers(0, 900), st.integers(0, 10**9))
def test_sums_agree_with_the_orders_to_the_cent(orders, after, erased_net):
    as_of = START + max(after, min(o[1] for o in orders))
    erased = [{"day": days.to_date(START), "orders": 3, "net": erased_net}] if erased_net else []
    found, table, parameters = picture(lake_of(orders, erased), as_of)
    expected = (net_as_of(orders, as_of) + erased_net) / 100
    assert found.sales == pytest.approx(expected, abs=1e-9)
    assert round(sum(m.sales for m in found.months), 2) == pytest.approx(expected, abs=1e-9)
    for month in found.months:
        for parts in (month.sales_by_standing, month.sales_by_rung):
            assert round(sum(parts.values()), 2) == pytest.approx(month.sales, abs=1e-9)
    known = [g for g in found.standing if g.name != "prospect"]
    assert sum(g.customers for g in known) == found.customers
    assert round(sum(g.sales_365 for g in known) * 100) == sum(table.column("sales_365").to_pylist())
    assert round(sum(g.sales_365 for g in found.rung) * 100) == sum(table.column("sales_365").to_pylist())
    if parameters.first_day is None:
        assert found.customers == 0
        return
    assert found.months[-1].customers_by_rung == {
        name: count for name in {g.name for g in found.rung} if (count := group_of(found.rung, name).customers)
    }
    assert sum(c.customers for c in found.cohorts) == found.customers
    assert all(math.isfinite(x) for x in floats_of(msgspec.to_builtins(found)))


def group_of(groups, name):
    return next(g for g in groups if g.name == name)


@pytest.fixture(scope="module")
def large():
    source = shop(random_shop(900, seed=7))
    return picture(source, AS_OF, chosen=choose(source, AS_OF, FAST))


def test_the_whole_picture_survives_json_and_is_finite(large):
    found = large[0]
    assert msgspec.json.decode(msgspec.json.encode(found), type=Firm) == found
    assert all(math.isfinite(x) for x in floats_of(msgspec.to_builtins(found)))
    assert found.backtest is not None
    assert len(found.replay) == 12


def test_last_month_is_today(large):
    """History under today's parameters ends in today's standings."""
    found = large[0]
    today = {g.name: g.customers for g in found.standing}
    assert found.months[-1].customers_by_standing == today
    assert found.months[-1].customers_by_rung == {g.name: g.customers for g in found.rung}


def test_flows_lead_from_one_month_to_the_next(large):
    found = large[0]
    for before, after in pairwise(found.months):
        counts = dict(before.customers_by_standing)
        for flow in found.flows:
            if flow.month == after.month:
                counts[flow.target] = counts.get(flow.target, 0) + flow.customers
                if flow.origin != "new":
                    counts[flow.origin] -= flow.customers
        assert {k: n for k, n in counts.items() if n} == after.customers_by_standing


def test_ranges_hold_their_value_and_sums_are_not_summed_bounds(large):
    found, table, _ = large
    value = found.value_365
    assert value.low < value.value < value.high
    assert value.value == pytest.approx(sum(table.column("value_365").to_pylist()) / 100)
    low, high = (sum(table.column(f"value_365_{end}").to_pylist()) / 100 for end in ("low", "high"))
    assert low < value.low
    assert value.high < high
    slipping = group_of(found.standing, "slipping")
    assert slipping.value_at_risk == found.value_at_risk
    assert slipping.value_at_risk.value == pytest.approx(
        slipping.value_if_staying - slipping.value_365.value, abs=0.05 * slipping.customers
    )
    width = {g.name: (g.value_365.high - g.value_365.low) / g.value_365.value for g in found.standing}
    assert width["slipping"] > (value.high - value.low) / value.value


def test_the_call_list_is_slipping_deepest_first(large):
    found = large[0]
    assert found.call_list
    assert {p.standing for p in found.call_list} == {"slipping"}
    rungs = ("buyer", "repeat", "regular", "client", "extraordinary")
    keys = [(-rungs.index(p.rung), -p.value_at_risk) for p in found.call_list]
    assert keys == sorted(keys)
    assert all(p.reasons and p.reasons[0].code == "late" for p in found.call_list)
    assert all(p.value_365.low <= p.value_365.value <= p.value_365.high for p in found.call_list)


def test_near_extraordinary_are_told_what_lifts_them(large):
    found = large[0]
    assert found.near_extraordinary
    for person in found.near_extraordinary:
        assert person.rung in ("regular", "client")
        assert person.standing != "lapsed"
        assert all(r.code.startswith(("lift_", "unknown_", "score_", "value_below")) for r in person.reasons)


def test_concentration_and_kept():
    heavy = steady(1, START, 7, AS_OF, net=100_000)
    light = [row for c in range(2, 102) for row in steady(c, START + c % 30, 60, AS_OF, net=1_000)]
    found = picture(shop(heavy + light), AS_OF)[0]
    inequality = found.concentration
    assert inequality.top_tenth_share > 0.9
    assert inequality.top_hundredth_share is None  # 101 customers: one would be the hundredth
    assert 0.85 < inequality.gini <= 1
    assert inequality.curve[0] == (0.0, 0.0)
    assert inequality.curve[-1] == (1.0, 1.0)
    assert all(b[1] >= a[1] for a, b in pairwise(inequality.curve))
    (year,) = found.kept_best
    assert year.year_ending == days.to_date(AS_OF - 365)
    assert year.best == year.kept >= 11
    assert year.sales_then > 52 * 1000


def test_equal_customers_are_equal():
    found = picture(shop([(c, START + 400 + d, 500) for c in range(50) for d in (c % 9, 60, 130)]), START + 600)[0]
    assert found.concentration.gini == pytest.approx(0, abs=1e-9)
    assert found.concentration.top_tenth_share == pytest.approx(0.1)


@pytest.mark.parametrize("customers", [0, 1, 5, 30, 200])
def test_small_shops_are_honest(customers):
    source = shop(random_shop(customers, seed=5) if customers else [])
    chosen = choose(source, AS_OF, FAST)
    found, table, _ = picture(source, AS_OF, chosen=chosen)
    assert found.customers == table.num_rows == customers
    assert all(math.isfinite(x) for x in floats_of(msgspec.to_builtins(found)))
    codes = {r.code for r in found.cautions}
    if customers == 0:
        assert found.value_365 is None
        assert found.value_at_risk is None
        assert found.months == found.cohorts == found.flows == found.replay == []
    if customers < 20:
        assert found.window_assumed
        assert found.concentration.top_tenth_share is None
        assert found.kept_best == []
    if customers < 30:
        assert "few_customers" in codes
    assert "too_few_repeat" in codes
    assert not found.backtest.enough
    if 0 < customers < 200:
        value = found.value_365
        assert value.high - value.low > 0.15 * value.value  # few customers, wide range


def test_a_one_off_firm_has_no_value_at_risk():
    rng = np.random.default_rng(3)
    rows = [(c, START + int(rng.integers(0, 729)), 5000) for c in range(1500)]
    rows += [(c, day + 15 + c % 9, 5000) for c, day, _ in rows[:20]]
    source = shop(rows)
    found = picture(source, AS_OF, chosen=choose(source, AS_OF, FAST))[0]
    assert found.kind == "one_off"
    assert {g.name for g in found.standing} == {"recent", "not recent"}
    assert found.value_at_risk is None
    assert found.already_lost is None
    assert found.replay == []
    assert {"recent", "not recent"} >= set(found.months[-1].customers_by_standing)
    assert "one_off_firm" in {r.code for r in found.cautions}
    assert found.months[-1].customers_by_standing == {g.name: g.customers for g in found.standing}


def test_cautions_name_what_spoils_the_picture():
    walk_in = [(1, START + d, 900) for d in range(730)]
    others = [row for c in range(2, 60) for row in steady(c, START + c, 45, START + 600)]
    hole = [row for row in walk_in + others if not START + 300 <= row[1] < START + 360]
    found = picture(shop(hole), AS_OF - 5)[0]
    by_code = {r.code: r.figures for r in found.cautions}
    assert by_code["one_customer_dominates"]["share"] > 1 / 3
    assert by_code["gap_in_history"]["days"] == 60
    assert by_code["gap_in_history"]["from"] == days.to_date(START + 300).isoformat()
    assert by_code["sales_not_margin"] == {}
    assert "month_unfinished" in by_code
    quiet = picture(shop(others), AS_OF)[0]
    assert {r.code for r in quiet.cautions} >= {"nothing_lately"}
    assert not {"one_customer_dominates", "gap_in_history"} & {r.code for r in quiet.cautions}


def spend_source():
    rows = [row for c in range(1, 41) for row in steady(c, START + 20 * (c - 1), 50, AS_OF)]
    placed = [
        {
            "order_id": i,
            "customer_id": c,
            "ordered_at": days.to_date(d),
            "day": days.to_date(d),
            "status": "placed",
            "channel": "Web" if c % 2 else None,
            "campaign": "Spring" if c % 4 == 0 else None,
        }
        for i, (c, d, _) in enumerate(rows)
    ]
    spend = [{"source": "web", "month": date(2021, m, 1), "amount": 50_000, "purpose": "win"} for m in range(7, 13)] + [
        {"source": "radio", "month": date(2021, 8, 1), "amount": 10_000, "purpose": "win"},
        {"source": "mail", "month": date(2021, 9, 1), "amount": 20_000, "purpose": "keep"},
        {"source": "web", "month": date(2023, 1, 1), "amount": 99_999, "purpose": "win"},  # not dated yet
    ]
    return shop(rows, orders=pa.Table.from_pylist(placed), spend=pa.Table.from_pylist(spend)), rows


def test_cost_to_win_stands_beside_cost_to_keep():
    source, rows = spend_source()
    found = cost(source, AS_OF, 0.01, 2)
    begin = days.to_number(date(2021, 7, 1))
    firsts = {c: min(d for who, d, _ in rows if who == c) for c, _, _ in rows}
    won = [c for c, d in firsts.items() if d >= begin]
    assert found.month_from == date(2021, 7, 1)
    assert found.month_until == date(2021, 12, 1)
    assert found.win_spend == 3100.0
    assert found.won == len(won)
    assert found.cost_to_win == round(3100 / len(won), 2)
    assert found.keep_spend == 200.0
    assert found.kept == len(firsts) - len(won)
    assert found.by_source == {"radio": (100.0, None), "web": (3000.0, sum(c % 2 for c in won))}


def test_without_spend_there_is_no_cost():
    assert cost(shop(random_shop(5, seed=1)), AS_OF, 0.01, 2) is None


def test_threads_and_chunks_change_nothing():
    source = shop(random_shop(120, seed=11))
    known = histories(source, AS_OF)
    table, parameters = judged(known, parameters_of(known, FAST, Choice()))
    one, two = (firm(source, table, parameters, threads=n) for n in (1, 4))
    assert one == two


def test_everything_relational_compiles_for_spark():
    source, _ = spend_source()
    expressions = [
        erased_by_month(source.table("erased_totals"), AS_OF),
        void_by_month(source.table("occasions"), source.table("refunds"), AS_OF),
        days_with_orders(source.table("occasions"), AS_OF),
        first_orders(source.table("orders"), AS_OF, {1: 2}),
        bought_between(source.table("occasions"), AS_OF - 30, AS_OF, {1: 2}),
    ]
    for expr in expressions:
        assert "SELECT" in str(ibis.to_sql(expr, dialect="pyspark"))
