"""Words in cells: statuses, yes and no, countries, currencies. Python for recognition, SQL for reading."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from functools import cache
from importlib.resources import files
from typing import Any

from regulars.intake.fields import normal

NOTHING = (
    *("null", "none", "n/a", "na", "nan", "nil", "-", "--", "—", "–", "?", "#n/a", "#value!", "#ref!"),
    *("(blank)", "(null)", "undefined", "nat", "0000-00-00", "0000-00-00 00:00:00", "\\n"),
)
"""Cells that mean "nothing is known", in lower case."""

_LANGUAGES = ("en", "fi", "et", "lv", "pl", "de", "sv", "lt", "ru", "fr", "es", "pt", "it", "nl", "da", "nb")


@cache
def _words() -> Mapping[str, Mapping[str, Any]]:
    text = files("regulars.intake.values").joinpath("words.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)


@cache
def statuses() -> Mapping[str, str]:
    """Normalised word -> placed, cancelled, refunded, unpaid or test; where languages clash, the first listed wins."""
    found: dict[str, str] = {}
    for meaning, words in _words()["status"].items():
        for word in words:
            found.setdefault(normal(word), meaning)
    return found


@cache
def truths() -> Mapping[str, bool]:
    """Word in lower case (with and without accents) -> yes or no."""
    found: dict[str, bool] = {}
    for meaning in ("yes", "no"):
        for word in _words()["truth"][meaning]:
            found.setdefault(word.casefold(), meaning == "yes")
            found.setdefault(normal(word), meaning == "yes")
    return found


@cache
def marks() -> Mapping[str, tuple[str, ...]]:
    """Currency marks in lower case -> the currencies they may mean, usual one first."""
    return {mark: tuple(codes) for mark, codes in _words()["currency_mark"].items()}


@cache
def country_codes() -> frozenset[str]:
    """The two-letter codes of ISO 3166."""
    from babel import Locale

    codes = (str(code) for code in Locale("en").territories)
    return frozenset(c for c in codes if len(c) == 2 and c.isalpha() and c not in ("EU", "EZ", "UN", "ZZ", "QO"))


@cache
def countries() -> Mapping[str, str]:
    """Normalised name or code of a country -> its two-letter code."""
    from babel import Locale

    codes = country_codes()
    found = {normal(name): code for name, code in _words()["country"].items()}
    for language in _LANGUAGES:
        for code, name in Locale(language).territories.items():
            if code in codes:
                found.setdefault(normal(name), code)
    found.update({normal(code): code for code in codes})
    found.update({alpha3.lower(): code for code, alpha3 in _words()["country_alpha3"].items()})
    found["uk"] = "GB"
    return found


@cache
def currency_codes() -> frozenset[str]:
    """The three-letter codes of ISO 4217."""
    from babel import Locale

    return frozenset(Locale("en").currencies)


def status(word: str, own: Mapping[str, str] | None = None) -> str:
    """What a status word means; `own` are the mapping's. "other" when nobody knows."""
    key = normal(word)
    for name, meaning in (own or {}).items():
        if normal(name) == key:
            return meaning
    return statuses().get(key, "other")


def country(word: str) -> str | None:
    """Two-letter code of a country's name or code in any of the languages, None when unknown."""
    return countries().get(normal(word))


def currency(mark: str, likely: Iterable[str | None] = ()) -> str | None:
    """The currency of a code or mark; `likely` ones (the firm's, the country's) settle "$" and "kr"."""
    code = mark.strip().upper()
    if len(code) == 3 and code in currency_codes():
        return code
    meant = marks().get(mark.strip().casefold(), ())
    return next((c for c in likely if c in meant), meant[0] if meant else None)


def case(subject: str, table: Mapping[str, str | bool], otherwise: str = "NULL") -> str:
    """SQL that looks `subject` up in a few words. A chain of CASE: lists of constants would become joins."""
    whens = " ".join(f"WHEN {sql_text(word)} THEN {sql_value(meaning)}" for word, meaning in table.items())
    return f"CASE {subject} {whens} ELSE {otherwise} END" if whens else otherwise


def lookup(subject: str, table: Mapping[str, str | bool]) -> str:
    """SQL that looks `subject` up in a long list, NULL when it isn't there. Slow: for few rows."""
    entries = ", ".join(f"{sql_text(word)}: {sql_value(meaning)}" for word, meaning in table.items())
    return f"MAP {{{entries}}}[{subject}]"


def nothing(cell: str) -> str:
    """SQL: true for an empty cell and for words such as "NULL", "n/a" and "-"."""
    words = sql_text("\x1f" + "\x1f".join(NOTHING) + "\x1f")
    separator = sql_text("\x1f")
    return (
        f"({cell} IS NULL OR trim({cell}) = '' OR "
        f"(strlen({cell}) <= 24 AND contains({words}, {separator} || lower(trim({cell})) || {separator})))"
    )


def plain(cell: str) -> str:
    """SQL: a cell's words as `fields.normal` writes them, as far as SQL can."""
    return f"trim(regexp_replace(replace(strip_accents(lower(trim({cell}))), 'ł', 'l'), '[^\\pL\\pN]+', ' ', 'g'))"


def sql_text(text: str) -> str:
    """A text as an SQL literal."""
    return "'" + text.replace("'", "''") + "'"


def sql_value(value: str | bool) -> str:
    """A text or truth as an SQL literal."""
    return sql_text(value) if isinstance(value, str) else str(value).lower()
