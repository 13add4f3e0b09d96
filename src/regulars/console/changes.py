"""What changed since last week, and where: customers who moved between standings, and the places they are from."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from django.db.models import Count
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from regulars.console import customers, phrases
from regulars.console.latest import Latest, remembered
from regulars.console.phrases import Figures
from regulars.customers.models import Customer, Picture, StandingChange
from regulars.report.charts.time import flow_sums

WEEK = timedelta(days=7)
ORDER = ("slipping", "lapsed", "won back", "current", "recent", "not recent")
LEAST = 3
"""Fewer moved customers from one place say nothing about the place."""
MOSTLY = 0.4
"""From this share on, most are said to be from there."""


@dataclass(frozen=True)
class Change:
    """Customers who came into one standing."""

    standing: str
    text: str
    where: str
    link: str


def changes(now: Latest, f: Figures) -> list[Change]:
    """Moves of the week up to the run, most telling first."""
    found = []
    for name, total, place in remembered(now, "moves", lambda: _moves(now.run.as_of - WEEK)):
        text = ngettext("%(n)s customer is now %(standing)s", "%(n)s customers are now %(standing)s", total)
        words = text % {"n": f.number(total), "standing": phrases.status(name)}
        found.append(Change(name, words, _where(place, total), customers.link(standing=name)))
    return found


def last_month(now: Latest, f: Figures) -> list[str]:
    """Where no earlier run is there to compare with: the moves of the latest month in the figures."""
    if not now.firm.flows or now.firm.kind == "one_off":
        return []
    month = max(flow.month for flow in now.firm.flows)
    sums = flow_sums([flow for flow in now.firm.flows if flow.month == month])
    words = {
        "new": ngettext("%(n)s customer won", "%(n)s customers won", sums["new"]),
        "back": ngettext("%(n)s came back", "%(n)s came back", sums["back"]),
        "slipping": ngettext("%(n)s began to slip", "%(n)s began to slip", sums["slipping"]),
        "lapsed": ngettext("%(n)s lapsed", "%(n)s lapsed", sums["lapsed"]),
    }
    return [text % {"n": f.number(sums[kind])} for kind, text in words.items() if sums[kind]]


def _sums(since: date) -> Mapping[str, Counter[str]]:
    rows = (
        StandingChange.objects.filter(day__gt=since)
        .exclude(standing_before=None)
        .values_list("standing", "customer__city", "customer__country", "standing_before")
        .annotate(n=Count("id"))
        .order_by()
    )
    found: dict[str, Counter[str]] = {}
    for standing, city, country, before, n in rows:
        if standing != before:
            found.setdefault(standing, Counter())[city or country or ""] += n
    return found


def _moves(since: date) -> list[tuple[str, int, tuple[str, int] | None]]:
    """Standing, how many came into it, and the place that stands out among them with its number."""
    sums = _sums(since)
    return [(name, sum(sums[name].values()), _standing_out(sums[name])) for name in ORDER if name in sums]


def _standing_out(by_place: Counter[str]) -> tuple[str, int] | None:
    """The place from which more came than its share of all customers would let one expect."""
    total = sum(by_place.values())
    places = [(place, n) for place, n in by_place.most_common(5) if place and n >= LEAST]
    if not places or total < 2 * LEAST:
        return None
    everybody = Picture.objects.count() or 1
    for place, n in places:
        expected = total * Customer.objects.filter(city=place).count() / everybody
        if n > expected + 2 * math.sqrt(expected):  # more than chance alone would often bring
            return place, n
    return None


def _where(place: tuple[str, int] | None, total: int) -> str:
    if place is None:
        return ""
    name, n = place
    words = _("mostly from %(place)s (%(n)s)") if n / total >= MOSTLY else _("more than usual from %(place)s (%(n)s)")
    return words % {"place": name, "n": n}
