"""The page "Personal data": what is held, where, why, since and until when, of how many; what isn't needed."""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _

from regulars.base import clock
from regulars.console import site
from regulars.console.guard import back, may, page
from regulars.customers import actions_consent, consent, queries
from regulars.customers.models import Attribute, AttributeType, Customer
from regulars.customers.models.privacy import Erasure
from regulars.platform import store
from regulars.platform.registry import PersonalData, personal_data

RENEW_WITHIN = timedelta(days=60)
MOST_RENEWALS = 20
MOST_REQUESTS = 20
COUNTED_FOR_SECONDS = 300.0
_counted: dict[tuple[str, str], tuple[float, int]] = {}


@dataclass(frozen=True)
class Line:
    """One kind of data of the inventory."""

    what: str
    why: str
    where: str
    people: int
    since: datetime | None
    kept_days: int | None
    own_period: bool
    last_used: datetime | None


@page("privacy.view")
def show(request: HttpRequest) -> HttpResponse:
    """Everything on one page."""
    settings = store.opened().settings.privacy
    unused = clock.now() - timedelta(days=settings.unused_months * 30)
    attributes, analysis = _attributes(), consent.basis_of_analysis()
    context = {
        "title": _("Personal data"),
        "lines": [_line(entry) for entry in personal_data],
        "attributes": attributes,
        "advice": [*_unused(attributes, unused, settings.unused_months), *_empty_advice()],
        "analysis": analysis,
        "ground": _ground(analysis.ground) if analysis else "",
        "grounds": {name: _ground(name) for name in actions_consent.GROUNDS},
        "renewals": _renewals(),
        "requests": list(Erasure.objects.order_by("-pk")[:MOST_REQUESTS]),
        "may_edit": may(request, "privacy.edit"),
        "may_forget": may(request, "customers.forget"),
    }
    return site.render(request, "console/privacy/page.html", context)


@page("privacy.view", edits="privacy.edit", shown=False)
def basis(request: HttpRequest) -> HttpResponse:
    """Say on what ground customers are judged by their orders."""
    actions_consent.rest_on(consent.ANALYSIS, request.POST.get("ground", ""), request.POST.get("statement", ""))
    messages.success(request, _("The ground is noted."))
    return back(request, reverse("console:privacy"))


def _line(entry: PersonalData) -> Line:
    return Line(
        what=_(entry.label),
        why=_(entry.purpose),
        where=_(entry.where),
        people=_people(entry),
        since=entry.since() if entry.since else None,
        kept_days=entry.keep().days if entry.keep else None,
        own_period=entry.expire is not None and entry.keep is None,
        last_used=entry.last_used() if entry.last_used else None,
    )


def _people(entry: PersonalData) -> int:
    """Counting a million people takes seconds, so an answer holds for some minutes."""
    key, now = (str(store.opened().path), entry.name), time.monotonic()
    known = _counted.get(key)
    if known is None or now - known[0] > COUNTED_FOR_SECONDS:
        known = _counted[key] = (now, entry.people())
    return known[1]


def _attributes() -> list[dict[str, Any]]:
    return [
        {"one": one, "people": Attribute.objects.filter(type=one).values("customer").distinct().count()}
        for one in AttributeType.objects.order_by("label")
    ]


def _unused(attributes: list[dict[str, Any]], before: datetime, months: int) -> list[str]:
    """Attributes that are held of somebody and that nobody asked for in months."""
    found = []
    for told in attributes:
        one, people = told["one"], told["people"]
        if people and max(one.created_at, one.last_used_at or one.created_at) < before:
            words = _(
                "“%(name)s” is held of %(people)s people, and nobody used it for %(months)s months. Let go of it?"
            )
            found.append(words % {"name": one.label, "people": f"{people:,}", "months": months})
    return found


def _empty_advice() -> list[str]:
    """Whole fields of customers that say next to nothing."""
    found = []
    everybody = Customer.objects.count()
    for name, label in (("birth_date", _("birth date")), ("region", _("region")), ("time_zone", _("time zone"))):
        people = Customer.objects.exclude(**{f"{name}__isnull": True}).count() if everybody else 0
        if 0 < people * 100 < everybody:
            words = _("The %(field)s is known of only %(people)s people: too few to tell anything.")
            found.append(words % {"field": label, "people": f"{people:,}"})
    return found


def _renewals() -> list[dict[str, Any]]:
    due = consent.renewals(clock.now() + RENEW_WITHIN, most=MOST_RENEWALS)
    names = queries.names([one.customer_id for one in due])
    return [{"one": one, "name": names.get(one.customer_id, f"#{one.customer_id}")} for one in due]


def _ground(name: str) -> str:
    words = {
        "legitimate interest": _("legitimate interest"),
        "contract": _("contract"),
        "consent": _("consent"),
        "legal obligation": _("legal obligation"),
    }
    return words.get(name, name)
