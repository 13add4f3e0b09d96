"""Goals that the firm set for its figures: what, by when, and how far it has come."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from django.db import transaction
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from regulars.base import clock
from regulars.base.errors import BadInput
from regulars.console import phrases
from regulars.console.home_figures import ABOVE, count
from regulars.console.models import Goal
from regulars.console.phrases import Figures
from regulars.insight.figures import Firm
from regulars.platform import audit

FIGURES: Mapping[str, str | Promise] = {
    "current": gettext_lazy("Current customers"),
    "regulars": gettext_lazy("Regulars and above"),
    "slipping": gettext_lazy("Slipping customers"),
    "at_risk": gettext_lazy("Value at risk"),
    "kept": gettext_lazy("Kept of last year's best, in percent"),
    "sales": gettext_lazy("Sales of the last 12 months"),
}
MONEY = ("at_risk", "sales")


@dataclass(frozen=True)
class Progress:
    """A goal and where it stands. `done`: share of the way from the start, 0-1."""

    goal: Goal
    label: str
    text: str
    done: float
    reached: bool
    late: bool


def now_of(figure: str, firm: Firm) -> float | None:
    """What a figure is now, in its own unit; None where the data can't say."""
    match figure:
        case "current":
            return float(count(firm.standing, "current") + count(firm.standing, "recent"))
        case "regulars":
            return float(sum(count(firm.rung, name) for name in ABOVE))
        case "slipping":
            return float(count(firm.standing, "slipping"))
        case "at_risk":
            return None if firm.value_at_risk is None else firm.value_at_risk.value
        case "kept":
            last = firm.kept_best[-1] if firm.kept_best else None
            return None if last is None or not last.best else 100 * last.kept / last.best
        case "sales":
            return sum(group.sales_365 for group in firm.standing)
        case _:
            return None


def progress(firm: Firm, today: date, f: Figures, *, money: bool) -> list[Progress]:
    """All goals with where they stand; those about money only for who may see it."""
    goals = Goal.objects.order_by("by_day", "id")
    return [_progress(goal, firm, today, f) for goal in goals if money or goal.figure not in MONEY]


def _progress(goal: Goal, firm: Firm, today: date, f: Figures) -> Progress:
    now = now_of(goal.figure, firm)
    start = goal.start if goal.start is not None else now
    reached = (
        now is not None and start is not None and (now >= goal.target if goal.target >= start else now <= goal.target)
    )
    way = goal.target - (start or 0.0)
    done = 1.0 if reached else 0.0 if now is None or not way else min(max((now - (start or 0.0)) / way, 0.0), 1.0)
    text = _("%(now)s now, %(target)s by %(day)s") % {
        "now": "–" if now is None else _written(goal.figure, now, f),
        "target": _written(goal.figure, goal.target, f),
        "day": phrases.short_day(goal.by_day),
    }
    label = str(FIGURES.get(goal.figure, goal.figure))
    return Progress(goal, label, text, done, reached, late=not reached and today > goal.by_day)


def _written(figure: str, value: float, f: Figures) -> str:
    if figure in MONEY:
        return f.about(value)
    return phrases.percent(value / 100) if figure == "kept" else f.number(value)


@transaction.atomic
def set_goal(figure: str, target: float, by_day: date, *, start: float | None) -> None:
    """Set the goal of a figure; another one for it is replaced.

    Raises BadInput for an unknown figure, a target below nothing, or a day that is over.
    """
    if figure not in FIGURES:
        raise BadInput(_("Choose one of the figures."))
    if not 0 <= target < 1e15 or (figure == "kept" and target > 100):
        raise BadInput(_("The target isn't a number that this figure can have."))
    if by_day <= clock.now().date():
        raise BadInput(_("Choose a day that is still to come."))
    who = audit.actor()
    values = {"target": target, "by_day": by_day, "start": start, "set_at": clock.now(), "by_staff_id": who.id}
    Goal.objects.update_or_create(figure=figure, defaults=values)
    audit.note("goal.set", object=figure, target=target, by_day=by_day.isoformat())


@transaction.atomic
def remove_goal(figure: str) -> None:
    """Give a goal up; nothing happens where there is none."""
    if Goal.objects.filter(figure=figure).delete()[0]:
        audit.note("goal.removed", object=figure)
