"""One import: what came in, what was set aside and why, what it warned of; and taking it back."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _

from regulars.console import site
from regulars.console.guard import may, page
from regulars.console.imports import listing, words
from regulars.console.imports.one_upload import cautions
from regulars.intake import rejects, undo
from regulars.intake.models import Import
from regulars.platform import store


def known(import_id: int) -> Import:
    """The import. Raises Http404."""
    found = Import.objects.filter(pk=import_id).first()
    if found is None:
        raise Http404
    return found


@page("imports.view")
def show(request: HttpRequest, import_id: int) -> HttpResponse:
    """What it did."""
    one = known(import_id)
    context = {
        "title": _("Import %(number)s") % {"number": one.pk},
        "one": one,
        "row": listing.row(one),
        "files": [_file(one, place, file) for place, file in enumerate(one.counts.get("files", []))],
        "cautions": cautions(one.counts.get("cautions", [])),
        "undoable": may(request, "imports.edit") and undo.possible(one),
        "working": one.state in (Import.State.RUNNING, Import.State.UNDOING),
    }
    return site.render(request, "console/imports/import.html", context)


@page("imports.view", edits="imports.edit")
def take_back(request: HttpRequest, import_id: int) -> HttpResponse:
    """What undoing would do; a POST does it, in the background."""
    one = known(import_id)
    if request.method == "POST":
        undo.begin(import_id)
        messages.success(request, _("The import is being undone. The customers are judged anew after it."))
        return HttpResponseRedirect(reverse("console:import", args=[import_id]))
    context = {
        "title": _("Undo import %(number)s") % {"number": one.pk},
        "one": one,
        "row": listing.row(one),
        "would": undo.preview(store.opened(), import_id),
        "may_undo": may(request, "imports.edit"),
    }
    return site.render(request, "console/imports/undo.html", context)


def _file(one: Import, place: int, file: dict[str, Any]) -> dict[str, Any]:
    left = rejects.path_in(store.opened().rejects_path, one.pk, place)
    return {
        **file,
        "place": place,
        "called": words.kind(file["kind"]),
        "left": left is not None,
        "reasons": list(file["reasons"].items()),
        "columns": [(words.field(name), title) for name, title in file["columns"].items()],
    }
