"""Home: how the customer base is, and what to do today."""

from __future__ import annotations

from datetime import date
from typing import Any

import msgspec
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _

from regulars.base import clock
from regulars.base.errors import BadInput
from regulars.console import blocks, changes, goals, home_figures, latest, phrases, site, todo
from regulars.console.customer_reads import called
from regulars.console.guard import back, may, member_of, page
from regulars.console.latest import Latest, remembered
from regulars.customers import queries, queries_list
from regulars.customers.models import Picture
from regulars.customers.queries_list import Filters
from regulars.platform import store
from regulars.report.blocks import Chart
from regulars.report.sections import movement, today
from regulars.stream import orders

MONTHS = 24
COMPARED_DAYS = 28
CALLED = 6


@page("insight.view")
def show(request: HttpRequest) -> HttpResponse:
    """The page; without a run, what to do to get one."""
    now = latest.latest()
    if now is None or not now.firm.customers:
        return site.render(request, "console/home/empty.html", {"title": _("Home"), "failure": queries.trouble()})
    return site.render(request, "console/home/page.html", _context(request, now))


@page("insight.view", edits="settings.edit", shown=False)
def goal(request: HttpRequest) -> HttpResponse:
    """Set or give up a goal."""
    figure = request.POST.get("figure", "")
    if request.POST.get("verb") == "remove":
        goals.remove_goal(figure)
        messages.success(request, _("Goal removed."))
        return back(request, reverse("console:home"))
    now = latest.latest()
    start = goals.now_of(figure, now.firm) if now else None
    goals.set_goal(figure, _amount(request.POST.get("target", "")), _day(request.POST.get("by", "")), start=start)
    messages.success(request, _("Goal set."))
    return back(request, reverse("console:home"))


def _context(request: HttpRequest, now: Latest) -> dict[str, Any]:
    f, zone = latest.figures(now), store.opened().settings.firm.time_zone
    day, money = clock.today(zone), may(request, "customers.value")
    earlier = latest.runs_before(now, [COMPARED_DAYS]).get(COMPARED_DAYS)
    firm = now.firm
    return {
        "title": _("Home"),
        "heading": _("Your customers on %(day)s") % {"day": phrases.day(firm.as_of)},
        "until": phrases.short_day(firm.last_day),
        "refreshed": phrases.moment(now.run.finished_at, zone),
        "newer": orders.newer_than(now.run.versions).count(),
        "failure": queries.trouble(),
        "lead": _lead(now),
        "figures": home_figures.figures(firm, earlier, f, money=money),
        "chart": _sales(now) if money else "",
        "changes": changes.changes(now, f),
        "month": changes.last_month(now, f),
        "todos": todo.todos(now, member_of(request).role, member_of(request).pk, day, f),
        "risk": _at_risk(now, f, request) if money else None,
        "goals": goals.progress(firm, day, f, money=money),
        "goal_figures": {n: label for n, label in goals.FIGURES.items() if money or n not in goals.MONEY},
        "may_set": may(request, "settings.edit"),
    }


def _lead(now: Latest) -> str:
    """What must be known before the figures: that the firm is of a kind of which less can be said."""
    return "" if now.firm.kind == "repeat" else blocks.inline(today.headline(now.view())[0])


def _sales(now: Latest) -> str:
    """Sales by standing of the last two years."""
    firm = msgspec.structs.replace(now.firm, months=now.firm.months[-MONTHS:])
    section = movement.sales(Latest(now.run, firm).view())
    first = next((part for part in section.blocks if isinstance(part, Chart)), None) if section else None
    return blocks.chart(first, wide=False) if first else ""


def _at_risk(now: Latest, f: phrases.Figures, request: HttpRequest) -> dict[str, Any] | None:
    """What goes if the slipping go, and with whom most of it."""
    risk = now.firm.value_at_risk
    if risk is None or risk.value <= 0:
        return None
    shown = remembered(now, "most at risk", _most_at_risk) if may(request, "customers.view") else []
    pictures, contacts = Picture.objects.select_related("customer").in_bulk(shown), may(request, "customers.contact")
    return {
        "amount": f.about(risk.value),
        "range": f.between(risk),
        "kind": _("margin") if now.firm.money == "margin" else _("sales"),
        "people": [
            (one, one.label or called(one.customer, contacts=contacts), f.guess(one.value_at_risk))
            for one in (pictures[n] for n in shown if n in pictures)
        ],
    }


def _most_at_risk() -> list[int]:
    found = queries_list.page(Filters(standings=("slipping",)), sort="risk", size=CALLED)
    return [row.picture.customer_id for row in found.rows if row.picture.value_at_risk]


def _amount(text: str) -> float:
    try:
        return float(text.replace(" ", "").replace(",", "."))
    except ValueError:
        raise BadInput(_("“%(text)s” is not a number.") % {"text": text[:20]}) from None


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise BadInput(_("“%(text)s” is not a day. Write it like 2026-11-30.") % {"text": text[:20]}) from None
