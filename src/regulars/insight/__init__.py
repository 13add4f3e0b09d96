"""Insight: from the lake as of any day to one row per customer and the figures of the firm.

`occasions -> histories -> model -> standing, rung, value -> figures`; everything is a function of (orders up to a
day, parameters). Pure tables in, tables and figures out: no files, no Django, no words (reasons are codes + figures).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from regulars.insight.columns import CUSTOMERS, MONEY_COLUMNS, TABLES
    from regulars.insight.notebook import Regulars
    from regulars.insight.parameters import Choice, Parameters, Thresholds
    from regulars.insight.picture import Picture, run
    from regulars.insight.source import Frames, Source

_HOMES = {
    "CUSTOMERS": "columns",
    "MONEY_COLUMNS": "columns",
    "TABLES": "columns",
    "Choice": "parameters",
    "Frames": "source",
    "Parameters": "parameters",
    "Picture": "picture",
    "Regulars": "notebook",
    "Source": "source",
    "Thresholds": "parameters",
    "run": "picture",
}
"""Where each public name lives: loaded when first asked for, so that a command loads only what it needs. None is
called like its module, which would hide it."""

__all__ = [
    "CUSTOMERS",
    "MONEY_COLUMNS",
    "TABLES",
    "Choice",
    "Frames",
    "Parameters",
    "Picture",
    "Regulars",
    "Source",
    "Thresholds",
    "run",
]


def __getattr__(name: str) -> Any:
    from importlib import import_module

    if name not in _HOMES:
        raise AttributeError(f"regulars.insight has no {name}")
    home = import_module(f"regulars.insight.{_HOMES[name]}")
    value = getattr(home, name)
    globals()[name] = value
    return value
