"""What came in by program: the last day in figures, how far behind the lake is, what was refused or contradicts."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from regulars.base.errors import BadInput
from regulars.console import site
from regulars.console.guard import back, may, page
from regulars.stream import quarantine
from regulars.stream.check import LATE
from regulars.stream.models import Conflict
from regulars.stream.overview import overview

MOST = 50
_LONGEST = 4_000


@page("settings.view", edits="settings.edit")
def show(request: HttpRequest) -> HttpResponse:
    """The page; a POST says that a conflict was looked at. What came in as such is shown to whoever may mend it."""
    if request.method == "POST":
        number = request.POST.get("seen", "")
        if not number.isdecimal():
            raise BadInput(_("Choose what to do."))
        quarantine.seen(int(number))
        messages.success(request, _("It isn't shown any more."))
        return back(request, reverse("console:stream"))
    may_edit, now = may(request, "settings.edit"), overview()
    context = {
        "title": _("Stream"),
        "now": now,
        "behind": _time(now.behind) if now.behind is not None else "",
        "late": now.behind is not None and now.behind > LATE,
        "nothing_yet": not (now.accepted or now.refused or now.undrained or now.last_drain),
        "refused": quarantine.listed()[:MOST],
        "conflicts": [_shown(row) for row in quarantine.conflicts()[:MOST]] if may_edit else [],
        "may_edit": may_edit,
    }
    return site.render(request, "console/stream/stream.html", context)


def _time(age: timedelta) -> str:
    """40 seconds, 12 minutes, 5 hours, 3 days."""
    seconds = round(age.total_seconds())
    if seconds < 120:
        return ngettext("%(n)s second", "%(n)s seconds", seconds) % {"n": seconds}
    if seconds < 2 * 3600:
        return ngettext("%(n)s minute", "%(n)s minutes", seconds // 60) % {"n": seconds // 60}
    if seconds < 2 * 86_400:
        return ngettext("%(n)s hour", "%(n)s hours", seconds // 3600) % {"n": seconds // 3600}
    return ngettext("%(n)s day", "%(n)s days", age.days) % {"n": age.days}


def _shown(row: Conflict) -> dict[str, Any]:
    return {"row": row, "text": json.dumps(json.loads(row.item), indent=1, ensure_ascii=False)[:_LONGEST]}
