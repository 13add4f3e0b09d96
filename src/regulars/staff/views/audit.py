"""Search the audit log: who saw, changed and exported what."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import tzinfo
from zoneinfo import ZoneInfo

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from regulars.platform import store
from regulars.platform.models import AuditEntry
from regulars.staff import frame, queries
from regulars.staff.audit_words import WORDS
from regulars.staff.forms_inside import AuditSearch
from regulars.staff.guard import needs


@needs("audit.view")
@require_safe
def audit(request: HttpRequest) -> HttpResponse:
    """A page of entries, newest first."""
    form = AuditSearch(request.GET)
    page = queries.Page([], None)
    if form.is_valid():
        page = queries.audit_log(form.asked(), before=form.cleaned_data["before"])
    older = request.GET.copy()
    older["before"] = str(page.older)
    zone = ZoneInfo(store.opened().settings.firm.time_zone)
    names = queries.names(entry.object for entry in page.entries)
    context = {
        "title": _("Who did what"),
        "form": form,
        "entries": [_row(entry, zone, names) for entry in page.entries],
        "older": older.urlencode() if page.older else "",
        "actions": [(action, in_words(action)) for action in queries.known_actions()],
    }
    return frame.inside(request, "staff/audit.html", context, status=200 if form.is_valid() else 400)


def in_words(action: str) -> str:
    """What an action is called; one that an earlier release recorded goes by its own name."""
    return str(WORDS.get(action) or action.replace(".", " ").replace("_", " ").capitalize())


def _row(entry: AuditEntry, zone: tzinfo, names: Mapping[str, str]) -> dict[str, object]:
    kinds = {"staff": _("Not signed in"), "key": _("A key"), "system": "Regulars", "command": _("Command line")}
    things = [names.get(entry.object, entry.object)] if entry.object else []
    if entry.customer_id is not None:
        things.append(_("customer {number}").format(number=entry.customer_id))
    return {
        "at": entry.at.astimezone(zone),
        "who": entry.actor_name or kinds.get(entry.actor, entry.actor),
        "what": in_words(entry.action),
        "on": ", ".join(things),
        "details": ", ".join(f"{name}: {_short(value)}" for name, value in entry.details.items()),
        "address": entry.address or "",
    }


def _short(value: object) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{name} {'–' if one is None else _short(one)}" for name, one in value.items())
    return ", ".join(str(part) for part in value) if isinstance(value, list) else str(value)
