"""When a firm is open, by the clock on its wall: every question about open time, over daylight saving and all.

It is open at a moment when the wall clock then shows a time within one of the day's spans. An hour that the clock shows
twice is open twice, one that it leaves out not at all.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

DAY = timedelta(days=1)
MINUTES_A_DAY = 24 * 60
LONGEST_CLOSED = timedelta(days=3 * 366)
"""Who hasn't opened by then is taken to stay closed."""
_SMALLEST = timedelta(microseconds=1)


@dataclass(frozen=True, order=True)
class Span:
    """From one minute of the day up to another, which isn't open any more: 0 <= start < end <= 1440."""

    start: int
    end: int

    def __post_init__(self) -> None:
        if not 0 <= self.start < self.end <= MINUTES_A_DAY:
            raise ValueError(f"a span within one day ends after its start, not {self.start} to {self.end}")


Spans = tuple[Span, ...]


@dataclass(frozen=True)
class Opening:
    """Business hours. Moments are aware datetimes, in whatever zone; those that come out are UTC.

    week : spans from Monday to Sunday, which don't overlap.  closed : whether a date is a holiday or the like.
    exceptional : spans of single dates, which hold whatever the week and `closed` say.
    """

    zone: ZoneInfo
    week: tuple[Spans, Spans, Spans, Spans, Spans, Spans, Spans]
    closed: Callable[[date], bool] = field(default=lambda _day: False)
    exceptional: Mapping[date, Spans] = field(default_factory=dict)

    def on(self, day: date) -> Spans:
        """The spans of a date; none where it is closed."""
        if day in self.exceptional:
            return self.exceptional[day]
        return () if self.closed(day) else self.week[day.weekday()]

    def is_open(self, at: datetime) -> bool:
        """Whether it is open at a moment."""
        wall = at.astimezone(self.zone)
        into = timedelta(hours=wall.hour, minutes=wall.minute, seconds=wall.second, microseconds=wall.microsecond)
        return any(timedelta(minutes=span.start) <= into < timedelta(minutes=span.end) for span in self.on(wall.date()))

    def next_open(self, at: datetime) -> datetime | None:
        """The first open moment from `at` on, which is `at` itself while it is open; None where there will be none."""
        found = next(self._open_from(at), None)
        return None if found is None else found[0]

    def open_seconds_between(self, start: datetime, end: datetime) -> float:
        """Seconds from `start` to `end` in which it is open; 0 where `end` isn't later."""
        total, last = timedelta(), end.astimezone(UTC)
        for begin, until in self._open_from(start, last):
            total += min(until, last) - begin
        return total.total_seconds()

    def add_open_time(self, at: datetime, seconds: float) -> datetime | None:
        """The first moment by which it has been open for so many seconds since `at`; None where that never comes."""
        left = timedelta(seconds=seconds)
        if left <= timedelta():
            return at.astimezone(UTC)
        for begin, until in self._open_from(at):
            if until - begin >= left:
                return begin + left
            left -= until - begin
        return None

    def _open_from(self, at: datetime, last: datetime | None = None) -> Iterator[tuple[datetime, datetime]]:
        """Open stretches from `at` on, in order and clipped to it; up to `last`, else until it has long been closed."""
        here = at.astimezone(UTC)
        give_up = here + LONGEST_CLOSED
        while here < (last or give_up):
            then = min(here + DAY, last) if last else here + DAY
            for start, end in self._steady(here, then):
                for stretch in self._within(start, end):
                    give_up = stretch[1] + LONGEST_CLOSED
                    yield stretch
            here = then

    def _steady(self, start: datetime, end: datetime) -> Iterator[tuple[datetime, datetime]]:
        """A day or less, parted where the zone's offset from UTC changes."""
        while start < end:
            change = self._change(start, end)
            yield start, change
            start = change

    def _change(self, start: datetime, end: datetime) -> datetime:
        """The first moment after `start` with another offset, `end` where there is none."""
        offset, middle = self._offset(start), start + (end - start) / 2
        known = next((moment for moment in (middle, end - _SMALLEST) if self._offset(moment) != offset), None)
        if known is None:
            return end
        low, high = start, known
        while high - low > _SMALLEST:
            middle = low + (high - low) / 2
            low, high = (middle, high) if self._offset(middle) == offset else (low, middle)
        return high

    def _offset(self, at: datetime) -> timedelta:
        return at.astimezone(self.zone).utcoffset() or timedelta()

    def _within(self, start: datetime, end: datetime) -> Iterator[tuple[datetime, datetime]]:
        """Open stretches between two moments with one offset."""
        offset = self._offset(start)
        day, last = (start + offset).date(), (end - _SMALLEST + offset).date()
        while day <= last:
            midnight = datetime.combine(day, time(), UTC) - offset
            for span in sorted(self.on(day)):
                begin = max(midnight + timedelta(minutes=span.start), start)
                until = min(midnight + timedelta(minutes=span.end), end)
                if begin < until:
                    yield begin, until
            day += timedelta(days=1)
