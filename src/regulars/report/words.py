"""Reasons in plain words: `Reason("late", {"silent_days": 61, ...})` -> "It has been 9 weeks, ...".

The sentences are data (`sentences.toml`): for each code one text, or several of which the first is taken whose figures
are all known. A figure is written as `{name:kind}`:

    n       a count: 4,812               days    a span of days: 9 weeks
    x       a number, up to 2 decimals   day     an ISO date or day number: 12 May 2026
    pct     a share: 12%                 in100   a share: 31 of 100
    money   major units, exactly         about   major units, a guess, rounded
    text    as it is                     times   a factor: 2.5 times
    s       nothing for 1, "s" otherwise (also `s:y,ies`, `s:is,are`: one form for 1, another otherwise; a translation
            has as many forms as its language)

A code without a sentence is still readable: its own words and its figures.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Mapping
from datetime import date
from functools import cache
from pathlib import Path

from regulars.base.days import to_date
from regulars.base.words import noted, say, spoken
from regulars.insight.figures import Reason
from regulars.report import formats
from regulars.report.formats import Formats

_FIELD = re.compile(r"\{(\w+)(?::([^{}]+))?\}")
Figure = int | float | str | None
RULES = {
    "nobody": noted("nobody comes back"),
    "everyone": noted("everybody alike"),
    "last_period": noted("as in the period before"),
    "own_rate": noted("everybody at their own pace"),
    "shrunk_rate": noted("own pace, drawn to the average"),
}
"""Plain words for the simple rules that models have to beat."""


@cache
def sentences() -> Mapping[str, tuple[str, ...]]:
    """All sentences by code."""
    content = tomllib.loads(Path(__file__).with_name("sentences.toml").read_text(encoding="utf-8"))
    return {code: (text,) if isinstance(text, str) else tuple(text) for code, text in content.items()}


def sentence(reason: Reason, f: Formats) -> str:
    """The reason as one sentence or two in the language of now, with its figures in the firm's way of writing."""
    for text in sentences().get(reason.code, ()):
        written = _fill(say(text), reason.figures, f)
        if written is not None:
            return written
    return generic(reason, f)


def generic(reason: Reason, f: Formats) -> str:
    """For a code that has no sentence (or lacks its figures): "Gap found: days 31, share 0.2." """
    code = reason.code.replace("_", " ").strip() or "no reason given"
    figures = [
        f"{name.replace('_', ' ')} {f.number(value, 0 if float(value).is_integer() else 2)}"
        if isinstance(value, int | float)
        else f"{name.replace('_', ' ')} {value}"
        for name, value in reason.figures.items()
        if value is not None
    ]
    return f"{code[0].upper()}{code[1:]}{': ' if figures else ''}{', '.join(figures)}."


def called(model: str) -> str:
    """What people may call a model or a plain rule; models go by the name that they have in the field."""
    return say(RULES.get(model, model)).replace("_", " ")


def fields(text: str) -> list[tuple[str, str]]:
    """(name, kind) of every figure in a sentence; used to check the data."""
    return [(match[1], match[2] or "text") for match in _FIELD.finditer(text)]


def _fill(text: str, figures: Mapping[str, Figure], f: Formats) -> str | None:
    """The text with its figures, or None where one is missing or isn't of its kind."""
    missing = False

    def put(match: re.Match[str]) -> str:
        nonlocal missing
        value = figures.get(match[1])
        try:
            if value is not None:
                return _write(value, match[2] or "text", f)
        except (TypeError, ValueError, OverflowError, LookupError):
            pass
        missing = True
        return ""

    written = _FIELD.sub(put, text)
    return None if missing else written


def _write(value: Figure, kind: str, f: Formats) -> str:
    name, _, forms = kind.partition(":")
    if name == "s":
        choice = forms.split(",") if forms else ["", "s"]
        return choice[min(spoken().form(round(float(value or 0))), len(choice) - 1)]
    return KINDS[name](value, f)


def _day(value: Figure, _: Formats) -> str:
    return formats.day(date.fromisoformat(value) if isinstance(value, str) else to_date(int(value or 0)))


def _x(value: Figure, f: Formats) -> str:
    number = float(value or 0)
    decimals = 0 if number.is_integer() or abs(number) >= 100 else 1 if abs(number) >= 10 else 2
    return f.number(number, decimals)


KINDS: Mapping[str, Callable[[Figure, Formats], str]] = {
    "n": lambda value, f: f.number(float(value or 0)),
    "x": _x,
    "pct": lambda value, _: formats.share(float(value or 0)),
    "in100": lambda value, _: formats.in_hundred(float(value or 0)),
    "days": lambda value, _: formats.span(float(value or 0)),
    "day": _day,
    "money": lambda value, f: f.money(float(value or 0)),
    "about": lambda value, f: f.about(float(value or 0)),
    "times": lambda value, f: say("{n} times", n=_x(value, f)),
    "text": lambda value, _: called(str(value)),
}
"""How each kind of figure is written."""
