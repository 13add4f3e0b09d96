from __future__ import annotations

import multiprocessing
import time
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from regulars.base import clock, days, hashing
from regulars.base.errors import BadInput, Conflict
from regulars.base.locks import file_lock
from regulars.base.money import Money, digits


@given(st.dates())
def test_days_go_there_and_back(day: date) -> None:
    assert days.to_date(days.to_number(day)) == day


@given(st.dates(date(1900, 1, 1), date(2200, 1, 1)), st.integers(-600, 600))
def test_months_are_counted_from_their_first_day(day: date, months: int) -> None:
    moved = days.add_months(day, months)
    assert moved.day == 1
    assert (moved.year * 12 + moved.month) - (day.year * 12 + day.month) == months


def test_money_knows_its_currency() -> None:
    assert (digits("EUR"), digits("JPY"), digits("KWD")) == (2, 0, 3)
    assert Money.of("12.345", "EUR") == Money(1234, "EUR"), "half to even"
    assert Money.of("12.355", "EUR") == Money(1236, "EUR")
    assert (Money(100, "EUR") - Money(250, "EUR")).major == Decimal("-1.50")
    assert str(Money(123456, "JPY")) == "123,456 JPY"
    with pytest.raises(BadInput, match="convert"):
        Money(1, "EUR") + Money(1, "SEK")


def test_hashes_never_move() -> None:
    assert hashing.stable_hash("holdout", 7) == 781130159193222148
    assert hashing.stable_hash("a", "bc") != hashing.stable_hash("ab", "c")
    assert hashing.stable_hash("7") != hashing.stable_hash(7)
    drawn = sum(hashing.share("x", i) < 0.1 for i in range(10_000))
    assert 900 < drawn < 1100


def test_the_clock_can_be_set() -> None:
    with clock.fixed(datetime(2026, 1, 1, 22, 30, tzinfo=UTC)):
        assert clock.today("Europe/Helsinki") == date(2026, 1, 2)
        assert clock.today() == date(2026, 1, 1)
    assert clock.now() > datetime(2026, 1, 2, tzinfo=UTC)
    with pytest.raises(ValueError, match="time zone"), clock.fixed(datetime(2026, 1, 1)):  # noqa: DTZ001 - refused
        pass


def _hold(path: Path, seconds: float) -> None:
    with file_lock(path):
        path.with_suffix(".held").touch()
        time.sleep(seconds)


def test_a_lock_is_exclusive_and_dies_with_its_holder(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "lock"
    holder = multiprocessing.get_context("spawn").Process(target=_hold, args=(path, 60))
    holder.start()
    while not path.with_suffix(".held").exists():
        time.sleep(0.02)
    with pytest.raises(Conflict, match="in use by another"), file_lock(path, timeout_seconds=0.1):
        pass
    holder.kill()
    holder.join()
    with file_lock(path, timeout_seconds=5):
        pass
