"""Last year, replayed: what was said then is what standing then says, and what followed is counted as it was."""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest
from tests.insight.people.shops import START, random_shop, shop

from regulars.base import days
from regulars.insight import rungs
from regulars.insight.choice import choose
from regulars.insight.parameters import Choice, Thresholds
from regulars.insight.replay import replay
from regulars.insight.rounds import plan, read_panel, rounds
from regulars.insight.standing import SLIPPING
from regulars.insight.verdicts import Then

AS_OF = days.to_number(date(2021, 12, 10))
FAST = Thresholds(draws=8)


@pytest.fixture(scope="module")
def parts():
    rows = [row for row in random_shop(600, seed=13) if row[1] <= AS_OF]
    panel = read_panel(shop(rows), AS_OF, most=10**6)
    horizon, origins = plan(panel.first_day, AS_OF)
    thens = [Then.on(turn.past, FAST, Choice()) for turn in rounds(panel, horizon, origins)]
    return rows, panel, thens, replay(panel, thens, AS_OF, FAST, Choice(), unit=0.01, digits=2)


def test_twelve_firsts_of_a_month(parts):
    told = parts[3]
    assert [m.month for m in told] == [days.add_months(date(2021, 1, 1), i) for i in range(12)]
    assert all(m.came_back_expected >= 0 and m.slipping_regulars <= m.slipping for m in told)


def test_what_is_not_over_is_not_told(parts):
    for month in parts[3]:
        over = days.to_number(month.until) <= AS_OF
        assert (month.came_back is not None) == (month.stayed_away is not None) == over
        if over:
            assert month.came_back + month.stayed_away == month.slipping
        else:
            assert month.sales_before == 0
    assert parts[3][0].came_back is not None
    assert parts[3][-1].came_back is None


def test_one_month_by_hand(parts):
    """Who is newly slipping on 1 May, who of them came back in time, and what the others had spent."""
    rows, panel, thens, told = parts
    month = next(m for m in told if m.month == date(2021, 5, 1))
    day = days.to_number(date(2021, 4, 30))
    then = max((one for one in thens if one.past.as_of <= day), key=lambda one: one.past.as_of)
    earlier = [one for one in thens if one.past.as_of <= days.to_number(date(2021, 3, 31))]
    before = max(earlier, key=lambda one: one.past.as_of)
    now, last = panel.past(day, 1), panel.past(days.to_number(date(2021, 3, 31)), 1)
    slipping = set(now.who[then.of(now).code == SLIPPING])
    fresh = sorted(slipping - set(last.who[before.of(last).code == SLIPPING]))
    assert month.slipping == len(fresh)
    until = day + then.parameters.window_days
    assert days.to_date(until) == month.until
    ids = sorted({c for c, _, _ in rows})
    back = [who for who in fresh if any(c == ids[who] and day < d <= until for c, d, _ in rows)]
    assert month.came_back == len(back)
    gone = {ids[who] for who in fresh} - {ids[who] for who in back}
    spent = sum(n for c, d, n in rows if c in gone and day - 365 < d <= day)
    assert month.sales_before == pytest.approx(spent / 100)
    at = np.flatnonzero(np.isin(now.who, fresh))
    regular = rungs.regular(now.histories.take(at), then.parameters).all
    assert month.slipping_regulars == regular.sum()


def test_expected_returns_are_about_right(parts):
    over = [m for m in parts[3] if m.came_back is not None]
    said, came = sum(m.came_back_expected for m in over), sum(m.came_back for m in over)
    assert 0.6 * said <= came <= 1.5 * said


def test_later_orders_change_nothing_of_what_was_said(parts):
    """Only what then happened may change with what comes in later."""
    rows, _, _, told = parts
    half = days.to_number(date(2021, 7, 15))
    early = choose(shop([r for r in rows if r[1] <= half]), half, FAST)
    panel = read_panel(shop(rows), half, most=10**6)
    thens = [Then.on(t.past, FAST, Choice()) for t in rounds(panel, *plan(panel.first_day, half))]
    again = replay(panel, thens, half, FAST, Choice(), unit=0.01, digits=2)
    assert early.replay == again
    assert [m.month for m in again][-1] == date(2021, 7, 1)
    assert told[-1].month == date(2021, 12, 1)


def test_a_young_firm_is_told_nothing():
    rows = random_shop(200, seed=2, history=40)
    panel = read_panel(shop(rows), START + 40, most=10**6)
    assert replay(panel, [], START + 40, FAST, Choice(), unit=0.01, digits=2) == []
