"""Tests that take their time: `make test` tries a property on few examples, `make hard` on many.

A test that `make test` leaves to `make hard` altogether is marked `hard`.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import TypeVar

import pytest
from hypothesis import HealthCheck, settings

T = TypeVar("T")
FULL = 20
"""`make hard` at full scale tries so many times as many examples as at small scale."""


def examples(few: int, many: int) -> int:
    """`few` in `make test`, `many` in `make hard SCALE=small`, FULL times as many in `make hard`."""
    return {"small": many, "full": FULL * many}.get(os.environ.get("REGULARS_HARD", ""), few)


def tried(few: int, many: int) -> Callable[[T], T]:
    """A property, tried on so many examples (see `examples`)."""
    chosen = settings(max_examples=examples(few, many), deadline=None, suppress_health_check=list(HealthCheck))
    return lambda test: pytest.mark.many(chosen(test))  # type: ignore[type-var,return-value]
