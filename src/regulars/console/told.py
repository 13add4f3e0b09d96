"""What is said about one customer: the reasons of standing and rung in words, and what is ahead."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import msgspec
from django.db import connection
from django.utils.translation import gettext as _

from regulars.base import days
from regulars.console import phrases
from regulars.console.latest import Latest
from regulars.console.phrases import Figures
from regulars.customers.models import Picture, Run
from regulars.insight.figures import Reason
from regulars.insight.lists import figures_of
from regulars.insight.parameters import Parameters
from regulars.insight.reasons import reasons
from regulars.report import words
from regulars.report.sections.calls import RUNG_CODES

_MONEY = ("value_365", "needed_value", "spend_per_occasion")
LIFTING = ("lift_", "unknown_", "needs_", "too_few", "too_short", "gap_too", "score_too", "value_below")


def why(picture: Picture, now: Latest, f: Figures, *, money: bool) -> tuple[list[str], list[str]]:
    """Sentences: why this standing; why this rung and what would lift them. Without `money`, none that names it."""
    found = [reason for reason in _reasons(picture, now, f.unit) if money or not _tells_money(reason)]
    depth = [reason for reason in found if reason.code in RUNG_CODES]
    return [words.sentence(r, f) for r in found if r not in depth], [words.sentence(r, f) for r in depth]


def ahead(picture: Picture, now: Latest, f: Figures, *, money: bool) -> str:
    """What to expect, with its chance: one or two sentences, empty where nothing is known."""
    parts = []
    if picture.p_return is not None and picture.return_in is not None and picture.standing != "prospect":
        parts.append(
            _("Of 100 customers like this one, %(n)s come back by %(day)s.")
            % {"n": f"{picture.p_return * 100:.0f}", "day": phrases.day(now.day_in(picture.return_in))}
        )
    if money and picture.value_at_risk and picture.standing in ("slipping", "lapsed"):
        parts.append(
            _("If they are gone, about %(amount)s a year goes with them.") % {"amount": f.guess(picture.value_at_risk)}
        )
    return " ".join(parts)


def _reasons(picture: Picture, now: Latest, unit: int) -> list[Reason]:
    row: dict[str, Any] = {field.attname: getattr(picture, field.attname) for field in Picture._meta.concrete_fields}
    row["return_by"] = now.day_in(picture.return_in)
    row["next_occasion_day"] = now.day_in(picture.next_in)
    if picture.last_day:
        row["silence"] = (now.run.as_of - picture.last_day).days
    if picture.first_day and picture.last_day:
        row["span_days"] = days.to_number(picture.last_day) - days.to_number(picture.first_day)
    told = {**row, **_more(now.run)}
    for name in _MONEY:
        if told.get(name) is not None:
            told[name] = float(told[name]) / unit
    return reasons(told)


def _tells_money(reason: Reason) -> bool:
    return any(name in reason.figures for name in _MONEY)


def _more(run: Run) -> dict[str, Any]:
    return _parameters(str(connection.settings_dict["NAME"]), run.pk, run.finished_at.isoformat())


@lru_cache(maxsize=8)
def _parameters(_store: str, run_id: int, _finished: str) -> dict[str, Any]:
    kept = Run.objects.values_list("parameters", flat=True).get(pk=run_id)
    try:
        return figures_of(msgspec.convert(kept, Parameters))
    except msgspec.ValidationError:  # kept by another release: sentences do without these figures
        return {}
