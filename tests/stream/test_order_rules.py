"""What is known of an order doesn't depend on what arrived first, twice, or from whom it wasn't believed."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from regulars.stream.items import OrderNotice
from regulars.stream.order_rules import RANKS, OrderState, amount, believed, fold, moment

START = datetime(2026, 3, 1, tzinfo=UTC)


def note(what: str, hours: int, message: str = "", *, trusted: bool = True, **more: Any) -> OrderNotice:
    return OrderNotice(
        message_id=message or f"{what}-{hours}",
        shop="shop",
        number="1001",
        what=what,
        at=START + timedelta(hours=hours),
        trusted=trusted,
        user_id=more.pop("user_id", "u1"),
        anonymous_id=more.pop("anonymous_id", None),
        email=more.pop("email", None),
        phone=None,
        received_at=more.pop("received_at", None),
        content=more,
    )


def folded(*notices: OrderNotice) -> OrderState:
    state = fold(notices)
    assert state is not None
    return state


contents = st.fixed_dictionaries(
    {},
    optional={
        "total": st.sampled_from(["10.00", "20.50"]),
        "currency": st.sampled_from(["EUR", "SEK"]),
        "cancelled_at": st.sampled_from([None, "2026-03-02T00:00:00Z"]),
        "ordered_at": st.just("2026-02-28T10:00:00Z"),
        "refunds": st.lists(st.fixed_dictionaries({"id": st.sampled_from("ab"), "amount": st.just("3")}), max_size=2),
        "amount": st.sampled_from(["1.00", "2.00", None]),
        "id": st.sampled_from(["a", "b", "c"]),
    },
)
notices = st.builds(
    lambda what, hours, message, trusted, user, received, content: OrderNotice(
        message_id=f"m{message}",
        shop="shop",
        number="1001",
        what=what,
        at=START + timedelta(hours=hours),
        trusted=trusted,
        user_id=user,
        anonymous_id="visit",
        email=None,
        phone=None,
        content=content,
        received_at=START + timedelta(hours=received),
    ),
    st.sampled_from(sorted(RANKS)),
    st.integers(0, 4),
    st.integers(0, 6),
    st.booleans(),
    st.sampled_from([None, "u1", "u2"]),
    st.integers(0, 2),
    contents,
)


@given(st.lists(notices, max_size=7), st.randoms(use_true_random=False), st.lists(st.integers(0, 6), max_size=5))
def test_any_order_of_arrival_and_any_repetition_ends_the_same(
    said: list[OrderNotice], chance: Any, again: list[int]
) -> None:
    shuffled = [*said, *(said[place % len(said)] for place in again if said)]
    chance.shuffle(shuffled)
    assert fold(shuffled) == fold(said)


@given(st.lists(notices, max_size=7))
def test_a_public_key_changes_nothing_that_a_trusted_source_told(said: list[OrderNotice]) -> None:
    trusted = [one for one in said if one.trusted]
    state = fold(trusted)
    if state is not None and state.told:
        assert fold(said) == state


def test_without_the_rule_a_public_key_would_change_it() -> None:
    said = [note("placed", 0, total="50"), note("updated", 1, trusted=False, total="0.01")]
    assert folded(*said).content["total"] == "50"
    naive = sorted(said, key=lambda one: one.at)
    assert naive[-1].content["total"] == "0.01"


def test_it_is_cancelled_before_it_is_placed() -> None:
    state = folded(note("cancelled", 5), note("placed", 1, total="10"))
    assert state.ordered_at == START + timedelta(hours=1)
    assert state.cancelled_at == START + timedelta(hours=5)
    assert state.told


def test_an_update_that_arrives_first_doesnt_date_the_order() -> None:
    state = folded(note("updated", 5, total="12"), note("placed", 1, total="10"))
    assert (state.ordered_at, state.content["total"]) == (START + timedelta(hours=1), "12")


def test_an_older_update_doesnt_outdo_a_newer_one_that_came_first() -> None:
    assert folded(note("updated", 9, total="9"), note("updated", 3, total="3")).content["total"] == "9"


def test_partial_refunds_keep_their_own_days() -> None:
    state = folded(
        note("placed", 0, total="30"), note("refunded", 48, "r2", amount="5"), note("refunded", 24, "r1", amount="10")
    )
    assert [(one.at - START, one.amount) for one in state.refunds] == [
        (timedelta(hours=24), "10"),
        (timedelta(hours=48), "5"),
    ]


def test_a_refund_without_an_amount_is_of_all_that_is_left() -> None:
    assert folded(note("placed", 0), note("refunded", 24)).refunds[0].amount is None


def test_a_snapshot_says_which_refunds_there_are_and_later_ones_add_to_it() -> None:
    state = folded(
        note("refunded", 1, "first", amount="1"),
        note("snapshot", 2, refunds=[{"id": "77", "amount": "4", "at": "2026-03-01T01:30:00Z"}]),
        note("refunded", 3, "again", id="77", amount="4"),
        note("refunded", 4, "other", amount="2"),
    )
    assert [(one.id, one.amount) for one in state.refunds] == [("77", "4"), ("other", "2")]


def test_a_snapshot_may_take_a_cancellation_back() -> None:
    assert folded(note("cancelled", 1), note("snapshot", 2, cancelled_at=None)).cancelled_at is None
    assert folded(note("cancelled", 3), note("snapshot", 2, cancelled_at=None)).cancelled_at is not None


def test_a_refund_alone_is_kept_for_the_order_that_others_told_of() -> None:
    state = folded(note("refunded", 1, amount="4"))
    assert not state.told
    assert state.ordered_at is None


def test_a_public_key_neither_refunds_nor_cancels_nor_takes_over_somebody_elses_order() -> None:
    assert fold([note("refunded", 1, trusted=False), note("cancelled", 2, trusted=False)]) is None
    state = folded(
        note("placed", 0, trusted=False, total="10"),
        note("updated", 1, trusted=False, user_id="u2", total="99"),
        note("cancelled", 2, trusted=False),
    )
    assert (state.content["total"], state.user_id, state.cancelled_at) == ("10", "u1", None)


def test_who_claims_an_earlier_moment_takes_nobodys_order_over() -> None:
    first = note("placed", 2, trusted=False, total="50", received_at=START + timedelta(hours=2))
    own = note("updated", 1, trusted=False, total="60", received_at=START + timedelta(hours=4))
    claimed = note("placed", 0, trusted=False, total="9999", user_id="mallory", received_at=START + timedelta(hours=3))
    state = folded(claimed, own, first)
    assert (state.user_id, state.content["total"], state.ordered_at) == ("u1", "50", START + timedelta(hours=2))
    assert sorted([first, claimed], key=lambda one: one.at)[0].user_id == "mallory"  # by its own clock it was first


def test_a_trusted_refund_counts_upon_a_public_order() -> None:
    state = folded(note("placed", 0, trusted=False, total="10"), note("refunded", 1, amount="4"))
    assert (state.content["total"], state.refunds[0].amount, state.trusted) == ("10", "4", True)


def test_what_one_message_says_counts_once() -> None:
    twice = [note("refunded", 1, "same", amount="4"), note("refunded", 2, "same", amount="9")]
    assert len(folded(*twice).refunds) == 1
    assert len(believed(twice)) == 2  # negative control: unless it is counted once, both would be there


@pytest.mark.parametrize(
    ("given_", "read"),
    [
        *((12.3, "12.3"), ("7.10", "7.10"), (0, "0"), ("-999999999999999", "-999999999999999"), (True, None)),
        *(("1,5", None), ("nan", None), (10**15, None), (None, None)),
        *(("1e9999999", None), ("-1e9999999", None), ("1e-9999999", None), ("1e99999999999999999999", None)),
    ],
)
def test_amounts_are_read_exactly_or_not_at_all(given_: object, read: str | None) -> None:
    assert amount(given_) == (None if read is None else amount(read))


def test_a_number_of_more_digits_than_python_writes_is_no_amount() -> None:
    assert amount(10**5000) is None


def test_instants_are_utc() -> None:
    assert moment("2026-03-01T02:00:00+02:00") == START
    assert moment("2026-03-01T00:00:00") == START
    assert moment("yesterday") is None
    assert moment(5) is None


@pytest.mark.parametrize("zone", ["Z", "", "+14:00", "-14:00"])
def test_at_the_ends_of_the_calendar_there_are_no_moments(zone: str) -> None:
    for at in ("9999-12-31T23:59:59", "0001-01-01T00:00:00", "1900-12-31T12:00:00", "2200-01-01T12:00:00"):
        assert moment(at + zone) is None
    assert moment("1901-01-01T12:00:00" + zone) is not None
    assert moment("2199-12-31T12:00:00" + zone) is not None
