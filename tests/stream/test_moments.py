"""When something happened, by clocks that are wrong, jump, or lie in the future."""

from __future__ import annotations

import contextlib
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from regulars.base.errors import BadInput
from regulars.stream.moments import EARLIEST, NEGLIGIBLE, moment, occurred

NOW = datetime(2026, 3, 28, 9, 30, tzinfo=UTC)
MINUTES = st.integers(0, 60 * 24 * 30).map(lambda n: timedelta(minutes=n))
WRONG = st.integers(-60 * 24 * 365 * 20, 60 * 24 * 365 * 20).map(lambda n: timedelta(minutes=n or 2))


@given(MINUTES, WRONG.filter(lambda by: abs(by) > NEGLIGIBLE))
def test_a_wrong_clock_is_corrected_by_what_it_says_at_sending(ago: timedelta, wrong_by: timedelta) -> None:
    sent = NOW + wrong_by
    assert occurred(sent - ago, sent, NOW) == NOW - ago


@given(MINUTES, st.integers(-5000, 5000))
def test_a_clock_that_is_about_right_is_believed_to_the_millisecond(ago: timedelta, milliseconds: int) -> None:
    stamp = NOW - ago - NEGLIGIBLE
    assert occurred(stamp, NOW + timedelta(milliseconds=milliseconds), NOW) == stamp


def test_without_the_correction_a_wrong_clock_would_be_believed() -> None:
    """Negative control."""
    slow = NOW - timedelta(days=400)
    assert occurred(slow, None, NOW) == slow != occurred(slow, slow, NOW)


@given(st.datetimes(timezones=st.just(UTC)), st.none() | st.datetimes(timezones=st.just(UTC)))
def test_it_never_lies_ahead_of_us_or_before_our_time(stamp: datetime, sent: datetime | None) -> None:
    with contextlib.suppress(BadInput):
        assert EARLIEST <= occurred(stamp, sent, NOW) <= NOW


def test_a_clock_put_back_between_event_and_sending_says_only_that_it_has_happened() -> None:
    assert occurred(NOW + timedelta(days=90), NOW, NOW) == NOW


def test_a_clock_that_is_a_little_fast_is_forgiven_and_the_future_is_not() -> None:
    assert occurred(NOW + timedelta(hours=5), None, NOW) == NOW
    with pytest.raises(BadInput, match="lies in the future"):
        occurred(NOW + timedelta(days=2), None, NOW)


def test_nothing_said_is_now() -> None:
    assert occurred(None, None, NOW) == NOW
    assert occurred(None, NOW - timedelta(days=3), NOW) == NOW


@pytest.mark.parametrize(
    "text",
    ["2026-03-28T11:30:00+02:00", "2026-03-28T09:30:00Z", "2026-03-28T09:30:00.000000000Z", "2026-03-28 09:30:00"],
)
def test_iso_8601_is_read(text: str) -> None:
    assert moment(text, "timestamp") == NOW


@pytest.mark.parametrize("given", [1711618200, 1.5, "", "28.3.2026", True, [], {}, "0001-01-01T00:00:00+14:00"])
def test_nothing_else_is(given: object) -> None:
    with pytest.raises(BadInput, match="`timestamp` is not a moment"):
        moment(given, "timestamp")


def test_a_day_alone_is_its_midnight() -> None:
    assert moment("2012-12-02", "timestamp") == datetime(2012, 12, 2, tzinfo=UTC)
