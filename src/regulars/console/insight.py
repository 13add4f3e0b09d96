"""Insight: how the customer base moved, whether predictions hold, which model and why; in the report's words."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from regulars.console import blocks, latest, phrases, site
from regulars.console.guard import may, page
from regulars.console.latest import Latest
from regulars.platform import store
from regulars.report.blocks import Block, Section, Text
from regulars.report.sections import accuracy, loyalty, movement, notes, replay, today
from regulars.report.view import View


@page("insight.view")
def overview(request: HttpRequest) -> HttpResponse:
    """State, ladder, flows, cohorts, concentration, who was kept, what is expected."""
    return _shown(request, _("Overview"), _overview)


@page("insight.view")
def backtest(request: HttpRequest) -> HttpResponse:
    """Can this be trusted? What would have been said, and what happened; last year replayed."""
    return _shown(request, _("Backtest"), _backtest)


@page("insight.view")
def model(request: HttpRequest) -> HttpResponse:
    """Which model is used, why, what it assumes, and what the words mean."""
    return _shown(request, _("Model"), _model)


def _shown(request: HttpRequest, title: str, parts: Any) -> HttpResponse:
    now = latest.latest()
    if now is None or not now.firm.customers:
        return site.render(request, "console/home/empty.html", {"title": title})
    context = {
        "title": title,
        "crumbs": [(reverse("console:insight"), _("Insight"))],
        "parts": blocks.sections(parts(now.view(), now)),
        "as_of": phrases.day(now.firm.as_of),
        "refreshed": phrases.moment(now.run.finished_at, store.opened().settings.firm.time_zone),
        "may_see_customers": may(request, "customers.view"),
    }
    return site.render(request, "console/insight/page.html", context)


def _overview(view: View, _now: Latest) -> list[Section | None]:
    return [
        today.section(view),
        movement.sales(view),
        movement.ladder(view),
        loyalty.cohorts(view),
        loyalty.concentration(view),
    ]


def _backtest(view: View, _now: Latest) -> list[Section | None]:
    test = view.firm.backtest
    trust = accuracy.trust(view)
    lead: tuple[Block, ...] = tuple(Text(parts, lead=i == 0) for i, parts in enumerate(accuracy.verdict(view)))
    if test is not None and test.not_judged:
        lead += (Text((_not_judged(test.not_judged, view),)),)
    tables = tuple(part for part in (trust.blocks if trust else ()) if not isinstance(part, Text))
    return [
        Section("verdict", _("Can I trust this?"), lead),
        accuracy.hold(view),
        replay.section(view),
        Section("tried", _("Date by date, and everything that was tried"), tables) if tables else None,
    ]


def _not_judged(number: int, view: View) -> str:
    text = ngettext(
        "%(n)s customer has too little history to be judged by the test, and is left out of it.",
        "%(n)s customers have too little history to be judged by the test, and are left out of it.",
        number,
    )
    return text % {"n": view.f.number(number)}


def _model(view: View, now: Latest) -> list[Section | None]:
    firm = view.firm
    why = _("%(model)s decides who is current, slipping or lapsed.") % {"model": firm.model}
    chosen: tuple[Block, ...] = (
        Text((why, " ", view.why(firm.model_why)), lead=True),
        Text((view.why(firm.kind_why),)),
        Text((_as_made(now),)),
    )
    test = firm.backtest
    if test is not None and test.candidates:
        chosen += (accuracy.candidates_table(view, test),)
    return [Section("model", _("Which model, and why"), chosen), notes.assumptions(view), notes.words(view)]


def _as_made(now: Latest) -> str:
    return _("Judged as of %(day)s in %(seconds)s seconds; the next refresh learns anew from what has come since.") % {
        "day": phrases.day(now.run.as_of),
        "seconds": f"{now.run.seconds:.0f}",
    }
