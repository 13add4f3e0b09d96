"""How long work tells how far it is, without knowing who listens."""

from __future__ import annotations

from typing import Protocol


class Progress(Protocol):
    """Called as `progress(stage, done, total, unit)`: the stage in plain words, how much of it is done, of how much."""

    def __call__(self, stage: str, done: int = 0, total: int | None = None, unit: str = "") -> None: ...


def silent(stage: str, done: int = 0, total: int | None = None, unit: str = "") -> None:
    """Nobody listens."""
