"""Waiting longer after each failure; the next moment of a schedule."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from regulars.base.errors import BadInput
from regulars.platform.jobs import rules

moments = st.integers(0, 15 * 365 * 24 * 60).map(lambda n: datetime(2020, 1, 1, tzinfo=UTC) + timedelta(minutes=n))


@given(st.integers(1, 10_000), st.floats(0.1, 100), st.floats(100, 10_000), st.floats(0, 1))
def test_waits_double_up_to_the_longest(failures: int, first: float, longest: float, chance: float) -> None:
    wait = rules.wait_seconds(failures, first, longest, chance)
    assert min(first, longest) <= wait <= longest * (1 + rules.JITTER)
    assert rules.wait_seconds(failures, first, longest, 0) <= rules.wait_seconds(failures + 1, first, longest, 0)


def test_waits_of_the_first_failures() -> None:
    assert [rules.wait_seconds(n, 10, 60, 0) for n in (1, 2, 3, 4, 5)] == [10, 20, 40, 60, 60]
    with pytest.raises(ValueError):
        rules.wait_seconds(0, 10, 60, 0)


@given(moments, st.sampled_from(["0 2 * * *", "17 * * * *", "*/5 8-17 * * 1-5", "0 0 29 2 *"]))
def test_the_next_moment_is_later_and_stays_the_same_until_then(moment: datetime, cron: str) -> None:
    following = rules.following(cron, moment, "Europe/Helsinki")
    assert following > moment
    assert rules.following(cron, following - timedelta(seconds=1), "Europe/Helsinki") == following


def test_two_at_night_is_local_time_on_both_sides_of_the_change() -> None:
    winter = rules.following("0 2 * * *", datetime(2026, 1, 10, 12, tzinfo=UTC), "Europe/Helsinki")
    summer = rules.following("0 2 * * *", datetime(2026, 7, 10, 12, tzinfo=UTC), "Europe/Helsinki")
    assert (winter.hour, summer.hour) == (0, 23)


def test_a_night_whose_two_oclock_is_skipped_still_has_its_run() -> None:
    """03:00 follows 02:59 in spring at Helsinki: a schedule at 03:30 must not lose that day."""
    runs = [datetime(2026, 3, 27, 12, tzinfo=UTC)]
    for _ in range(4):
        runs.append(rules.following("30 3 * * *", runs[-1], "Europe/Helsinki"))
    days = [run.date() for run in runs[1:]]
    assert days == [days[0] + timedelta(days=n) for n in range(4)]


@pytest.mark.parametrize("cron", ["", "nightly", "0 25 * * *", "0 2 * *", "0 0 31 2 *"])
def test_what_is_no_time_is_refused(cron: str) -> None:
    with pytest.raises(BadInput, match="0 2"):
        rules.following(cron, datetime(2026, 1, 1, tzinfo=UTC), "UTC")
