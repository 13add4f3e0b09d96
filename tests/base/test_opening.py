"""Open time against a minute-by-minute oracle: split shifts, holidays, exceptions, clocks put on and back."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from regulars.base.opening import Opening, Span

TALLINN = ZoneInfo("Europe/Tallinn")
MINUTE = timedelta(minutes=1)
ZONES = (
    "Europe/Tallinn",
    "UTC",
    "America/St_Johns",  # put back at one minute past midnight until 2011
    "America/Santiago",  # changes at midnight
    "Australia/Lord_Howe",  # by half an hour
    "Pacific/Apia",  # left out 30 December 2011
)
STARTS = (datetime(2026, 3, 28, tzinfo=UTC), datetime(2026, 10, 24, tzinfo=UTC), datetime(2010, 11, 6, tzinfo=UTC))
STARTS += (datetime(2011, 12, 29, tzinfo=UTC), datetime(2026, 4, 4, tzinfo=UTC), datetime(2026, 9, 5, tzinfo=UTC))


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=TALLINN)


def spans(*texts: str) -> tuple[Span, ...]:
    """From "9:00-12:30"."""
    ends = [[int(h) * 60 + int(m) for h, m in (end.split(":") for end in text.split("-"))] for text in texts]
    return tuple(Span(*one) for one in ends)


def week(*texts: str) -> Opening:
    """The same spans on every day."""
    return Opening(TALLINN, (spans(*texts),) * 7)


@st.composite
def a_day(draw: st.DrawFn) -> tuple[Span, ...]:
    """Up to three spans that don't overlap."""
    ends = draw(st.lists(st.integers(0, 96), max_size=6, unique=True).map(sorted))
    return tuple(Span(15 * a, 15 * b) for a, b in zip(ends[::2], ends[1::2], strict=False))


@st.composite
def openings(draw: st.DrawFn) -> tuple[Opening, datetime]:
    """Hours of any kind, and a moment near a change of the clocks."""
    start = draw(st.sampled_from(STARTS)) + draw(st.integers(0, 60 * 24 * 2)) * MINUTE
    days = [start.date() + timedelta(days=n) for n in range(-1, 6)]
    closed = draw(st.sets(st.sampled_from(days), max_size=2))
    exceptional = draw(st.dictionaries(st.sampled_from(days), a_day(), max_size=2))
    zone = ZoneInfo(draw(st.sampled_from(ZONES)))
    return Opening(zone, tuple(draw(a_day()) for _ in range(7)), closed.__contains__, exceptional), start  # type: ignore[arg-type]  # seven of them


def is_open_by_the_wall(hours: Opening, moment: datetime) -> bool:
    """The oracle: look at the clock on the wall and at today's sheet."""
    wall = moment.astimezone(hours.zone)
    sheet = hours.exceptional.get(wall.date())
    if sheet is None:
        sheet = () if hours.closed(wall.date()) else hours.week[wall.weekday()]
    return any(span.start <= wall.hour * 60 + wall.minute < span.end for span in sheet)


@given(openings(), st.integers(0, 60 * 24 * 3))
def test_open_time_is_that_of_a_minute_by_minute_count(given_: tuple[Opening, datetime], minutes: int) -> None:
    hours, start = given_
    by_the_wall = [is_open_by_the_wall(hours, start + n * MINUTE) for n in range(minutes)]
    assert hours.open_seconds_between(start, start + minutes * MINUTE) == 60 * sum(by_the_wall)
    assert [hours.is_open(start + n * MINUTE) for n in range(0, minutes, 97)] == by_the_wall[::97]
    first = next((n for n, is_open in enumerate(by_the_wall) if is_open), None)
    if first is not None:
        assert hours.next_open(start) == start + first * MINUTE
        assert hours.add_open_time(start, 60) == start + (first + 1) * MINUTE


@given(openings(), st.integers(1, 60 * 24 * 2), st.floats(0, 59))
def test_adding_open_time_is_the_inverse_of_counting_it(
    given_: tuple[Opening, datetime], minutes: int, seconds: float
) -> None:
    hours, start = given_
    wanted = minutes * 60 + round(seconds, 3)
    end = hours.add_open_time(start, wanted)
    assume(end is not None)
    assert hours.open_seconds_between(start, end) == pytest.approx(wanted, abs=1e-5)
    assert hours.open_seconds_between(start, end - timedelta(seconds=1)) == pytest.approx(wanted - 1, abs=1e-5)


@given(openings(), st.integers(0, 3000), st.integers(0, 3000))
def test_open_time_adds_up(given_: tuple[Opening, datetime], some: int, more: int) -> None:
    hours, start = given_
    middle, end = start + some * MINUTE, start + (some + more) * MINUTE
    whole = hours.open_seconds_between(start, end)
    assert whole == hours.open_seconds_between(start, middle) + hours.open_seconds_between(middle, end)
    assert hours.open_seconds_between(end, start) == (0 if more + some else whole)


def test_a_split_day() -> None:
    hours = week("9:00-12:30", "13:30-17:00")
    assert hours.open_seconds_between(at("2026-11-23 08:00"), at("2026-11-23 20:00")) == 7 * 3600
    assert hours.next_open(at("2026-11-23 12:45")) == at("2026-11-23 13:30")
    assert hours.add_open_time(at("2026-11-23 12:00"), 3600) == at("2026-11-23 14:00")
    assert hours.add_open_time(at("2026-11-23 12:00"), 1800) == at("2026-11-23 12:30")  # not the afternoon
    assert hours.add_open_time(at("2026-11-23 12:45"), 0) == at("2026-11-23 12:45")
    assert not hours.is_open(at("2026-11-23 12:30"))


def test_clocks_put_on_shorten_a_night_and_put_back_lengthen_it() -> None:
    night = week("0:00-6:00")
    assert night.open_seconds_between(at("2026-03-29 00:00"), at("2026-03-29 12:00")) == 5 * 3600
    assert night.open_seconds_between(at("2026-10-25 00:00"), at("2026-10-25 12:00")) == 7 * 3600
    left_out = week("3:00-4:00")  # Tallinn's clocks go from 3 to 4
    assert left_out.open_seconds_between(at("2026-03-29 00:00"), at("2026-03-29 12:00")) == 0
    twice = week("3:00-3:30")
    assert twice.open_seconds_between(at("2026-10-25 00:00"), at("2026-10-25 12:00")) == 2 * 1800


def test_closed_days_and_exceptions() -> None:
    eve = date(2026, 12, 24)
    hours = Opening(TALLINN, (spans("9:00-17:00"),) * 5 + ((), ()), {eve, date(2026, 12, 25)}.__contains__)  # type: ignore[arg-type]  # seven of them
    assert hours.next_open(at("2026-12-23 17:00")) == at("2026-12-28 09:00")
    exceptional = Opening(TALLINN, hours.week, hours.closed, {eve: spans("10:00-12:00"), date(2026, 12, 27): ()})
    assert exceptional.next_open(at("2026-12-23 17:00")) == at("2026-12-24 10:00")
    assert exceptional.open_seconds_between(at("2026-12-23 17:00"), at("2026-12-28 09:00")) == 2 * 3600


def test_around_the_clock() -> None:
    hours = week("0:00-24:00")
    assert hours.open_seconds_between(at("2026-01-01 00:00"), at("2027-01-01 00:00")) == 365 * 86400
    assert hours.add_open_time(at("2026-03-28 12:00"), 86400) == at("2026-03-29 13:00")


def test_who_never_opens() -> None:
    assert week().next_open(at("2026-11-23 08:00")) is None
    assert week().add_open_time(at("2026-11-23 08:00"), 1) is None
    once = Opening(TALLINN, ((),) * 7, exceptional={date(2027, 1, 4): spans("9:00-10:00")})  # type: ignore[arg-type]  # seven of them
    assert once.next_open(at("2026-11-23 08:00")) == at("2027-01-04 09:00")
    assert once.add_open_time(at("2026-11-23 08:00"), 3601) is None


def test_a_span_ends_after_its_start() -> None:
    for start, end in ((600, 600), (600, 500), (-1, 5), (5, 1441)):
        with pytest.raises(ValueError, match="ends after its start"):
            Span(start, end)


def test_an_oracle_that_forgets_the_clocks_would_be_seen() -> None:
    """Negative control."""
    night = week("0:00-6:00")
    start, end = at("2026-10-25 00:00"), at("2026-10-25 12:00")
    assert night.open_seconds_between(start, end) != 6 * 3600
