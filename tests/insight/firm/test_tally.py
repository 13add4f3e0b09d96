"""The tally against counting customer by customer, day by day."""

from __future__ import annotations

from collections import Counter
from datetime import date
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from regulars.base import days
from regulars.insight.figures import RUNGS
from regulars.insight.months import Months
from regulars.insight.occasions import Chunk
from regulars.insight.tally import REGULAR, MonthRule, Tally
from regulars.insight.views import cohort_figures, flow_figures, month_figures, no_extra, state_labels

FIRST = days.to_number(date(2023, 11, 20))
AS_OF = days.to_number(date(2024, 12, 17))
RULE = MonthRule(window_days=40)

occasion = st.tuples(st.integers(FIRST, AS_OF), st.integers(-500, 90_000), st.integers(1, 60), st.integers(0, 120))
firms = st.lists(
    st.tuples(st.lists(occasion, min_size=1, max_size=12, unique_by=lambda o: o[0]), st.integers(1, 5)),
    min_size=1,
    max_size=12,
)


def chunk_of(firm, start=0):
    """The firm as one chunk with each occasion's late and lapse day, and today's rungs."""
    rows = [(start + c, *o) for c, (occasions, _) in enumerate(firm) for o in sorted(occasions)]
    who, day, net, late, lapse = (np.array(part, dtype=np.int64) for part in zip(*rows, strict=True))
    late_day = day + late
    chunk = Chunk(who, day, np.ones_like(day), net, None)
    return chunk, late_day, late_day + lapse, np.array([rung for _, rung in firm], dtype=np.int8)


def tally_of(firm, parts=1, period=1):
    whole = Tally(Months.between(FIRST, AS_OF), RULE, period)
    for part in np.array_split(np.arange(len(firm)), parts):
        if part.size:
            other = Tally(whole.months, RULE, period)
            other.add(*chunk_of([firm[i] for i in part], int(part[0])))
            whole.merge(other)
    return whole


def state_on(occasions, day):
    """By the rule of PRODUCT, from the occasions until `day`; None before the first."""
    known = [o for o in sorted(occasions) if o[0] <= day]
    if not known:
        return None
    last, _, late, lapse = known[-1]
    if day >= last + late:
        return "lapsed" if day >= last + late + lapse else "slipping"
    for before, o in pairwise(known):
        was_lapsed = o[0] - 1 >= before[0] + before[2] + before[3]
        if was_lapsed and o[0] > day - RULE.window_days:
            return "won back"
    return "current"


def rung_on(occasions, today, day):
    known = [o[0] for o in sorted(occasions) if o[0] <= day]
    gaps = np.diff(known)
    if len(known) >= 3 and sum(gaps) >= RULE.window_days and max(gaps) <= 0.75 * sum(gaps):
        return RUNGS[max(today, REGULAR)]
    return "repeat" if len(known) >= 2 else "buyer"


@settings(max_examples=80, deadline=None)
@given(firms, st.integers(1, 3))
def test_months_and_flows_are_what_counting_day_by_day_gives(firm, parts):
    tally = tally_of(firm, parts)
    labels = state_labels("repeat", too_early=False)
    months = month_figures(tally, no_extra(tally.months), labels, 0.01, 2)
    flows = {(f.month, f.origin, f.target): f.customers for f in flow_figures(tally, labels)}
    expected_flows: Counter = Counter()
    before = [None] * len(firm)
    assert months[0].month == date(2023, 11, 1)
    assert [m.complete for m in months] == [True] * (len(months) - 1) + [False]
    for m in months:
        end = min(days.to_number(days.add_months(m.month, 1)) - 1, AS_OF)
        begin = days.to_number(m.month)
        states = [state_on(occasions, end) for occasions, _ in firm]
        rungs = [rung_on(occasions, today, end) for occasions, today in firm]
        assert m.customers_by_standing == Counter(s for s in states if s)
        assert m.customers_by_rung == Counter(r for s, r in zip(states, rungs, strict=True) if s)
        sales, orders, by_state, by_rung = 0, 0, Counter(), Counter()
        for (occasions, _), state, rung in zip(firm, states, rungs, strict=True):
            there = [o for o in occasions if begin <= o[0] <= end]
            net = sum(o[1] for o in there)
            sales, orders = sales + net, orders + len(there)
            if there:
                by_state[state] += net
                by_rung[rung] += net
        assert m.sales == pytest.approx(sales / 100, abs=1e-9)
        assert m.orders == m.occasions == orders
        assert m.sales_by_standing == {k: pytest.approx(v / 100) for k, v in by_state.items() if v}
        assert m.sales_by_rung == {k: pytest.approx(v / 100) for k, v in by_rung.items() if v}
        for was, now in zip(before, states, strict=True):
            if now and now != was:
                expected_flows[(m.month, was or "new", now)] += 1
        before = states
    assert flows == expected_flows


@settings(max_examples=60, deadline=None)
@given(firms, st.sampled_from([1, 3]))
def test_cohorts_hold_every_customer_once_and_all_their_sales(firm, period):
    tally = tally_of(firm, 2, period)
    cohorts = cohort_figures(tally, 0.01, 2)
    assert sum(c.customers for c in cohorts) == len(firm)
    assert sum(sum(c.sales) for c in cohorts) == pytest.approx(sum(o[1] for f, _ in firm for o in f) / 100, abs=1e-6)
    for cohort in cohorts:
        assert cohort.active[0] == cohort.customers
        assert max(cohort.active) == cohort.customers
        assert cohort.period == ("month" if period == 1 else "quarter")
        for since, active in enumerate(cohort.active):
            begin = days.to_number(days.add_months(cohort.start, since * period))
            end = days.to_number(days.add_months(cohort.start, (since + 1) * period))
            until = days.to_number(days.add_months(cohort.start, period))
            there = sum(
                days.to_number(cohort.start) <= min(o[0] for o in f) < until and any(begin <= o[0] < end for o in f)
                for f, _ in firm
            )
            assert active == there


def test_amounts_too_big_for_floats_are_summed_exactly():
    """Yearly turnover in minor units beyond 2^53 would lose cents as a float."""
    big = 2**55 + 1
    firm = [([(FIRST, big, 10, 10)], 1), ([(FIRST, big, 10, 10)], 1)]
    assert int(tally_of(firm).sales.sum()) == 2 * big


def test_one_off_firms_know_only_recent_and_not_recent():
    labels = state_labels("one_off", too_early=False)
    tally = tally_of([([(FIRST, 100, 20, 10)], 1)])
    last = month_figures(tally, no_extra(tally.months), labels, 0.01, 2)[-1]
    assert last.customers_by_standing == {"not recent": 1}
    assert [(f.origin, f.target) for f in flow_figures(tally, labels)] == [("new", "recent"), ("recent", "not recent")]
