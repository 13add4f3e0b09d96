"""What a value of a declared attribute may be. Pure."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any

from regulars.base.errors import BadInput

TYPES = ("text", "number", "day", "truth", "choice")
GROUNDS = ("consent", "contract", "legitimate interest", "legal obligation")
LONGEST_TEXT = 1_000
_NAME = re.compile(r"[a-z][a-z0-9_]{0,59}")
_YES, _NO = ("yes", "true", "1"), ("no", "false", "0")


def declared(name: str, kind: str, purpose: str, basis: str, choices: Sequence[str], keep_days: int | None) -> None:
    """Raises BadInput for a declaration that can't be: data without a purpose and a ground isn't held."""
    if not _NAME.fullmatch(name):
        raise BadInput("A name of an attribute is in small letters, as in shoe_size.")
    if kind not in TYPES:
        raise BadInput(f"There is no type '{kind}'. There are: {', '.join(TYPES)}.")
    if not purpose.strip():
        raise BadInput("Say what it is for: what has no purpose isn't held.")
    if basis not in GROUNDS:
        raise BadInput(f"'{basis}' is no ground to hold it on. There are: {', '.join(GROUNDS)}.")
    if (kind == "choice") != bool(choices) or len(set(choices)) != len(choices):
        raise BadInput("A choice needs its answers, each once; other types have none.")
    if keep_days is not None and keep_days < 1:
        raise BadInput("It is kept a day at least, or as long as the customer is.")


def value(kind: str, given: Any, choices: Sequence[str] = ()) -> str | int | float | bool:
    """The value as it is kept: JSON's text, number or truth; a day as 2026-01-31. Raises BadInput."""
    match kind:
        case "number":
            return _number(given)
        case "day":
            return _day(given)
        case "truth":
            return _truth(given)
        case "choice":
            if given not in choices:
                raise BadInput(f"That is none of the answers. There are: {', '.join(choices)}.")
            return str(given)
    found = str(given).strip()
    if not found or len(found) > LONGEST_TEXT or "\0" in found:
        raise BadInput(f"A text has 1 to {LONGEST_TEXT:,} letters.")
    return found


def ends(recorded_at: datetime, keep_days: int | None) -> datetime | None:
    """When a value has to go; None where it lives as long as the customer."""
    return None if keep_days is None else recorded_at + timedelta(days=keep_days)


def _number(given: Any) -> int | float:
    if isinstance(given, bool):
        raise BadInput("That is not a number.")
    try:
        found = float(str(given).strip().replace(",", "."))
    except ValueError:
        raise BadInput("That is not a number.") from None
    if not math.isfinite(found) or abs(found) > 2**53:
        raise BadInput("That number is too large.")
    return int(found) if found.is_integer() else found


def _day(given: Any) -> str:
    try:
        found = given if isinstance(given, date) else date.fromisoformat(str(given).strip())
    except ValueError:
        raise BadInput("A day is written as 2026-01-31.") from None
    return date(found.year, found.month, found.day).isoformat()


def _truth(given: Any) -> bool:
    word = str(given).strip().lower()
    if word not in (*_YES, *_NO):
        raise BadInput("Answer with yes or no.")
    return word in _YES
