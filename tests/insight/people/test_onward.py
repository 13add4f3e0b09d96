"""Histories brought onward from an earlier day are those that reading everything gives, figure for figure."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from regulars.insight.histories import PER_CUSTOMER, Histories, histories
from regulars.insight.onward import Earlier, basis_of, onward, settled
from regulars.insight.picture import run
from regulars.insight.reuse import Last
from regulars.insight.source import Frames

from .shops import START, occasions_table, random_shop

THEN = START + 800
BASIS = basis_of(None, "", 0.8)
Told = tuple[tuple[int, int, int], int | None]
"""An occasion, and from which day on it is void."""


def rows_of(customers: st.SearchStrategy[int], last: int) -> st.SearchStrategy[list[Told]]:
    """Occasions on days 0..last, some of them void from a day on that is not after the last."""
    row = st.tuples(customers, st.integers(0, last), st.integers(-900, 90_000), st.none() | st.integers(0, 40))
    drawn = st.lists(row, max_size=40, unique_by=lambda one: one[:2])
    return drawn.map(
        lambda rows: [
            ((who, START + day, net), None if after is None else START + min(day + after, last))
            for who, day, net, after in rows
        ]
    )


def source(rows: list[Told]) -> Frames:
    voids = {row[:2]: void for row, void in rows if void is not None}
    return Frames({"occasions": occasions_table([row for row, _ in rows], voids=voids)})


def equal(found: Histories | None, expected: Histories) -> None:
    assert found is not None
    assert (found.as_of, found.episode_gap) == (expected.as_of, expected.episode_gap)
    for name in (*PER_CUSTOMER, "offsets", "days"):
        one, other = getattr(found, name), getattr(expected, name)
        assert one.dtype == other.dtype, name
        np.testing.assert_array_equal(one, other, err_msg=name)


@settings(max_examples=15, deadline=None)
@given(
    rows_of(st.integers(1, 16), 800),
    rows_of(st.sampled_from([3, 5, 17]), 840),
    st.integers(0, 31),
    st.sampled_from([{}, {5: 3}, {4: 6, 8: 6}, {3: 4}]),
)
def test_brought_onward_and_read_agree(rows, more, later: int, merges: dict[int, int]) -> None:
    everyone: list[Told] = [((customer, START + customer, 700), None) for customer in range(1, 17)]
    before = list({row[:2]: (row, void) for row, void in everyone + rows}.values())
    after = [one for one in before if one[0][0] not in (3, 5)] + more
    basis = basis_of(merges, "", 0.8)
    earlier = Earlier(histories(source(before), THEN, merges=merges), np.array([3, 5, 17]), basis)
    now = source(after)
    expected = histories(now, THEN + later, merges=merges)
    equal(onward(earlier, now, THEN + later, basis, merges=merges, late_share=0.8), expected)


@pytest.fixture(scope="module")
def shop() -> Frames:
    return Frames({"occasions": occasions_table(random_shop(60, seed=5, history=800))})


@pytest.fixture(scope="module")
def known(shop: Frames) -> Histories:
    return histories(shop, THEN)


def test_a_customer_who_changed_unnoticed_would_be_seen(shop: Frames, known: Histories) -> None:
    more = pa.concat_tables([shop.arrow("occasions"), occasions_table([(7, THEN - 1, 100)])])
    found = onward(
        Earlier(known, np.array([], dtype=np.int64), BASIS),
        Frames({"occasions": more}),
        THEN + 1,
        BASIS,
        merges=None,
        late_share=0.8,
    )
    with pytest.raises(AssertionError):
        equal(found, histories(Frames({"occasions": more}), THEN + 1))


def test_what_cannot_be_brought_onward_is_read(shop: Frames, known: Histories) -> None:
    def found(as_of: int = THEN + 1, changed: int = 0, basis: str = BASIS) -> Histories | None:
        given_before = Earlier(known, np.arange(changed), BASIS)
        return onward(given_before, shop, as_of, basis, merges=None, late_share=0.8)

    assert found() is not None
    assert found(as_of=THEN + 32) is None
    assert found(as_of=THEN - 1) is None, "the past may be known less well"
    assert found(changed=16) is None, "so many that reading all is as fast"
    assert found(basis=basis_of({1: 2}, "", 0.8)) is None
    assert onward(None, shop, THEN + 1, BASIS, merges=None, late_share=0.8) is None
    assert len({BASIS, basis_of({1: 2}, "", 0.8), basis_of(None, "x", 0.8), basis_of(None, "", 0.7)}) == 4


def test_only_what_cannot_change_by_waiting_is_settled() -> None:
    bought = occasions_table([(1, THEN, 100)])
    assert settled(Frames({"occasions": bought}), THEN)
    assert not settled(Frames({"occasions": bought}), THEN - 1)
    later = occasions_table([(1, THEN, 100)], voids={(1, THEN): THEN + 1})
    assert not settled(Frames({"occasions": later}), THEN)
    given_back = pa.table({"day": pa.array([THEN + 1], pa.int32()).cast(pa.date32())})
    assert not settled(Frames({"occasions": bought, "refunds": given_back}), THEN)


def test_a_run_keeps_its_histories_and_the_next_gives_what_it_would_without(shop: Frames) -> None:
    kept: list[tuple[Histories, str]] = []

    def keep(histories: Histories, basis: str) -> str:
        kept.append((histories, basis))
        return f"kept {len(kept)}"

    first = run(shop, THEN, keep=keep)
    assert first.parameters.histories == "kept 1"
    nothing = np.array([], dtype=np.int64)
    known, basis = kept[0]
    again = Last(first.parameters, first.firm, first.customers, nothing, lambda: Earlier(known, nothing, basis))
    anew = Last(first.parameters, first.firm, first.customers, nothing)
    found, expected = (run(shop, THEN + 1, last=last, keep=keep) for last in (again, anew))
    assert found.customers.equals(expected.customers)
    assert found.firm == expected.firm
    equal(kept[1][0], kept[2][0])
    assert run(shop, THEN - 400, keep=keep).parameters.histories == "", "of a day after which more happened"
