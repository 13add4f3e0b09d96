"""Who objects to being analysed takes part in nothing but the firm's sums."""

from __future__ import annotations

import msgspec
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.costly import tried
from tests.insight.firm.test_firm import lake_of, net_as_of, orders_of_firm
from tests.insight.people.shops import START, occasions_table, random_shop

from regulars.insight.parameters import Thresholds
from regulars.insight.picture import run
from regulars.insight.reuse import Last
from regulars.insight.source import Frames

FAST = Thresholds(draws=8)
AS_OF = START + 730
ALL_TIME = ("sales", "orders", "months", "cautions")
"""What of the firm is about everybody's sales."""


def frames(rows: list[tuple[int, int, int]], prospects: tuple[int, ...] = ()) -> Frames:
    people = pa.table({"customer_id": pa.array([*{row[0] for row in rows}, *prospects], pa.int64())})
    return Frames({"occasions": occasions_table(rows), "people": people})


def judged(source: Frames, **options: object):
    return run(source, AS_OF, thresholds=FAST, **options)


def same_but_for_sums(found, expected) -> None:
    assert found.customers.equals(expected.customers)
    parameters, others = (msgspec.structs.replace(one.parameters, left_out="", inputs="") for one in (found, expected))
    assert parameters == others
    one, other = (msgspec.to_builtins(picture.firm) for picture in (found, expected))
    for name in ALL_TIME:
        one.pop(name), other.pop(name)
    assert one == other


@pytest.fixture(scope="module")
def rows() -> list[tuple[int, int, int]]:
    return random_shop(260, seed=3)


def test_a_run_is_as_if_their_rows_were_not_there(rows: list[tuple[int, int, int]]) -> None:
    gone = {7, 90, 91, 301}
    found = judged(frames(rows, (300, 301)), without=sorted(gone))
    same_but_for_sums(found, judged(frames([row for row in rows if row[0] not in gone], (300,))))
    assert found.firm.backtest is not None, "the models were tested too"
    assert found.firm.sales == pytest.approx(sum(net for _, _, net in rows) / 100)
    assert [one.code for one in found.firm.cautions if one.code == "left_out_included"]


def test_leaving_nobody_out_would_be_seen(rows: list[tuple[int, int, int]]) -> None:
    everybody = judged(frames(rows))
    fewer = judged(frames([row for row in rows if row[0] != 7]))
    with pytest.raises(AssertionError):
        same_but_for_sums(everybody, fewer)


def test_who_is_one_with_them_by_a_merge_is_left_out_too() -> None:
    rows = random_shop(40, seed=4)
    found = judged(frames(rows), merges={1: 2, 3: 1, 5: 6}, without=[3])
    rest = frames([row for row in rows if row[0] not in (1, 2, 3)])
    same_but_for_sums(found, judged(rest, merges={5: 6}))


def test_a_new_objection_ends_the_test_of_models_that_knew_them(rows: list[tuple[int, int, int]]) -> None:
    source = frames(rows)
    first = judged(source)
    nothing_new = pa.array([], pa.int64()).to_numpy()
    last = Last(first.parameters, first.firm, first.customers, nothing_new)
    again = judged(source, last=last, without=[7])
    fresh = judged(frames([row for row in rows if row[0] != 7]), previous=first.parameters)
    same_but_for_sums(again, fresh)


@tried(5, 20)
@given(orders_of_firm, st.sets(st.integers(1, 9)), st.integers(0, 900))
def test_sums_agree_with_the_orders_to_the_cent(orders, gone, after) -> None:
    as_of = START + max(after, min(order[1] for order in orders))
    found = run(lake_of(orders), as_of, thresholds=FAST, without=sorted(gone)).firm
    expected = net_as_of(orders, as_of) / 100
    assert found.sales == pytest.approx(expected, abs=1e-9)
    assert round(sum(month.sales for month in found.months), 2) == pytest.approx(expected, abs=1e-9)
    theirs = net_as_of([order for order in orders if order[0] in gone], as_of) / 100
    shown = sum(month.sales_by_standing.get("not analysed", 0.0) for month in found.months)
    assert round(shown, 2) == pytest.approx(theirs, abs=1e-9)
    for month in found.months:
        assert round(sum(month.sales_by_rung.values()), 2) == pytest.approx(month.sales, abs=1e-9)
