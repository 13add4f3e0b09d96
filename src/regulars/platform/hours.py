"""The table `[hours]` as business hours: what people write about days and times, and a country's public holidays."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from datetime import date, timedelta
from functools import cache
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

from regulars.base.errors import BadInput
from regulars.base.opening import DAY, Opening, Span, Spans
from regulars.platform.settings import Firm, Hours

WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
LONGEST_CLOSURE = timedelta(days=366)
_TIME = r"(\d{1,2})(?:[:.](\d{2}))?"
_SPAN = re.compile(rf"{_TIME}\s*[-\u2013]\s*{_TIME}")
_DAYS = re.compile(r"(\S+?)(?:\s*(?:/|\u2013|\s-\s)\s*(\S+))?")
_OPEN = re.compile(r"(\S+?)[T\s](.+)")


def opening(hours: Hours, firm: Firm) -> Opening:
    """The firm's business hours, in its time zone. Raises BadInput that says what is wrong."""
    week = tuple(day_of(getattr(hours, name), name) for name in WEEKDAYS)
    holiday = public_holidays(hours, firm)
    closed, every_year = _closed(hours.closed)

    def is_closed(day: date) -> bool:
        return (day.month, day.day) in every_year or day in closed or holiday(day) is not None

    return Opening(ZoneInfo(firm.time_zone), week, is_closed, _exceptional(hours.open))  # type: ignore[arg-type]  # seven of them


def day_of(texts: Sequence[str], where: str = "") -> Spans:
    """Spans of one day from texts such as "9:00-12:30", in order. Raises BadInput."""
    found = sorted(_span(text, where) for text in texts)
    for one, other in pairwise(found):
        if other.start < one.end:
            raise BadInput(f"{where}: {written(one)} and {written(other)} overlap. Make them one, or part them.")
    return tuple(found)


def written(span: Span) -> str:
    """A span as the file has it: 09:00-12:30."""
    return "-".join(f"{minute // 60:02}:{minute % 60:02}" for minute in (span.start, span.end))


def days_of(text: str) -> tuple[date, date] | tuple[int, int]:
    """A closed day: first and last date of it, or month and day of one that comes every year.

    Written 2026-12-24 or 24.12.2026, 2026-07-06/2026-07-19, or 12-24 or 24.12. for every year. Raises BadInput.
    """
    first, last = (_DAYS.fullmatch(text.strip()) or re.match("()()", "")).groups()  # type: ignore[union-attr]  # it matches
    day, end = _date(first or ""), _date(last or first or "")
    if isinstance(day, date) and isinstance(end, date) and timedelta() <= end - day <= LONGEST_CLOSURE:
        return day, end
    if isinstance(day, tuple) and last is None:
        return day
    raise BadInput(
        f"'{text}' is no closed day. Write 2026-12-24, 2026-07-06/2026-07-19 for several, or 12-24 for every year."
    )


def open_day(text: str) -> tuple[date, Spans]:
    """A day with hours of its own, such as 2026-12-24 10:00-14:00, 16:00-18:00. Raises BadInput."""
    parts = _OPEN.fullmatch(text.strip())
    day = _date(parts[1]) if parts else None
    if parts is None or not isinstance(day, date):
        raise BadInput(f"'{text}' is no day with its own hours. Write 2026-12-24 10:00-14:00.")
    return day, day_of(re.split(r"\s*[,;+]\s*", parts[2]), text)


def public_holidays(hours: Hours, firm: Firm, language: str | None = None) -> Callable[[date], str | None]:
    """Date -> the name of the public holiday that it is, None for any other.

    language : such as "fi", English where none is given; where the library lacks it, the country's own. Raises
    BadInput for a country or part of one that isn't known.
    """
    country = (hours.country or firm.country or "") if hours.holidays else ""
    if not country:
        if hours.holidays and hours.subdivision:
            raise BadInput(f"A part of a country ('{hours.subdivision}') needs its country: set country of [hours].")
        return lambda _day: None
    if hours.country or hours.subdivision:
        _check_place(country, hours.subdivision)

    @cache
    def known() -> Any:
        if subdivisions(country) is None:
            return {}  # the firm's own country, of which no holidays are known
        import holidays  # takes a moment to load, and few commands ask

        named = getattr(holidays, country)
        # Without a language the library takes that of the machine.
        alike = [one for one in named.supported_languages if one.split("_")[0] == (language or "en").split("-")[0]]
        spoken = (alike or [named.default_language])[0]
        return holidays.country_holidays(country, subdiv=hours.subdivision or None, language=spoken)

    return lambda day: known().get(day)


def subdivisions(country: str) -> tuple[str, ...] | None:
    """Parts of a country with holidays of their own; None for a country that isn't known."""
    if country not in countries():
        return None
    import holidays

    return tuple(getattr(holidays, country).subdivisions)


@cache
def countries() -> frozenset[str]:
    """Codes of two letters of the countries whose holidays are known."""
    from holidays.registry import COUNTRIES  # tells without loading them all

    return frozenset(code for _name, code, *_others in COUNTRIES.values())


def _check_place(country: str, subdivision: str) -> None:
    parts = subdivisions(country)
    if parts is None:
        raise BadInput(f"There are no public holidays of '{country}'. Use a code of two letters such as EE.")
    if subdivision and subdivision not in parts:
        known = f"Those of {country} are: {', '.join(parts)}." if parts else f"{country} has none."
        raise BadInput(f"'{subdivision}' is no part of the country with holidays of its own. {known}")


def _closed(texts: Sequence[str]) -> tuple[frozenset[date], frozenset[tuple[int, int]]]:
    single: set[date] = set()
    every_year: set[tuple[int, int]] = set()
    for text in texts:
        first, last = days_of(text)
        if isinstance(first, int) and isinstance(last, int):
            every_year.add((first, last))
        elif isinstance(first, date) and isinstance(last, date):
            single.update(_each(first, last))
    return frozenset(single), frozenset(every_year)


def _each(first: date, last: date) -> Iterator[date]:
    while first <= last:
        yield first
        first += DAY


def _exceptional(texts: Sequence[str]) -> dict[date, Spans]:
    found: dict[date, list[str]] = {}
    for text in texts:
        day, spans = open_day(text)
        found.setdefault(day, []).extend(written(span) for span in spans)
    return {day: day_of(spans, str(day)) for day, spans in found.items()}


def _span(text: str, where: str) -> Span:
    parts = _SPAN.fullmatch(text.strip())
    if parts is not None:
        hour, minute, to_hour, to_minute = (int(part or 0) for part in parts.groups())
        if minute < 60 and to_minute < 60 and hour * 60 + minute < to_hour * 60 + to_minute <= 24 * 60:
            return Span(hour * 60 + minute, to_hour * 60 + to_minute)
    raise BadInput(
        f"{where}: '{text}' is no span of opening hours. Write 09:00-17:00, the end after the beginning; "
        "a night goes until 24:00 and on from 00:00 of the next day."
    )


def _date(text: str) -> date | tuple[int, int] | None:
    """A date, or month and day of every year; None for what is neither."""
    iso = re.fullmatch(r"(?:(\d{4})-)?(\d{1,2})-(\d{1,2})", text)
    dotted = re.fullmatch(r"(\d{1,2})\.(\d{1,2})\.(\d{4})?", text)
    if iso:
        year, month, day = iso.groups()
    elif dotted:
        day, month, year = dotted.groups()
    else:
        return None
    try:
        found = date(int(year or 2024), int(month), int(day))  # a leap year, so that 29 February can come every year
    except ValueError:
        return None
    return found if year else (found.month, found.day)
