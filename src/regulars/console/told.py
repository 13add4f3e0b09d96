"""What is said about one customer: the reasons of standing and rung in words, and what is ahead."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from django.utils.translation import gettext as _

from regulars.console import phrases
from regulars.console.phrases import Figures
from regulars.customers.models import Picture
from regulars.insight.figures import Reason
from regulars.report import words
from regulars.report.sections.calls import RUNG_CODES

_MONEY = ("value_365", "needed_value", "spend_per_occasion")


def why(reasons: Sequence[Reason], f: Figures, *, money: bool) -> tuple[list[str], list[str]]:
    """Sentences: why this standing; why this rung and what would lift them. Without `money`, none that names it."""
    found = [reason for reason in reasons if money or not _tells_money(reason)]
    depth = [reason for reason in found if reason.code in RUNG_CODES]
    return [words.sentence(r, f) for r in found if r not in depth], [words.sentence(r, f) for r in depth]


def ahead(picture: Picture, return_by: date | None, f: Figures, *, money: bool, reasons: Sequence[Reason] = ()) -> str:
    """What to expect, with its chance: one or two sentences, empty where nothing is known or `reasons` said it."""
    parts = []
    said = any(reason.code == "long_silent" and "p_return" in reason.figures for reason in reasons)
    if picture.p_return is not None and return_by is not None and picture.standing != "prospect" and not said:
        parts.append(
            _("Of 100 customers like this one, %(n)s come back by %(day)s.")
            % {"n": f"{picture.p_return * 100:.0f}", "day": phrases.day(return_by)}
        )
    if money and picture.value_at_risk and picture.standing in ("slipping", "lapsed"):
        parts.append(
            _("If they are gone, about %(amount)s a year goes with them.") % {"amount": f.guess(picture.value_at_risk)}
        )
    return " ".join(parts)


def _tells_money(reason: Reason) -> bool:
    return any(name in reason.figures for name in _MONEY)
