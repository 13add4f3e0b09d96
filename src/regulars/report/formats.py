"""How numbers, money and days are written for one firm.

Numbers and money follow the firm's language (`de-AT` writes 41.200 and € behind or before as Austrians do); days, spans
and shares stay in that of the sentences (`base.words`). Guesses are rounded to what they deserve, facts are not.
"""

from __future__ import annotations

import math
from datetime import date
from functools import lru_cache

from regulars.base.words import Catalogue, say, say_in, say_many, spoken
from regulars.insight.figures import Estimate

MONTHS = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)
WEEKDAYS = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"]
_HARD = "\N{NO-BREAK SPACE}"


def day(value: date) -> str:
    """21 November 2026."""
    return _dated(value, "long day", spoken())


def short_day(value: date) -> str:
    """21 Nov 2026."""
    return _dated(value, "short day", spoken())


def weekday(value: date) -> str:
    """Saturday 21 November 2026."""
    return _dated(value, "day with its weekday", spoken())


def month(value: date) -> str:
    """Nov 2026."""
    return _dated(value, "month and year", spoken())


def month_name(value: date) -> str:
    """Nov, for the axis of a chart."""
    return _dated(value, "month alone", spoken())


def quarter(value: date) -> str:
    """Q3 2025."""
    return say("Q{quarter} {year}", quarter=(value.month + 2) // 3, year=value.year)


@lru_cache(maxsize=4096)
def _dated(value: date, kind: str, catalogue: Catalogue) -> str:
    if catalogue.language == "en":
        return _english(value, kind)
    return _by_pattern(value, kind, catalogue.language)


def _english(value: date, kind: str) -> str:
    name = MONTHS[value.month - 1]
    match kind:
        case "long day":
            return f"{value.day}{_HARD}{name} {value.year}"
        case "short day":
            return f"{value.day}{_HARD}{name[:3]}{_HARD}{value.year}"
        case "day with its weekday":
            return f"{WEEKDAYS[value.weekday()]} {value.day}{_HARD}{name} {value.year}"
        case "month and year":
            return f"{name[:3]}{_HARD}{value.year}"
        case _:
            return name[:3]


def _by_pattern(value: date, kind: str, language: str) -> str:
    """Catalogues give the pattern, in the letters of Unicode's CLDR; `_` is a hard space."""
    from babel.dates import format_date

    patterns = {
        "long day": say_in("long day, in CLDR's letters", "d_MMMM y"),
        "short day": say_in("short day, in CLDR's letters", "d_MMM_y"),
        "day with its weekday": say_in("day with its weekday, in CLDR's letters", "EEEE d_MMMM y"),
        "month and year": say_in("month and year, in CLDR's letters", "MMM_y"),
        "month alone": say_in("month alone, in CLDR's letters", "MMM"),
    }
    return str(format_date(value, patterns[kind].replace("_", _HARD), locale=language))


def share(value: float | None) -> str:
    """12%, <1%, 99.6% near the edges where whole percents would say too much; an en dash for the unknown."""
    if value is None or not math.isfinite(value):
        return "–"
    percent = value * 100
    if 0 < percent < 0.5:
        return "<" + _percent("1")
    if 99.5 <= percent < 100:
        return _percent(plain(math.floor(percent * 10) / 10))
    return _percent(f"{percent:.0f}")


def _percent(number: str) -> str:
    return say_in("percent sign with its space", "{n}%", n=number)


def plain(value: float, decimals: int | None = None) -> str:
    """A small number with the sentences' decimal mark: 1.4; without `decimals` only those that it has."""
    written = f"{value:g}" if decimals is None else f"{value:.{decimals}f}"
    return written.replace(".", say_in("decimal mark", "."))


def in_hundred(value: float) -> str:
    """31 of 100; "fewer than 1 of 100" near zero."""
    if 0 < value < 0.005:
        return say("fewer than 1 of 100")
    return say("{n} of 100", n=f"{value * 100:.0f}")


def span(days: float) -> str:
    """A number of days in the unit that people would use: 9 days, 6 weeks, 14 months, 3 years."""
    whole = round(days)
    if whole < 28:
        return say_many("{n} day", "{n} days", whole, n=whole)
    if whole < 75:
        weeks = round(days / 7)
        return say_many("{n} week", "{n} weeks", weeks, n=weeks)
    if whole < 730:
        months = round(days / 30.44)
        return say_many("{n} month", "{n} months", months, n=months)
    years = round(days / 365.25, 1)
    return say_many("{n} year", "{n} years", years, n=plain(years))


def significant(value: float, digits: int = 3) -> float:
    """`value` rounded to so many significant digits."""
    if value == 0 or not math.isfinite(value):
        return 0.0
    return round(value, digits - 1 - math.floor(math.log10(abs(value))))


def _fraction(value: float) -> int:
    """Decimals that a number in thousands or millions needs to show three digits."""
    return 0 if abs(value) < 1000 else 2 - math.floor(math.log10(abs(value))) % 3


class Formats:
    """Numbers and money in one language and currency."""

    def __init__(self, currency: str, language: str = "en") -> None:
        from babel import Locale, UnknownLocaleError

        self.currency = currency
        try:
            self.locale = Locale.parse(language, sep="-" if "-" in language else "_")
        except (UnknownLocaleError, ValueError):
            self.locale = Locale.parse("en")
        self._money = lru_cache(maxsize=4096)(self._write_money)

    def number(self, value: float, decimals: int = 0) -> str:
        """4,812 (as the language groups digits)."""
        from babel.numbers import format_decimal

        pattern = "#,##0" + ("." + "0" * decimals if decimals else "")
        return str(format_decimal(round(value, decimals) + 0.0, format=pattern, locale=self.locale))

    def counted(self, value: float, one: str, many: str) -> str:
        """1 customer, 4,812 customers: `counted(n, "{n} customer", "{n} customers")`."""
        number = say_many(one, many, round(value), n=self.number(value))
        return number.replace(" ", _HARD)

    def money(self, value: float) -> str:
        """A fact in whole units (with its minor ones below 100): €41,217, €8.50, ¥1,200."""
        return self._money(value, abs(value) < 100 and value != round(value))

    def about(self, value: float) -> str:
        """A guess, to three significant digits: €41,200."""
        return self._money(significant(value), 0 < abs(value) < 10)

    def range(self, guess: Estimate) -> str:
        """€33,000 to €50,000, to two or three digits; one figure where both ends read the same."""
        digits = 2 if guess.high > 1.3 * guess.low else 3
        low, high = (self._money(significant(end, digits), 0 < abs(end) < 10) for end in (guess.low, guess.high))
        return low if low == high else say("{low} to {high}", low=low, high=high)

    def between(self, guess: Estimate) -> str:
        """The same within a sentence: between €33,000 and €50,000."""
        digits = 2 if guess.high > 1.3 * guess.low else 3
        low, high = (self._money(significant(end, digits), 0 < abs(end) < 10) for end in (guess.low, guess.high))
        return say("between {low} and {high}", low=low, high=high)

    def short(self, value: float) -> str:
        """For axes and tiles, three digits at most: €41.2K, €1.23M."""
        from babel.numbers import format_compact_currency

        rounded = significant(value)
        fraction = _fraction(rounded)
        if not self.currency:
            return self.short_number(value)
        written = format_compact_currency(rounded, self.currency, locale=self.locale, fraction_digits=fraction)
        if written.isdigit():  # languages without a short word for thousands lose their currency in babel
            return self.money(rounded)
        return str(written)

    def short_number(self, value: float) -> str:
        """For axes: 950, 4.8K, 1.2M."""
        from babel.numbers import format_compact_decimal

        fraction = _fraction(significant(value))
        written = str(format_compact_decimal(significant(value), locale=self.locale, fraction_digits=fraction))
        return self.number(significant(value)) if written.isdigit() else written

    def _write_money(self, value: float, minor: bool) -> str:
        from babel.numbers import format_currency

        if not self.currency:
            return self.number(value, 2 if minor else 0)
        if minor:
            return str(format_currency(value, self.currency, locale=self.locale))
        pattern = self.locale.currency_formats["standard"].pattern
        return str(
            format_currency(
                round(value) + 0.0,
                self.currency,
                format=_without_decimals(pattern),
                locale=self.locale,
                currency_digits=False,
            )
        )


def _without_decimals(pattern: str) -> str:
    """The pattern of a currency with whole units only: `¤#,##0.00` -> `¤#,##0`."""
    return pattern.replace("0.00", "0")
