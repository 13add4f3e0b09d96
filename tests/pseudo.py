"""A language in which every message of ours stands in brackets: what is seen outside them can't be translated."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from html.parser import HTMLParser
from pathlib import Path

import pytest
from babel.messages import Catalog
from babel.messages.mofile import write_mo

from regulars.base import words
from regulars.platform import translations

OPEN, CLOSE = "⟦", "⟧"
KEPT = ("letters", "sign", "mark", "thousands")
"""Contexts of messages that are no words, but how figures and days are written."""
SAID_ALOUD = ("aria-label", "title", "placeholder", "alt")
WITHIN = ("a", "b", "strong", "em")
"""Elements that stand in the midst of a message."""
NOT_OURS = ("script", "style", "textarea", "pre", "code")
"""Elements that hold programs, and what others wrote."""


def compiled(folder: Path) -> Path:
    """The language, in place of Finnish."""
    whole = Catalog(locale="fi")
    for room in translations.ROOMS:
        for message in translations.read(room, "fi"):
            if message.id:
                whole.add(message.id, _bracketed(message), context=message.context)
    target = folder / "fi" / "LC_MESSAGES" / "django.mo"
    target.parent.mkdir(parents=True)
    with target.open("wb") as file:
        write_mo(file, whole)
    return folder


def _bracketed(message: object) -> object:
    context, ids, strings = (getattr(message, name) for name in ("context", "id", "string"))
    if context and any(word in context for word in KEPT):
        return strings
    if isinstance(ids, tuple):
        return tuple(f"{OPEN}{ids[min(i, 1)]}{CLOSE}" for i in range(2))
    return f"{OPEN}{ids}{CLOSE}"


def catalogue(folder: Path) -> words.Catalogue:
    """The same for `base.words`."""
    return translations.Spoken(folder / "fi" / "LC_MESSAGES" / "django.mo", "fi")


@contextmanager
def on_screens(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Members who chose Finnish see it."""
    from django.test.utils import override_settings
    from django.utils.translation import get_language, trans_real

    spoken = catalogue(folder)
    monkeypatch.setattr(words, "_followed", lambda: spoken if get_language() == "fi" else words.ENGLISH)
    monkeypatch.setattr(trans_real, "_translations", {})
    with override_settings(LOCALE_PATHS=[str(folder)]):
        yield


class _Seen(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.texts: list[str] = []
        self._unclosed = 0
        self._open: list[tuple[str, bool]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        icon = "material-symbols" in (dict(attrs).get("class") or "")
        if tag not in ("meta", "link", "img", "br", "hr", "input"):
            self._open.append((tag, icon or tag in NOT_OURS))
        self.texts += [value for name, value in attrs if name in SAID_ALOUD and value]

    def handle_endtag(self, tag: str) -> None:
        while self._open and self._open.pop()[0] != tag:
            pass

    def handle_data(self, data: str) -> None:
        if not data.strip() or any(hidden for _tag, hidden in self._open):
            return
        if not (self._unclosed and self._open[-1][0] in WITHIN):
            self.texts.append(" ".join(data.split()))
        self._unclosed = max(self._unclosed + data.count(OPEN) - data.count(CLOSE), 0)


def outside(html: str, *, allowed: str) -> list[str]:
    """Texts of a page with words outside the brackets, beside those that the pattern `allowed` matches."""
    seen = _Seen()
    seen.feed(html)
    found = []
    for text in seen.texts:
        left, before = text, ""
        while left != before:  # brackets within brackets
            before, left = left, re.sub(f"{OPEN}[^{OPEN}{CLOSE}]*{CLOSE}", " ", left)
        left = re.sub(f"^[^{OPEN}]*{CLOSE}|{OPEN}[^{CLOSE}]*$", " ", left)  # a message with an element in its midst
        if re.search(r"[A-Za-z]{3,}", re.sub(allowed, " ", left)):
            found.append(f"{left.strip()[:150]} << {text[:150]}")
    return sorted(set(found))
