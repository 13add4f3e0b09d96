"""The form of thresholds: shares are said in percent, and kept as shares."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django import forms
from django.utils.functional import Promise

from regulars.console.settings.thresholds_words import EPISODES, GROUPS, Asked
from regulars.customers.thresholds import LIMITS
from regulars.insight import Thresholds

_OPTIONAL = ("episode_gap_days", "cycle_days")


class Form(forms.Form):
    """All thresholds; `thresholds()` has what was told."""

    def __init__(self, data: Any = None, *, now: Thresholds) -> None:
        initial = {asked.name: _shown(asked, getattr(now, asked.name)) for group in GROUPS for asked in group.asked}
        super().__init__(data, initial=initial)
        for group in GROUPS:
            for asked in group.asked:
                self.fields[asked.name] = _field(asked)

    def groups(self) -> Iterator[dict[str, Any]]:
        """For the template: each group with its fields, and what each is by default."""
        usual = Thresholds()
        for group in GROUPS:
            rows = [(self[asked.name], asked.unit, _said(asked, getattr(usual, asked.name))) for asked in group.asked]
            wrong = any(asked.name in self.errors for asked in group.asked)
            yield {"title": group.title, "rows": rows, "folded": group.folded and not wrong}

    def thresholds(self) -> Thresholds:
        """What the form says, which must be valid."""
        told: dict[str, Any] = {}
        for group in GROUPS:
            for asked in group.asked:
                value = self.cleaned_data[asked.name]
                told[asked.name] = round(float(value) / 100, 6) if asked.unit == "percent" else _plain(asked, value)
        return Thresholds(**told)


def labels() -> dict[str, str | Promise]:
    """What each threshold is called."""
    return {asked.name: asked.label for group in GROUPS for asked in group.asked}


def _field(asked: Asked) -> forms.Field:
    words: dict[str, Any] = {"label": asked.label, "help_text": asked.why, "required": asked.name not in _OPTIONAL}
    if asked.unit == "choice":
        return forms.ChoiceField(choices=EPISODES, **words)
    least, most = LIMITS[asked.name]
    if asked.unit == "percent":
        words["widget"] = forms.NumberInput({"step": "any"})
        return forms.DecimalField(min_value=round(least * 100, 4), max_value=round(most * 100, 4), **words)
    if asked.unit == "points":
        return forms.DecimalField(min_value=int(least), max_value=int(most), **words)
    return forms.IntegerField(min_value=int(least), max_value=int(most), **words)


def _shown(asked: Asked, value: Any) -> Any:
    """A threshold as the form has it: shares in percent, without digits that say nothing."""
    if asked.unit == "percent":
        return f"{value * 100:.6g}"
    return f"{value:g}" if asked.unit == "points" else value


def _said(asked: Asked, value: Any) -> str:
    if asked.unit == "choice":
        return str(dict(EPISODES)[value])
    return "" if value is None else f"{_shown(asked, value)}"


def _plain(asked: Asked, value: Any) -> Any:
    return float(value) if asked.unit == "points" else value
