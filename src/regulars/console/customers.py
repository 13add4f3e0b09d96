"""The list of customers: search, filters as pills, sorting, columns, saved views, bulk changes, export."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, QueryDict
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from regulars.base.errors import BadInput
from regulars.console import latest, listing, phrases, saved, site, wanted
from regulars.console.customer_reads import called
from regulars.console.guard import back, may, member_of, page
from regulars.console.latest import Latest
from regulars.console.phrases import Figures
from regulars.console.wanted import Wanted
from regulars.customers import actions_work, queries_list
from regulars.customers.queries_list import Count, Filters, Row
from regulars.platform import store
from regulars.staff.models import Staff


@dataclass(frozen=True)
class Column:
    """A column of the list. `permission`: what a member must be allowed to for seeing it."""

    name: str
    head: str | Promise
    number: bool = False
    permission: str = ""


COLUMNS = (
    Column("standing", gettext_lazy("Standing")),
    Column("rung", gettext_lazy("Rung")),
    Column("chance", gettext_lazy("Chance of return")),
    Column("value", gettext_lazy("Value next year"), number=True, permission="customers.value"),
    Column("risk", gettext_lazy("At risk"), number=True, permission="customers.value"),
    Column("last", gettext_lazy("Last purchase"), number=True),
    Column("next", gettext_lazy("Expected next"), number=True),
    Column("occasions", gettext_lazy("Purchases"), number=True),
    Column("sales", gettext_lazy("Sales so far"), number=True, permission="customers.value"),
    Column("score", gettext_lazy("Client score"), number=True),
    Column("country", gettext_lazy("Country")),
    Column("organisation", gettext_lazy("Organisation")),
    Column("email", gettext_lazy("E-mail"), permission="customers.contact"),
    Column("phone", gettext_lazy("Phone"), permission="customers.contact"),
    Column("tags", gettext_lazy("Tags")),
    Column("owner", gettext_lazy("Looked after by")),
)
USUAL = ("standing", "rung", "chance", "value", "last", "next", "owner")
_SESSION = "console_columns"
_SORTED_BY = {"value": "value", "risk": "risk", "last": "last", "next": "next"}


@page("customers.view")
def show(request: HttpRequest) -> HttpResponse:
    """The list; only its part below the search field when the page asks for that."""
    asked = asked_for(request)
    now = latest.latest()
    context = _context(request, asked, now)
    if request.headers.get("HX-Request") and request.headers.get("HX-Target") == "results":
        return site.fragment(request, "console/customers/results.html", context)
    return site.render(request, "console/customers/list.html", context)


@page("customers.view", edits="customers.view", shown=False)
def columns(request: HttpRequest) -> HttpResponse:
    """Keep which columns this member wants to see."""
    known = {column.name for column in COLUMNS}
    chosen = [name for name in request.POST.getlist("column") if name in known]
    request.session[_SESSION] = chosen or list(USUAL)
    return back(request, reverse("console:customers"))


@page("customers.view", edits="customers.edit", shown=False)
def change(request: HttpRequest) -> HttpResponse:
    """Tag, untag or give an owner to the customers that were ticked, or to all that the list has."""
    verb, given = request.POST.get("verb", ""), QueryDict(request.POST.get("query", ""))
    if request.POST.get("everybody"):
        found = queries_list.chosen(filters_for(request, wanted.read(given), latest.figures(latest.latest()).unit))
        chosen: Any = list(found.values_list("customer_id", flat=True))
    else:
        chosen = [int(number) for number in request.POST.getlist("chosen") if number.isdecimal()][: listing.PAGE]
    messages.success(request, _changed(request, verb, chosen))
    return back(request, reverse("console:customers"))


def asked_for(request: HttpRequest) -> Wanted:
    """What the address asks for, as far as this member may see it."""
    asked = wanted.read(request.GET)
    return asked if may(request, "customers.value") else asked.without_money()


def filters_for(request: HttpRequest, asked: Wanted, unit: int) -> Filters:
    """What the room of customers is asked for, as far as this member may see it."""
    seen = asked if may(request, "customers.value") else asked.without_money()
    contacts, country = may(request, "customers.contact"), store.opened().settings.firm.country
    return listing.filters(seen, unit=unit, member=member_of(request).pk, contacts=contacts, country=country)


def visible(request: HttpRequest) -> list[Column]:
    """The columns that this member may see at all."""
    return [column for column in COLUMNS if not column.permission or may(request, column.permission)]


def _changed(request: HttpRequest, verb: str, chosen: Any) -> str:
    text = request.POST.get("text", "")
    if verb == "tag":
        changed = actions_work.tag(chosen, text)
        return ngettext("%(n)s customer tagged.", "%(n)s customers tagged.", changed) % {"n": changed}
    if verb == "untag":
        changed = actions_work.untag(chosen, text)
        return ngettext("Tag taken from %(n)s customer.", "Tag taken from %(n)s customers.", changed) % {"n": changed}
    if verb == "owner":
        number = request.POST.get("owner", "")
        owner = Staff.objects.filter(pk=int(number), is_active=True).first() if number.isdecimal() else None
        changed = actions_work.set_owner(chosen, owner.pk if owner else None)
        return ngettext("%(n)s customer has a new owner.", "%(n)s customers have a new owner.", changed) % {
            "n": changed
        }
    raise BadInput(_("Choose what to do with the customers you ticked."))


def _context(request: HttpRequest, asked: Wanted, now: Latest | None) -> dict[str, Any]:
    f = latest.figures(now)
    filters = filters_for(request, asked, f.unit)
    shown = queries_list.page(filters, sort=asked.sort, after=asked.after or None, size=listing.PAGE)
    total = queries_list.count(filters)
    may_see = visible(request)
    chosen = request.session.get(_SESSION, USUAL)
    columns = [column for column in may_see if column.name in chosen]
    staff = {member.pk: member.name or member.email for member in Staff.objects.only("name", "email")}
    return {
        "title": _("Customers"),
        "asked": asked,
        "columns": [
            {"column": column, "sort": _sort_link(asked, column), "sorted": _SORTED_BY.get(column.name) == asked.sort}
            for column in columns
        ],
        "all_columns": [(column, column.name in chosen) for column in may_see],
        "rows": _rows(shown.rows, columns, now, f, staff, contacts=may(request, "customers.contact")),
        "count": _counted(total, f),
        "total": total.customers,
        "first": asked.query(after=None) if asked.after else "",
        "next": asked.query(after=shown.next) if shown.next else "",
        "query": asked.query(after=None),
        "pills": _pills(asked, f, staff),
        "choices": listing.choices(now),
        "standings": {name: phrases.STANDINGS[name] for name in _known_standings(now)},
        "rungs": phrases.RUNGS,
        "flags": wanted.FLAGS,
        "sorts": {
            n: s for n, s in wanted.SORTS.items() if n not in wanted.MONEY_SORTS or may(request, "customers.value")
        },
        "staff": staff,
        "views": saved.of(member_of(request).pk),
        "may_edit": may(request, "customers.edit"),
        "may_export": may(request, "customers.export"),
        "sees_value": may(request, "customers.value"),
        "sees_contact": may(request, "customers.contact"),
        "empty": total.customers == 0 and not asked.filtered,
        "currency": f.currency,
    }


def _known_standings(now: Latest | None) -> Sequence[str]:
    if now is not None and now.firm.kind == "one_off":
        return ("recent", "not recent", "prospect")
    seen = {group.name for group in now.firm.standing} if now else set()
    usual = ["current", "slipping", "lapsed", "won back", "prospect"]
    return [*usual, *(name for name in ("too early", "recent", "not recent") if name in seen)]


def _counted(total: Count, f: Figures) -> str:
    text = ngettext("%(n)s customer", "%(n)s customers", total.customers) % {"n": f.number(total.customers)}
    return _("about %(count)s") % {"count": text} if total.about else text


def _rows(
    rows: Sequence[Row],
    columns: Sequence[Column],
    now: Latest | None,
    f: Figures,
    staff: dict[int, str],
    *,
    contacts: bool,
) -> list[dict[str, Any]]:
    return [
        {
            "id": row.picture.customer_id,
            "name": row.picture.label or called(row.picture.customer, contacts=contacts),
            "cells": [(column, cell(column.name, row, now, f, staff)) for column in columns],
            "picture": row.picture,
            "range": f.ends(row.picture.value_365_low, row.picture.value_365_high),
        }
        for row in rows
    ]


def cell(name: str, row: Row, now: Latest | None, f: Figures, staff: dict[int, str]) -> str:
    """One cell in words; standing, rung and chance are drawn by the template."""
    picture = row.picture
    match name:
        case "chance":
            return "" if picture.p_return is None else phrases.percent(picture.p_return)
        case "value":
            return f.guess(picture.value_365)
        case "risk":
            return f.guess(picture.value_at_risk) if picture.value_at_risk else "–"
        case "sales":
            return f.fact(picture.sales)
        case "last":
            return phrases.short_day(picture.last_day)
        case "next":
            return phrases.short_day(now.day_in(picture.next_in)) if now else "–"
        case "occasions":
            return f.number(picture.occasions)
        case "score":
            return "–" if picture.client_score is None else f.number(picture.client_score)
        case "email" | "phone":
            return getattr(picture.customer, name) or ""
        case "owner":
            return staff.get(row.owner_staff_id or 0, "")
        case "tags":
            return ", ".join(row.tags)
        case _:
            return getattr(picture, name, None) or ""


def _sort_link(asked: Wanted, column: Column) -> str:
    by = _SORTED_BY.get(column.name)
    return asked.query(sort=by, after=None) if by else ""


def _pills(asked: Wanted, f: Figures, staff: dict[int, str]) -> list[dict[str, str]]:
    """What narrows the list, each with the address of the list without it."""
    pills: list[tuple[str, str, str]] = []
    if asked.q:
        pills.append(("q", asked.q, f"“{asked.q}”"))
    for name, values in asked.many.items():
        pills += [(name, value, phrases.status(value)) for value in values]
    for name, value in asked.single.items():
        pills.append((name, value, _single(name, value, staff)))
    words = {
        "value_from": _("value from %s"),
        "value_to": _("value up to %s"),
        "risk_from": _("at risk from %s"),
        "last_from": _("bought since %s"),
        "last_to": _("bought until %s"),
    }
    pills += [(name, "", words[name] % f.money(amount)) for name, amount in asked.amounts.items()]
    pills += [(name, "", words[name] % phrases.short_day(day)) for name, day in asked.days.items()]
    return [{"text": text, "link": asked.without(name, value).query()} for name, value, text in pills]


def _single(name: str, value: str, staff: dict[int, str]) -> str:
    if name == "flag":
        return str(wanted.FLAGS.get(value, value))
    if name == "owner":
        if value == listing.NOBODY:
            return _("nobody’s")
        return _("mine") if value == "me" else staff.get(int(value) if value.isdecimal() else 0, value)
    return value


def link(**filters: str | Sequence[str]) -> str:
    """The address of the list with these filters."""
    return f"{reverse('console:customers')}?{urlencode(filters, doseq=True)}"
