"""Backups in the workspace's folder: what there is, a new one, one to take away, one to throw away."""

from __future__ import annotations

from django.contrib import messages
from django.http import FileResponse, HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _

from regulars.base.errors import BadInput
from regulars.console import site
from regulars.console.guard import page
from regulars.platform import audit, store
from regulars.platform.backups import jobs, kept


@page("backups.edit", edits="backups.edit")
def show(request: HttpRequest) -> HttpResponse:
    """All of them; a POST lets another be made, in the background."""
    workspace = store.opened()
    if request.method == "POST":
        jobs.make_one.enqueue(once=True)
        audit.note("backup.asked")
        messages.success(request, _("A backup is being made. It is in the list when it is whole."))
        return HttpResponseRedirect(reverse("console:backups"))
    context = {
        "title": _("Backups"),
        "rows": [(one.path.name, one.made_at, f"{one.bytes / 1e6:,.1f} MB") for one in kept.listed(workspace)],
        "folder": str(workspace.backups_path),
        "settings": workspace.settings.backups,
    }
    return site.render(request, "console/privacy/backups.html", context)


@page("backups.edit", edits="backups.edit", shown=False)
def one(request: HttpRequest, name: str) -> HttpResponseBase:
    """Take it away as a file, or throw it away."""
    workspace, verb = store.opened(), request.POST.get("verb", "")
    if verb == "drop":
        kept.drop(workspace, name)
        audit.note("backup.dropped", object=name[:120])
        messages.success(request, _("The backup is gone."))
        return HttpResponseRedirect(reverse("console:backups"))
    if verb != "take":
        raise BadInput(_("Choose what to do."))
    found = kept.one(workspace, name)
    audit.note("backup.taken", object=name[:120])
    return FileResponse(
        found.path.open("rb"), as_attachment=True, filename=name, headers={"Cache-Control": "private, no-store"}
    )
