"""Data retention: how long each kind of data is kept, changed in days, and how much a change would delete at once."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from regulars.base.errors import BadInput
from regulars.console import site
from regulars.console.guard import may, page
from regulars.console.settings.forms import close
from regulars.platform import retention, settings_actions, store
from regulars.platform.registry import PersonalData, personal_data

DECIDED_BY = {
    "audit": "audit_days",
    "events": "event_days",
    "import files": "reject_days",
    "import records": "import_days",
    "events that came in": "keep_ids_days",
    "refused events": "keep_quarantine_days",
}
"""Kind of data -> the setting that says how long it is kept."""
TABLES = {
    "privacy": ("audit_days", "event_days", "reject_days", "import_days", "unused_months"),
    "stream": ("keep_ids_days", "keep_quarantine_days"),
}
"""Table of the settings -> those of it that are changed here."""
MOST_DAYS = 36_500


class Form(forms.Form):
    """The periods of `TABLES`."""

    audit_days = forms.IntegerField(
        label=lazy("Who saw, changed or exported what"), min_value=1, max_value=MOST_DAYS, help_text=lazy("days")
    )
    event_days = forms.IntegerField(
        label=lazy("Events, once they were handled"), min_value=1, max_value=MOST_DAYS, help_text=lazy("days")
    )
    reject_days = forms.IntegerField(
        label=lazy("Rows that were set aside"), min_value=1, max_value=MOST_DAYS, help_text=lazy("days")
    )
    import_days = forms.IntegerField(
        label=lazy("Example rows in records of imports"), min_value=1, max_value=MOST_DAYS, help_text=lazy("days")
    )
    keep_ids_days = forms.IntegerField(
        label=lazy("Events as programs sent them, and how long what comes twice is known by its id"),
        min_value=1,
        max_value=MOST_DAYS,
        help_text=lazy("days"),
    )
    keep_quarantine_days = forms.IntegerField(
        label=lazy("Refused and contradictory events"), min_value=1, max_value=MOST_DAYS, help_text=lazy("days")
    )
    unused_months = forms.IntegerField(
        label=lazy("Not needed, when nobody used it for"), min_value=1, max_value=1200, help_text=lazy("months")
    )


@page("privacy.view", edits="privacy.edit")
def show(request: HttpRequest) -> HttpResponse:
    """The periods, what is over now, and the form; a POST looks what other periods would delete, or keeps them."""
    now = _now()
    verb = request.POST.get("verb", "")
    if request.method == "POST" and verb not in ("try", "keep"):
        raise BadInput(_("Choose what to do."))
    form = Form(request.POST if request.method == "POST" else None, initial=now)
    for table in TABLES:
        close(form, settings_actions.from_environment(table))
    valid = form.is_bound and form.is_valid()
    if valid and verb == "keep" and _keep(form, now):
        return _kept(request)
    told = form.cleaned_data if valid else {}
    context = {
        "title": _("Data retention"),
        "here": "retention",
        "form": form,
        "tried": valid,
        "lines": _lines(told),
        "may_edit": may(request, "privacy.edit"),
    }
    return site.render(request, "console/settings/retention.html", context, status=400 if form.errors else 200)


def _now() -> dict[str, int]:
    settings = store.opened().settings
    return {name: getattr(getattr(settings, table), name) for table, names in TABLES.items() for name in names}


def _keep(form: Form, now: Mapping[str, int]) -> bool:
    told = {name: days for name, days in form.cleaned_data.items() if not form.fields[name].disabled}
    try:
        for table, names in TABLES.items():
            if values := {name: told[name] for name in names if name in told and told[name] != now[name]}:
                settings_actions.change(store.opened(), table, values)
    except BadInput as error:
        form.add_error(None, str(error))
        return False
    return True


def _kept(request: HttpRequest) -> HttpResponse:
    messages.success(request, _("Kept. What is over goes in the coming night."))
    return HttpResponseRedirect(reverse("console:retention"))


def _lines(told: dict[str, Any]) -> list[dict[str, Any]]:
    """One line a kind of data: its period, and how much is over now; with `told`, how much would be by these."""
    keep = {kind: timedelta(days=told[name]) for kind, name in DECIDED_BY.items() if told.get(name)}
    now = retention.due()
    then = retention.due(keep) if keep else now
    listed = sorted(personal_data, key=lambda entry: entry.expire is None)
    return [_line(entry, keep.get(entry.name), now.get(entry.name), then.get(entry.name)) for entry in listed]


def _line(entry: PersonalData, other: timedelta | None, now: int | None, then: int | None) -> dict[str, Any]:
    days = entry.keep().days if entry.keep else None
    return {
        "what": _(entry.label),
        "days": days,
        "other": other.days if other is not None and other.days != days else None,
        "own_period": entry.expire is not None and entry.keep is None,
        "goes": entry.expire is not None,
        "now": now,
        "then": then,
    }
