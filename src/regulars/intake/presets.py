"""Exports of known shop systems, recognised by their titles."""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from functools import cache
from importlib.resources import files
from typing import Any

import msgspec

from regulars.intake.fields import Kind, normal
from regulars.intake.mapping import Mapping


class Preset(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a shop system's columns mean; a list of titles takes the first that the file has with something in it."""

    title: str
    kind: Kind
    needs: tuple[str, ...]
    columns: dict[str, str | list[str]]
    blank_repeats: bool = False


@cache
def presets() -> dict[str, Preset]:
    """Name -> preset, as `presets.toml` lists them; the first that fits counts."""
    raw: dict[str, Any] = tomllib.loads(files("regulars.intake").joinpath("presets.toml").read_text(encoding="utf-8"))
    return {name: msgspec.convert(value, Preset) for name, value in raw.items()}


def find(titles: Sequence[str], filled: Sequence[bool], kind: Kind | None = None) -> Mapping | None:
    """The mapping of the first preset whose needed titles are all there (and is of `kind`), or None."""
    there = {normal(title): title for title in reversed(titles)}
    empty = {normal(title) for title, full in zip(titles, filled, strict=True) if not full}
    for name, preset in presets().items():
        if (kind is None or preset.kind == kind) and all(normal(title) in there for title in preset.needs):
            return Mapping(
                kind=preset.kind,
                columns=_columns(preset, there, empty),
                blank_repeats=preset.blank_repeats,
                preset=name,
            )
    return None


def _columns(preset: Preset, there: dict[str, str], empty: set[str]) -> dict[str, str]:
    columns: dict[str, str] = {}
    for field, wanted in preset.columns.items():
        choices = [normal(t) for t in ([wanted] if isinstance(wanted, str) else wanted) if normal(t) in there]
        if choices:
            columns[field] = there[next((c for c in choices if c not in empty), choices[0])]
    return columns
