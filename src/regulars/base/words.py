"""Sentences for people in the language of whoever reads them, without knowing who that is or what Django is.

Two ways, for two kinds of text:

- What is made for one reader (the report) says `say("{n} of 100", n=31)`: message and figures, looked up in the
  catalogue that is spoken now. A program begins in English; `speaking(catalogue)` changes that for a while, and the
  server lets it follow the language of each request (`follow`).
- What is told by the rooms below, thrown as an error or kept in a file, is English when it is made, as nobody knows yet
  who will read it: `told(f"There is no customer {number}.")`, or a `RegularsError`. The edge that shows it reads the
  figures back out of it and says the sentence anew: `again(text)`. What isn't recognised stays as it is.

Either way the English sentence is the message. Figures are written `{name}`; `{name:n}` is a count, grouped as the
language groups digits; `{name:told}` is a part that is a message itself.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import lru_cache
from typing import Protocol, TypeVar

T = TypeVar("T")
FIELD = re.compile(r"\{(\w+)(?::(\w+))?\}")
_PARTS = {"n": r"-?[\d,]+"}
_LEAST_LETTERS = 3
"""A message with fewer letters of its own would be found in everything."""


class Catalogue(Protocol):
    """One language; the methods are those of the standard library's `gettext`."""

    def __hash__(self) -> int: ...
    @property
    def language(self) -> str: ...
    def gettext(self, message: str, /) -> str: ...
    def ngettext(self, one: str, many: str, n: int, /) -> str: ...
    def pgettext(self, context: str, message: str, /) -> str: ...
    def form(self, n: int) -> int:
        """Which of a word's forms goes with `n` things: 0 the first, ..."""

    def messages(self) -> Iterable[str]:
        """Every message without context, the plural ones as well."""


class _English:
    language = "en"

    def gettext(self, message: str, /) -> str:
        return message

    def ngettext(self, one: str, many: str, n: int, /) -> str:
        return one if n == 1 else many

    def pgettext(self, _context: str, message: str, /) -> str:
        return message

    def form(self, n: int) -> int:
        return int(n != 1)

    def messages(self) -> Iterable[str]:
        return ()


ENGLISH: Catalogue = _English()
_chosen: ContextVar[Catalogue | None] = ContextVar("regulars_catalogue", default=None)


def _english() -> Catalogue:
    return ENGLISH


_followed: Callable[[], Catalogue] = _english


def follow(spoken: Callable[[], Catalogue]) -> None:
    """From now on, where nothing is chosen by `speaking`, use what `spoken` answers at that moment."""
    global _followed  # one process has one way to know
    _followed = spoken


@contextmanager
def speaking(catalogue: Catalogue) -> Iterator[None]:
    """Say everything in this language, in this thread or task, until it ends."""
    token = _chosen.set(catalogue)
    try:
        yield
    finally:
        _chosen.reset(token)


def spoken() -> Catalogue:
    """The catalogue of now."""
    return _chosen.get() or _followed()


def say(message: str, /, **figures: object) -> str:
    """The message in the language of now, with its figures."""
    return fill(spoken().gettext(message), figures)


def say_many(one: str, many: str, number: float, /, **figures: object) -> str:
    """The same with a form for one and another for many (some languages have more)."""
    return fill(spoken().ngettext(one, many, whole(number)), figures)


def say_in(context: str, message: str, /, **figures: object) -> str:
    """For words that mean several things: `context` says which."""
    return fill(spoken().pgettext(context, message), figures)


def noted(message: str) -> str:
    """Mark a text of a table as a message; it is said where it is used."""
    return message


def told(message: T) -> T:
    """Mark an English sentence as one that `again` can say in another language.

    Takes f-strings, and whole tables, of which every text among the values is marked.
    """
    return message


def whole(number: float) -> int:
    """The count that decides on singular and plural: 1.2 hours are many."""
    return int(number) if float(number).is_integer() else 2


def fill(message: str, figures: dict[str, object]) -> str:
    """The message with its figures; one that isn't given stays as it is written."""
    if not figures:
        return message
    return FIELD.sub(
        lambda found: _written(figures[found[1]], found[2]) if found[1] in figures else found[0],
        message,
    )


def grouped(number: int) -> str:
    """4,812, as the language groups digits."""
    return f"{number:,}".replace(",", say_in("between thousands", ","))


def again(text: str) -> str:
    """An English text that was `told` earlier, line by line in the language of now; figures stay what they were."""
    catalogue = spoken()
    if catalogue.language == "en":
        return text
    return "\n".join(_again(line, catalogue) or line for line in text.split("\n"))


def _written(figure: object, kind: str | None) -> str:
    if kind == "n" and isinstance(figure, int):
        return grouped(figure)
    return str(figure)


def _again(text: str, catalogue: Catalogue) -> str | None:
    """The text in the catalogue's language; None where it is no message."""
    plain, patterns = _known(catalogue)
    if text in plain:
        return catalogue.gettext(text)
    for message, shape in patterns:
        found = shape.fullmatch(text)
        if found is None:
            continue
        figures: dict[str, object] = {}
        for name, kind in FIELD.findall(message):
            said: object = found[name]
            if kind == "told":
                said = _again(found[name], catalogue) if found[name] else ""
            elif kind == "n":
                said = int(found[name].replace(",", "") or 0)
            if said is None:
                break
            figures[name] = said
        else:
            return fill(catalogue.gettext(message), figures)
    return None


@lru_cache(maxsize=8)
def _known(catalogue: Catalogue) -> tuple[frozenset[str], tuple[tuple[str, re.Pattern[str]], ...]]:
    """Messages without figures; those with figures and what they look like, most words of their own first."""
    every = [message for message in catalogue.messages() if message]
    shaped = [message for message in every if FIELD.search(message) and _can_be_found(message)]
    shaped.sort(key=lambda message: (-_letters(message), message))
    return frozenset(m for m in every if not FIELD.search(m)), tuple((m, _shape(m)) for m in shaped)


def _letters(message: str) -> int:
    return sum(sign.isalpha() for sign in FIELD.sub("", message))


def _can_be_found(message: str) -> bool:
    """A name may stand in it once only, and parts that are messages themselves vouch for the rest."""
    names = [name for name, _ in FIELD.findall(message)]
    return len(set(names)) == len(names) and (_letters(message) >= _LEAST_LETTERS or ":told}" in message)


def _shape(message: str) -> re.Pattern[str]:
    parts, end = [], 0
    for found in FIELD.finditer(message):
        parts += [re.escape(message[end : found.start()]), f"(?P<{found[1]}>{_PARTS.get(found[2] or '', '.*?')})"]
        end = found.end()
    return re.compile("".join([*parts, re.escape(message[end:])]), re.DOTALL)
