"""What came in by program: the last day in figures, how far behind the lake is, what was refused or contradicts."""

from __future__ import annotations

import json
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _

from regulars.base.errors import BadInput
from regulars.console import site
from regulars.console.guard import back, may, page
from regulars.stream import quarantine
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
    may_edit = may(request, "settings.edit")
    context = {
        "title": _("Stream"),
        "now": overview(),
        "refused": quarantine.listed()[:MOST],
        "conflicts": [_shown(row) for row in quarantine.conflicts()[:MOST]] if may_edit else [],
        "may_edit": may_edit,
    }
    return site.render(request, "console/stream/stream.html", context)


def _shown(row: Conflict) -> dict[str, Any]:
    return {"row": row, "text": json.dumps(json.loads(row.item), indent=1, ensure_ascii=False)[:_LONGEST]}
