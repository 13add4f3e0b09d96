"""JSON values that every store takes: no NUL, no half characters, no endless numbers, no bottomless nesting."""

from __future__ import annotations

import math
import re
from typing import Any

from regulars.base.errors import BadInput

DEEPEST = 20
"""Levels of objects and lists within one item."""
_UNFIT = re.compile("[\x00\ud800-\udfff]")
_LARGEST = 2**63
SHOWN = 2_000
"""Characters that are kept of what is too large or too deep to be kept whole."""


def check(value: Any) -> None:
    """Raises BadInput, saying what is wrong, for a value that can't be stored."""
    _check(value, DEEPEST)


def _check(value: Any, levels: int) -> None:
    if isinstance(value, str):
        if _UNFIT.search(value):
            raise BadInput("A text has a NUL, or half of a character (a lone surrogate). Send text as UTF-8.")
    elif isinstance(value, dict):
        if not levels:
            raise BadInput(f"It is nested more than {DEEPEST} levels deep.")
        for key, below in value.items():
            _check(key, levels)
            _check(below, levels - 1)
    elif isinstance(value, list):
        if not levels:
            raise BadInput(f"It is nested more than {DEEPEST} levels deep.")
        for below in value:
            _check(below, levels - 1)
    elif isinstance(value, float):
        if not math.isfinite(value):
            raise BadInput("A number is endless, or none (NaN).")
    elif isinstance(value, int) and not -_LARGEST <= value < _LARGEST:
        raise BadInput("A number is larger than any count or amount. Send ids as text.")


def storable(value: Any) -> Any:
    """What can be kept of a value that was refused: unfit characters and numbers replaced, what is deep cut off."""
    return _storable(value, DEEPEST)


def _storable(value: Any, levels: int) -> Any:
    if isinstance(value, str):
        return _UNFIT.sub("\ufffd", value)
    if isinstance(value, dict | list) and not levels:
        return "..."
    if isinstance(value, dict):
        return {_storable(key, levels): _storable(below, levels - 1) for key, below in value.items()}
    if isinstance(value, list):
        return [_storable(below, levels - 1) for below in value]
    if isinstance(value, float) and not math.isfinite(value):
        return None
    if isinstance(value, int) and not -_LARGEST <= value < _LARGEST:
        return str(value)[:SHOWN] if value.bit_length() < 10_000 else "..."
    return value


def beginning(raw: bytes) -> str:
    """The beginning of bytes as text, of what is too large to be kept."""
    return str(_storable(raw[: 4 * SHOWN].decode("utf-8", "replace")[:SHOWN], 0))
