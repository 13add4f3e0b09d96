"""One item that was refused, mended in the browser; and several, replayed once it is seen what that would set off."""

from __future__ import annotations

import json

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from regulars.base.errors import BadInput, RegularsError
from regulars.base.words import again
from regulars.console import site
from regulars.console.guard import page
from regulars.stream import quarantine
from regulars.stream.models import SetAside

MOST = 500


@page("settings.edit", edits="settings.edit")
def show(request: HttpRequest, refused_id: int) -> HttpResponse:
    """What came and why it was refused; a POST keeps it as it was mended."""
    row = get_object_or_404(SetAside, pk=refused_id)
    text, wrong = _pretty(row.raw if row.mended is None else row.mended), ""
    if request.method == "POST":
        text = request.POST.get("text", "")
        try:
            quarantine.mend(row.pk, text)
        except RegularsError as error:
            wrong = again(str(error))
        else:
            messages.success(request, _("Kept. Replay it now."))
            return HttpResponseRedirect(f"{reverse('console:replay_refused')}?number={row.pk}")
    context = {
        "title": _("A refused event"),
        "row": row,
        "text": text,
        "wrong": wrong,
        "open": row.state == SetAside.State.WAITING,
    }
    return site.render(request, "console/stream/refused.html", context, status=400 if wrong else 200)


@page("settings.edit", edits="settings.edit")
def replay(request: HttpRequest) -> HttpResponse:
    """What a replay of some would set off; a POST does it, or dismisses them."""
    given = request.POST if request.method == "POST" else request.GET
    numbers = [int(one) for one in given.getlist("number") if one.isdecimal()][:MOST]
    if request.method == "POST":
        return _done(request, numbers)
    context = {"title": _("Replay"), "numbers": numbers, "would": quarantine.preview(numbers)}
    return site.render(request, "console/stream/replay.html", context)


def _done(request: HttpRequest, numbers: list[int]) -> HttpResponse:
    verb = request.POST.get("verb", "")
    if verb not in ("replay", "dismiss") or not numbers:
        raise BadInput(_("Choose what to do."))
    if verb == "dismiss":
        n = quarantine.dismiss(numbers)
        messages.success(request, ngettext("%(n)s is dismissed.", "%(n)s are dismissed.", n) % {"n": n})
    else:
        answers = [answer for _row, some in quarantine.replay(numbers) for answer in some]
        taken = sum(answer.outcome in ("accepted", "duplicate") for answer in answers)
        messages.success(request, ngettext("%(n)s came in.", "%(n)s came in.", taken) % {"n": taken})
        if left := len(answers) - taken:
            messages.error(
                request, ngettext("%(n)s was refused again.", "%(n)s were refused again.", left) % {"n": left}
            )
    return HttpResponseRedirect(reverse("console:stream"))


def _pretty(text: str) -> str:
    try:
        return json.dumps(json.loads(text), indent=2, ensure_ascii=False)
    except ValueError:
        return text
