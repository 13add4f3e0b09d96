"""Calendar days as integers: days since 1970-01-01, the same count that Arrow's `date32` stores."""

from __future__ import annotations

from datetime import date, timedelta

EPOCH = date(1970, 1, 1)


def to_number(day: date) -> int:
    """Days from 1970-01-01 to `day`, negative before it."""
    return (day - EPOCH).days


def to_date(number: int) -> date:
    """The day `number` days after 1970-01-01."""
    return EPOCH + timedelta(days=int(number))


def month_start(day: date) -> date:
    """The first day of `day`'s month."""
    return day.replace(day=1)


def add_months(day: date, months: int) -> date:
    """The first day of the month `months` after `day`'s month (before it when negative)."""
    index = day.year * 12 + day.month - 1 + months
    return date(index // 12, index % 12 + 1, 1)
