"""Dates and times: the order of day, month and year that a column is written in, decided from its cells."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from datetime import date, timedelta
from functools import partial
from itertools import pairwise
from typing import NamedTuple, TypeVar

from regulars.base import clock
from regulars.base.words import told
from regulars.intake.values.dictionary import NOTHING
from regulars.intake.values.months import months, plain

_T = TypeVar("_T")
FIRST, LAST = date(1900, 1, 1), date(2100, 12, 31)
_TIME = (
    r"(?:(?P<gap>[Tt]|,?\s+|,\s*)(?P<h>\d{1,2})(?P<hs>[:.h])(?P<i>\d{2})(?:[:.](?P<s>\d{2})(?:(?P<fs>[.,])(?P<f>\d{1,9}))?)?)?"
    r"(?P<pgap>\s*)(?P<p>[AaPp]\.?[Mm]\.?)?(?P<zgap>\s*)(?P<z>Z|UTC|GMT|[+-]\d{2}:?\d{2}|[+-]\d{2})?\s*(?:[r.]\.?)?(?:\s*\[[^\]]*\])?$"
)
_TRIPLE = re.compile(
    r"^(?:[^\W\d_]+[.,]?\s+)?(?P<a>[0-9]{1,4}|[^\W\d_]{3,})(?:st|nd|rd|th)?(?P<x>[\s.,/\-]{1,3})"
    r"(?P<b>[0-9]{1,2}|[^\W\d_]{3,})(?:st|nd|rd|th)?(?P<y>[\s.,/\-]{1,3})(?P<c>[0-9]{1,4})" + _TIME
)
_MONTH = re.compile(r"^(?P<a>[0-9]{1,4}|[^\W\d_]{3,})(?P<x>[./\- ]+)(?P<b>[0-9]{1,4})$")
_COUNT = re.compile(r"[0-9]+(?:[.,][0-9]+)?")
_WORD = {"y": "year", "m": "month", "d": "day"}
ORDERS = ("ymd", "dmy", "mdy", "ydm")


class DateForm(NamedTuple):
    """How a column writes its dates. `text` is for people and mappings: "day.month.year", "excel", "unix", ..."""

    text: str
    formats: tuple[str, ...] = ()
    """strptime formats seen in the sample, most frequent first; empty where only the slow reading helps."""
    zoned: bool = False
    timed: bool = False
    sure: bool = True
    why: str = ""
    """For a form that isn't sure: what decided."""

    @property
    def order(self) -> str:
        """ "dmy", "mdy", "ymd", "ydm", "ym", "my", or "" for serial numbers."""
        words = re.findall(r"year|month|day", self.text)
        return "".join(word[0] for word in words)

    @property
    def days_alone(self) -> bool:
        """The sample's formats give a day and nothing finer."""
        finer = self.timed or self.zoned
        return bool(self.formats) and not finer and len(self.order) == 3 and self.separator != ""

    @property
    def separator(self) -> str:
        """What stands between day and month in `text`."""
        found = re.search(r"(?:year|month|day)([^a-z]?)", self.text)
        return found[1] if found else ""


class Hints(NamedTuple):
    """What else is known where a column can be read in two ways."""

    country: str | None = None
    currency: str | None = None
    decimal_comma: bool = False


def recognise(cells: Sequence[str], hints: Hints, *, named: bool = True) -> tuple[DateForm, float] | None:
    """The form of a column's dates and the share of its cells that fit; None when it holds no dates.

    `named`: the title says it is a date, so that bare numbers may be serial numbers or epoch seconds.
    """
    filled = [tidy(c) for c in cells if c.strip() and c.strip().casefold() not in NOTHING]
    if not filled:
        return None
    if all(_COUNT.fullmatch(c) for c in filled[:50]):
        return _numeric(filled, named) or (_year_month(filled) if named else None)
    # Dates repeat from row to row: each text is looked at once.
    matched = {c: m for c in set(filled) if (m := _TRIPLE.match(c))}
    matches = [matched[c] for c in filled if c in matched]
    if len(matches) < 0.5 * len(filled):
        return _year_month(filled)
    days = {order: _each(matched.values(), matches, partial(_day, order=order)) for order in ORDERS}
    fits = {order: sum(d is not None for d in found) for order, found in days.items()}
    best = max(fits.values())
    if best == 0:
        return None
    left = [order for order in ORDERS if fits[order] >= best - 0.02 * len(matches) and fits[order] > 0]
    order, sure, why = _settle(left, days, matches, hints) if len(left) > 1 else (left[0], True, "")
    return _described(order, matches, days[order], sure, why), fits[order] / len(filled)


def day_of(cell: str, order: str) -> date | None:
    """The day that a cell names in an order such as "dmy", None when it names none: what the SQL must agree with."""
    match = _TRIPLE.match(tidy(cell))
    return _day(match, order) if match else None


def tidy(cell: str) -> str:
    """The cell with plain spaces, without Finnish "klo", and Latvian "2024. gada 5. marts" as day, month, year."""
    text = cell.replace("\u00a0", " ").strip()
    if " " in text:
        text = re.sub(r"(\d{4})\. gada (\d{1,2})\. ([^\W\d_]+)", r"\2. \3 \1", text.replace(" klo ", " "))
    return text


def written(order: str, separator: str) -> str:
    """An order as people and mappings write it: ("dmy", ".") is "day.month.year"."""
    return separator.join(_WORD[letter] for letter in order)


def as_told(cells: Sequence[str], text: str, hints: Hints) -> DateForm:
    """The form named `text`, with the strptime formats and zones that the cells show; raises nothing."""
    found = recognise(cells, hints)
    if found is not None and found[0].text == text:
        return found[0]
    order = DateForm(text).order
    if len(order) != 3 or text in ("yearmonthday", "daymonthyear"):
        return DateForm(text, zoned=text.startswith("unix"), timed=text.startswith("unix"))
    matches = [m for c in cells if (m := _TRIPLE.match(tidy(c)))]
    days = [_day(m, order) for m in matches]
    if not any(days):
        return DateForm(text, timed=any(m["h"] for m in matches))
    return _described(order, matches, days, sure=True, why="")._replace(text=text)


def other_order(order: str) -> str:
    """The order a mistaken column is most likely in: day and month the other way round."""
    return {"dmy": "mdy", "mdy": "dmy", "ymd": "ydm", "ydm": "ymd"}.get(order, order)


def _each(
    different: Iterable[re.Match[str]], matches: Iterable[re.Match[str]], read: Callable[[re.Match[str]], _T]
) -> list[_T]:
    """`read` of all matches, asked once for each of the `different` ones."""
    known = {id(match): read(match) for match in different}
    return [known[id(match)] for match in matches]


def _day(match: re.Match[str], order: str) -> date | None:
    part = dict(zip(order, (match["a"], match["b"], match["c"]), strict=True))
    if not part["y"].isdigit() or not part["d"].isdigit() or len(part["y"]) not in (2, 4) or len(part["d"]) > 2:
        return None
    if not part["m"].isdigit():
        month = months().get(plain(part["m"]).rstrip("."))
    else:
        month = int(part["m"]) if len(part["m"]) <= 2 else None
    year = int(part["y"])
    if len(part["y"]) == 2:
        if order == "ydm":
            return None
        year += 2000 if year < 69 else 1900
    try:
        day = date(year, month or 0, int(part["d"]))
    except ValueError:
        return None
    return day if FIRST <= day <= LAST else None


def _settle(
    left: list[str], days: dict[str, list[date | None]], matches: list[re.Match[str]], hints: Hints
) -> tuple[str, bool, str]:
    """Choose between orders that fit equally: by names, years, separators, the future, rows that rise, country."""
    if any(not m["b"].isdigit() for m in matches[:20]):
        left = [o for o in left if o[1] == "m"] or left
    if any(len(m["a"]) == 4 for m in matches):
        return "ymd", True, ""
    two_digit = all(len(m["c"]) <= 2 and len(m["a"]) <= 2 for m in matches)
    if not two_digit or any("/" in m["x"] or "." in m["x"] for m in matches):
        left = [o for o in left if o[0] != "y"] or left
    if len(left) == 1:
        return left[0], True, ""
    tomorrow = clock.now().date() + timedelta(days=1)
    future = {o: sum(d is not None and d > tomorrow for d in days[o]) for o in left}
    present = [o for o in left if future[o] == 0]
    if len(present) == 1 and future[next(o for o in left if o not in present)] > 0:
        return present[0], True, ""
    if all("." in m["x"] for m in matches) and "dmy" in left:
        return "dmy", True, ""
    rising = {o: _rising([d for d in days[o] if d is not None]) for o in left}
    ranked = sorted(left, key=lambda o: -rising[o])
    if len(matches) >= 10 and rising[ranked[0]] >= 0.97 and rising[ranked[1]] < rising[ranked[0]] - 0.03:
        return ranked[0], True, ""
    if two_digit and "ymd" in left and all("-" in m["x"] for m in matches):
        return "ymd", False, told("two-digit years with dashes")
    month_first = hints.country in ("US", "PH") or (
        hints.country is None and hints.currency == "USD" and not hints.decimal_comma
    )
    if month_first and "mdy" in left:
        usual = told("the United States" if hints.country == "US" else f"amounts in {hints.currency}")
        return "mdy", False, usual
    return ("dmy" if "dmy" in left else left[0]), False, told("most countries")


def _rising(days: list[date]) -> float:
    """Share of steps that go one way, up or down, in the order of the file."""
    steps = [b >= a for a, b in pairwise(days) if a != b]
    return max(sum(steps), len(steps) - sum(steps)) / len(steps) if steps else 0.0


def _described(order: str, matches: list[re.Match[str]], days: list[date | None], sure: bool, why: str) -> DateForm:
    good = [m for m, d in zip(matches, days, strict=True) if d is not None]
    named = any(not m["a"].isdigit() or not m["b"].isdigit() for m in good[:50])
    gap = Counter(_mark(m["x"]) for m in good).most_common(1)[0][0]
    text = written(order, " " if named else gap)
    formats: tuple[str, ...] = ()
    if not named:
        shapes = _each({id(m): m for m in good}.values(), good, lambda m: _strptime(m, order))
        counted = Counter(f for f in shapes if f is not None)
        formats = tuple(f for f, n in counted.most_common(3) if n >= 0.01 * len(good))
    zones = sum(m["z"] is not None for m in good)
    return DateForm(text, formats, zones > 0.5 * len(good), any(m["h"] for m in good), sure, why)


def _mark(gap: str) -> str:
    return next((c for c in gap if c in "./-"), " " if gap else "")


def _strptime(match: re.Match[str], order: str) -> str | None:
    """The exact strptime format of one cell, None where its shape has no such format."""
    if match.string[: match.start("a")] or (match["f"] and (len(match["f"]) > 6 or match["fs"] == ",")):
        return None
    letters = {"d": "%d", "m": "%m"}
    values = dict(zip(order, (match["a"], match["b"], match["c"]), strict=True))
    letters["y"] = "%y" if len(values["y"]) == 2 else "%Y"
    text = match["x"].join(letters[c] for c in order[:2]) + match["y"] + letters[order[2]]
    if match["h"]:
        hour = "%I" if match["p"] else "%H"
        text += f"{match['gap']}{hour}{match['hs']}%M"
        text += f"{match['hs']}%S" if match["s"] else ""
        text += ".%f" if match["f"] else ""
    if match["p"]:
        text += f"{match['pgap']}%p"
    if match["z"]:
        if match["z"].isalpha():
            return None
        text += f"{match['zgap']}%z"
    return None if match.string[match.end("z") if match["z"] else len(match.string) :].strip() else text


def _numeric(filled: list[str], named: bool) -> tuple[DateForm, float] | None:
    """Bare numbers: yyyymmdd (with time), ddmmyyyy, Excel's serial numbers, epoch seconds and milliseconds."""
    count = len(filled)

    def share(test: Callable[[str], bool]) -> float:
        return sum(map(test, filled)) / count

    compact = share(lambda c: len(c) == 8 and c.isdecimal() and c.isascii() and _compact(c[:4], c[4:6], c[6:]))
    if compact >= 0.9:
        return DateForm("yearmonthday", ("%Y%m%d",)), compact
    long = share(lambda c: len(c) in (12, 14) and c.isdecimal() and c.isascii() and _compact(c[:4], c[4:6], c[6:8]))
    if long >= 0.9:
        return DateForm(
            "yearmonthday", ("%Y%m%d%H%M%S",) if len(filled[0]) == 14 else ("%Y%m%d%H%M",), timed=True
        ), long
    if not named:
        return None
    reverse = share(lambda c: len(c) == 8 and c.isdecimal() and c.isascii() and _compact(c[4:], c[2:4], c[:2]))
    if reverse >= 0.9:
        return DateForm("daymonthyear", ("%d%m%Y",)), reverse
    for text, low, high in (("excel", 10_000, 80_000), ("unix", 3e8, 4.2e9), ("unix-ms", 3e11, 4.2e12)):
        fits = share(lambda c, low=low, high=high: _within(c, low, high))  # type: ignore[misc]
        if fits >= 0.9:
            timed = text != "excel" or any("." in c or "," in c for c in filled)
            return DateForm(
                text, (), zoned=text != "excel", timed=timed, sure=text != "excel", why=told("the column's name")
            ), fits
    return None


def _within(cell: str, low: float, high: float) -> bool:
    return _COUNT.fullmatch(cell) is not None and low <= float(cell.replace(",", ".")) < high


def _compact(year: str, month: str, day: str) -> bool:
    try:
        return 1970 <= int(year) <= 2069 and date(int(year), int(month), int(day)) is not None
    except ValueError:
        return False


def _year_month(filled: list[str]) -> tuple[DateForm, float] | None:
    """Months without a day: 2024-03, 03/2024, March 2024."""
    matches = [m for c in filled if (m := _MONTH.match(c))]
    if len(matches) < 0.8 * len(filled):
        return None
    first = matches[0]
    if len(first["a"]) == 4 and first["a"].isdigit():
        return DateForm(f"year{_mark(first['x'])}month"), len(matches) / len(filled)
    named = not first["a"].isdigit()
    if len(first["b"]) != 4 or (named and plain(first["a"]) not in months()):
        return None
    return DateForm("month year" if named else f"month{_mark(first['x'])}year"), len(matches) / len(filled)
