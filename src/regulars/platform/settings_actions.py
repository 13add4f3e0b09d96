"""Changing settings from a screen: checked as a whole before the file is touched, and noted in the audit log."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import msgspec
from django.db import transaction

from regulars.base.errors import BadInput
from regulars.platform import audit, settings
from regulars.platform.locks import held
from regulars.platform.workspace import Workspace

SHOWN = ("thresholds", "privacy", "hours", "stream")
"""Tables whose values the audit log may hold: nothing in them is secret or personal."""


def from_environment(table: str) -> dict[str, str]:
    """Settings of a table that the environment decides, so that writing them down changes nothing -> its variable."""
    names = settings.TABLES[table].__struct_fields__ if table in settings.TABLES else ()
    found = {name: settings.variable(table, name) for name in names}
    return {name: variable for name, variable in found.items() if variable in os.environ}


def change(
    workspace: Workspace,
    table: str,
    values: Mapping[str, object],
    *,
    check: Callable[[settings.Settings], object] | None = None,
) -> None:
    """Write settings of a table into regulars.toml, with its comments kept; None goes back to the default.

    check : raises BadInput for settings that another room knows to be wrong.
    Raises BadInput that says which setting is wrong, and changes nothing then.
    """
    fixed = sorted(set(values) & set(from_environment(table)))
    if fixed:
        raise BadInput(f"{fixed[0]} is set by the environment ({settings.variable(table, fixed[0])}). Change it there.")
    with held("settings", what="Changing the settings"), tempfile.TemporaryDirectory() as folder:
        trial = Path(folder) / workspace.settings_path.name
        if workspace.settings_path.exists():
            shutil.copy(workspace.settings_path, trial)
        before = settings.load(trial)
        settings.remember(trial, table, values)
        after = settings.load(trial)
        if check is not None:
            check(after)
        told: dict[str, Any] = {"settings": sorted(values)}
        if table in SHOWN:
            told |= {"was": _values(before, table, values), "now": _values(after, table, values)}
        with transaction.atomic():
            audit.note("settings.changed", object=table, **told)
            settings.remember(workspace.settings_path, table, values)


def _values(found: settings.Settings, table: str, names: Mapping[str, object]) -> dict[str, Any]:
    """Settings as JSON holds them; None for one that the file leaves to its default."""
    whole: dict[str, Any] = msgspec.to_builtins(getattr(found, table))
    return {name: whole.get(name) for name in sorted(names)}
