"""Business hours: when the firm is open, with the next weeks as they come of it."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import msgspec
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from regulars.base import clock
from regulars.base.errors import BadInput
from regulars.console import phrases, site
from regulars.console.guard import may, page
from regulars.console.settings.hours_form import Form
from regulars.platform import hours, settings_actions, store
from regulars.platform.settings import Hours

SHOWN_DAYS = 28
LOOKED_AHEAD_DAYS = 366


@page("settings.view", edits="settings.edit")
def show(request: HttpRequest) -> HttpResponse:
    """The form, and what it comes to."""
    settings = store.opened().settings
    data = request.POST if request.method == "POST" else None
    if data is not None and data.get("verb") != "keep":
        raise BadInput(_("Choose what to do."))
    form = Form(
        data, now=settings.hours, firm_country=settings.firm.country, fixed=settings_actions.from_environment("hours")
    )
    if data is not None and _keep(form, settings.hours):
        messages.success(request, _("Kept. It holds from now on."))
        return HttpResponseRedirect(reverse("console:hours"))
    context = {
        "title": _("Business hours"),
        "here": "hours",
        "form": form,
        "may_edit": may(request, "settings.edit"),
        "zone": settings.firm.time_zone,
        **_calendar(settings.hours),
    }
    return site.render(request, "console/settings/hours.html", context, status=400 if form.errors else 200)


def _keep(form: Form, now: Hours) -> bool:
    if not form.is_valid():
        return False
    usual, told = msgspec.to_builtins(Hours()), form.values()
    before = msgspec.to_builtins(now)
    closed = {name for name, field in form.fields.items() if field.disabled}
    values = {
        name: None if value == _listed(usual[name]) else value
        for name, value in told.items()
        if name not in closed and value != _listed(before[name])
    }
    try:
        if values:
            settings_actions.change(store.opened(), "hours", values)
    except BadInput as error:
        form.add_error(None, str(error))
        return False
    return True


def _listed(value: Any) -> Any:
    return list(value) if isinstance(value, tuple | list) else value


def _calendar(now: Hours) -> dict[str, Any]:
    """Whether it is open now, the next four weeks day by day, and the holidays of the next year."""
    firm = store.opened().settings.firm
    opening = hours.opening(now, firm)
    moment = clock.now()
    today = clock.today(firm.time_zone)
    holiday = hours.public_holidays(now, firm, get_language())
    following = opening.next_open(moment)
    ahead = [today + timedelta(days=n) for n in range(LOOKED_AHEAD_DAYS)]
    return {
        "is_open": opening.is_open(moment),
        "next_open": None if following is None else phrases.moment(following, firm.time_zone),
        "days": [_day(day, opening.on(day), holiday(day), opening.exceptional) for day in ahead[:SHOWN_DAYS]],
        "holidays": [(phrases.short_day(day), name) for day in ahead if (name := holiday(day))],
    }


def _day(day: date, spans: Any, holiday: str | None, exceptional: Any) -> dict[str, Any]:
    return {
        "day": f"{date_format(day, 'D')} {phrases.short_day(day)}",
        "hours": ", ".join(hours.written(span).replace("-", "–") for span in spans),
        "why": holiday or (_("hours of its own") if day in exceptional else ""),
        "weekend": day.weekday() > 4,
    }
