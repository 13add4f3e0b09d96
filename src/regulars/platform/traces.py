"""Where somebody may be mentioned in files and texts that belong to nobody in particular: by what they are known.

Pure. A cell of a table mentions them when it is one of their keys, contains their name or e-mail address, or is one of
their telephone numbers, however it is written. A row that mentions them in one cell is theirs.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

LEAST_PART = 5
"""Shorter names, and those of one word, count only as a whole cell: 'Li' is in half of all words."""
LEAST_PHONE = 6
_PHONE = re.compile(r"[+\d][\d\s().\-/]{5,}")


@dataclass(frozen=True)
class Traces:
    """What one or more people are known by."""

    names: tuple[str, ...] = ()
    emails: tuple[str, ...] = ()
    phones: tuple[str, ...] = ()
    keys: tuple[str, ...] = ()
    """The shop's customer ids and order numbers: only ever a whole cell."""

    @cached_property
    def _whole(self) -> frozenset[str]:
        return frozenset(filter(None, map(folded, (*self.names, *self.emails, *self.keys))))

    @cached_property
    def _parts(self) -> re.Pattern[str] | None:
        parts = {name for name in map(folded, self.names) if " " in name} | {folded(text) for text in self.emails}
        long = sorted((re.escape(text) for text in parts if len(text) >= LEAST_PART), key=len, reverse=True)
        return re.compile("|".join(long)) if long else None

    @cached_property
    def _numbers(self) -> tuple[str, ...]:
        return tuple(found for found in map(_national, self.phones) if len(found) >= LEAST_PHONE)

    def in_cell(self, cell: str | None) -> bool:
        """Whether one cell (or a short text) mentions them."""
        if not cell:
            return False
        text = folded(cell)
        if text in self._whole or (self._parts is not None and self._parts.search(text)):
            return True
        if not self._numbers:
            return False
        return any(re.sub(r"\D", "", found).endswith(self._numbers) for found in _PHONE.findall(cell))

    def in_row(self, cells: Iterable[str | None]) -> bool:
        """Whether any of the cells does."""
        return any(map(self.in_cell, cells))

    def removed(self, content: Any) -> Any:
        """Plain values of JSON without what mentions them: a row goes empty as a whole, a text by itself."""
        if isinstance(content, str):
            return "" if self.in_cell(content) else content
        if isinstance(content, list):
            if _is_row(content) and self.in_row(content):
                return [None if cell is None else "" for cell in content]
            return [self.removed(one) for one in content]
        if isinstance(content, dict):
            if _is_row(content.values()) and self.in_row(content.values()):
                return dict.fromkeys(content, "")
            return {key: self.removed(one) for key, one in content.items() if not self.in_cell(key)}
        return content

    def __add__(self, other: Traces) -> Traces:
        return Traces(
            (*self.names, *other.names),
            (*self.emails, *other.emails),
            (*self.phones, *other.phones),
            (*self.keys, *other.keys),
        )


def folded(text: str) -> str:
    """Without differences that people don't see: case, and how many blanks."""
    return " ".join(text.casefold().split())


def _is_row(values: Sequence[Any] | Iterable[Any]) -> bool:
    given = list(values)
    return len(given) > 1 and all(one is None or isinstance(one, str) for one in given)


def _national(phone: str) -> str:
    """The digits that every way of writing a number ends with."""
    import phonenumbers

    try:
        return str(phonenumbers.parse(phone).national_number)
    except phonenumbers.NumberParseException:
        return re.sub(r"\D", "", phone).lstrip("0")
