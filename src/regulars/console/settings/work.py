"""Jobs: what is being done in the background, what gave up and can be started again, and when things run."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from regulars.base.errors import BadInput
from regulars.console import site
from regulars.console.guard import back, may, page
from regulars.platform.jobs import actions, queries

MOST = 30
NAMES: dict[str, Promise] = {
    "refresh": lazy("Judge everybody anew"),
    "sync": lazy("Bring the screens up to date"),
    "look at files": lazy("Look at files"),
    "look at large files": lazy("Look at large files"),
    "import files": lazy("Import files"),
    "undo an import": lazy("Undo an import"),
    "prune uploads": lazy("Remove files that nobody imported"),
    "prune jobs": lazy("Clear away finished jobs"),
    "prune staff": lazy("Clear away old sign-ins and audit entries"),
    "forget": lazy("Forget people as they asked"),
    "same": lazy("Look for customers who may be the same"),
    "let go of what is over": lazy("Delete what is kept long enough"),
    "make a backup": lazy("Make a backup"),
    "nightly backup": lazy("Make the nightly backup"),
    "try thresholds": lazy("Try out thresholds"),
    "try thresholds on many": lazy("Try out thresholds on many customers"),
    "mail a password reset": lazy("Send a new password's link"),
}


@page("jobs.view", edits="jobs.edit")
def show(request: HttpRequest) -> HttpResponse:
    """The page; a POST restarts or drops a dead job, pauses, resumes or runs a schedule."""
    if request.method == "POST":
        messages.success(request, _do(request.POST.get("verb", ""), request.POST.get("thing", "")))
        return back(request, reverse("console:jobs"))
    context = {
        "title": _("Jobs"),
        "dead": _called(queries.dead(MOST)),
        "running": _called(queries.running(MOST)),
        "waiting": _called(queries.waiting(MOST)),
        "done": _called(queries.recent(MOST)),
        "counts": queries.counts(),
        "schedules": [(one, name(one.name)) for one in queries.schedules()],
        "workers": queries.running_workers(),
        "may_edit": may(request, "jobs.edit"),
    }
    return site.render(request, "console/settings/jobs.html", context)


def name(job: str) -> str:
    """What a job is called on the screen; one that has no name here goes by its own."""
    return str(NAMES.get(job, job[:1].upper() + job[1:]))


def _called(found: list[queries.JobState]) -> list[dict[str, Any]]:
    return [{"job": one, "name": name(one.name)} for one in found]


def _do(verb: str, thing: str) -> str:
    match verb:
        case "restart":
            return _("It is tried again.") if actions.restart(thing) else _("It isn't dead any more.")
        case "drop":
            return _("It is gone.") if actions.drop(thing) else _("It isn't dead any more.")
        case "pause":
            actions.set_schedule(thing, paused=True)
            return _("It doesn't run by itself until you let it go on.")
        case "resume":
            actions.set_schedule(thing, paused=False)
            return _("It runs by itself again.")
        case "run":
            actions.run_now(thing)
            return _("It is about to begin.")
    raise BadInput(_("Choose what to do."))
