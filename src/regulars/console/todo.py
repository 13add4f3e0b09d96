"""Today's list: what waits for somebody, most urgent first. Each entry leads to where it is done."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from django.db.models import Q
from django.urls import NoReverseMatch, reverse
from django.utils.translation import ngettext

from regulars.base import clock
from regulars.console import customers, phrases
from regulars.console.home_figures import ABOVE
from regulars.console.latest import Latest, remembered
from regulars.console.phrases import Figures
from regulars.customers import queries_list
from regulars.customers.models import Consent, Task
from regulars.customers.queries_list import Filters
from regulars.intake.models import Import
from regulars.platform.jobs import queries as jobs
from regulars.staff import roles
from regulars.stream import quarantine

SOON = timedelta(days=60)
LATELY = timedelta(days=7)
CALLS = 12
"""So many can be called on one day."""


@dataclass(frozen=True)
class Todo:
    """One thing to do: words, where, and how pressing."""

    text: str
    link: str
    icon: str
    urgent: bool = False


def todos(now: Latest, role: str, member: int, today: date, f: Figures) -> list[Todo]:
    """What there is to do for a member with this role."""
    found = []
    if roles.may(role, "customers.view"):
        found += [_tasks(member, today, f), _slipping(now, f, money=roles.may(role, "customers.value"))]
    if roles.may(role, "privacy.view") or roles.may(role, "consent.edit"):
        found.append(_consents(f, privacy=roles.may(role, "privacy.view")))
    if roles.may(role, "imports.view"):
        found.append(_rejects(f))
    if roles.may(role, "jobs.view"):
        found.append(_dead(f))
    if roles.may(role, "settings.edit"):
        found.append(_refused(f))
    return [todo for todo in found if todo]


def _tasks(member: int, today: date, f: Figures) -> Todo | None:
    mine = Q(for_staff_id=member) | Q(for_staff_id=None)
    due = list(Task.objects.filter(mine, done_at=None, due__lte=today).values_list("due", flat=True)[:1000])
    if not due:
        return None
    text = ngettext("%(n)s task is due", "%(n)s tasks are due", len(due)) % {"n": f.number(len(due))}
    late = sum(day < today for day in due if day)
    if late:
        text += " · " + ngettext("%(n)s of it late", "%(n)s of them late", late) % {"n": f.number(late)}
    return Todo(text, reverse("console:tasks"), "task_alt", urgent=bool(late))


def _slipping(now: Latest, f: Figures, *, money: bool) -> Todo | None:
    """The slipping regulars worth most: no more than one can call on a day."""
    order = "risk" if money else "last"
    risks = remembered(now, f"calls by {order}", lambda: _risks(order))
    if not risks:
        return None
    text = ngettext("Call the slipping regular", "Call %(n)s slipping regulars", len(risks)) % {"n": len(risks)}
    if money:
        worth = sum(value or 0 for value in risks)
        text = ngettext(
            "Call the slipping regular worth %(amount)s a year",
            "Call the %(n)s slipping regulars worth most: %(amount)s a year",
            len(risks),
        ) % {"n": len(risks), "amount": f.guess(worth)}
    link = customers.link(standing="slipping", rung=ABOVE, sort="risk" if money else "last")
    return Todo(text, link, "call", urgent=True)


def _risks(order: str) -> list[int | None]:
    deep = Filters(standings=("slipping",), rungs=ABOVE)
    return [row.picture.value_at_risk for row in queries_list.page(deep, sort=order, size=CALLS).rows]


def _consents(f: Figures, *, privacy: bool) -> Todo | None:
    now = clock.now()
    ending = Consent.objects.filter(given=True, expires_at__gt=now, expires_at__lte=now + SOON)
    number = ending.values("customer_id").distinct().count()
    if not number:
        return None
    first = ending.order_by("expires_at").values_list("expires_at", flat=True).first()
    text = ngettext(
        "Consent of %(n)s customer ends, the first on %(day)s",
        "Consent of %(n)s customers ends, the first on %(day)s",
        number,
    ) % {"n": f.number(number), "day": phrases.short_day(first.date() if first else None)}
    return Todo(text, reverse("console:privacy" if privacy else "console:customers"), "how_to_reg")


def _rejects(f: Figures) -> Todo | None:
    since = clock.now() - LATELY
    counts = Import.objects.filter(state=Import.State.DONE, finished_at__gt=since).values_list("counts", flat=True)
    number = sum(int(found.get("set_aside", 0)) for found in counts)
    if not number:
        return None
    text = ngettext(
        "%(n)s row of the last week's imports was set aside",
        "%(n)s rows of the last week's imports were set aside",
        number,
    ) % {"n": f.number(number)}
    return Todo(text, _mounted("console:imports"), "rule")


def _dead(f: Figures) -> Todo | None:
    number = jobs.counts()["dead"]
    if not number:
        return None
    text = ngettext("%(n)s job gave up", "%(n)s jobs gave up", number) % {"n": f.number(number)}
    return Todo(text, _mounted("console:jobs"), "error", urgent=True)


def _refused(f: Figures) -> Todo | None:
    number = quarantine.listed().count()
    if not number:
        return None
    text = ngettext("%(n)s event that came in was refused", "%(n)s events that came in were refused", number) % {
        "n": f.number(number)
    }
    return Todo(text, _mounted("console:stream"), "rule_settings")


def _mounted(view: str) -> str:
    try:
        return reverse(view)
    except NoReverseMatch:
        return ""
