"""Imports: give files, and see what came in, from whom, and what is still to do."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _

from regulars.console import site
from regulars.console.guard import may, page
from regulars.console.imports import words
from regulars.console.imports.receiving import received, streaming
from regulars.intake import uploads
from regulars.intake.models import Import, Upload
from regulars.platform import store

MOST = 100
COUNTS = ("kept", "replaced", "unchanged", "set_aside")


@dataclass(frozen=True)
class Row:
    """One import as the list shows it."""

    import_: Import
    names: list[str]
    kind: str
    state: str
    rows_in: int
    kept: int
    replaced: int
    unchanged: int
    set_aside: int


@streaming(page("imports.view", edits="imports.edit"))
def show(request: HttpRequest) -> HttpResponse:
    """The list; a POST brings files."""
    if request.method == "POST":
        upload = uploads.take(store.opened(), received(request, "files"))
        return HttpResponseRedirect(reverse("console:upload", args=[upload.pk]))
    number = request.GET.get("page", "1")
    at = max(int(number), 1) if number.isdecimal() and len(number) < 7 else 1
    found = list(Import.objects.order_by("-id")[(at - 1) * MOST : at * MOST + 1])
    context = {
        "title": _("Imports"),
        "rows": [row(one) for one in found[:MOST]],
        "more": at + 1 if len(found) > MOST else None,
        "before": at - 1,
        "uploads": [_upload(one) for one in Upload.objects.exclude(state=Upload.State.DONE).order_by("-id")[:20]],
        "may_import": may(request, "imports.edit"),
        "limit_mb": store.opened().settings.web.upload_limit_mb,
        "most_files": uploads.MOST_FILES,
    }
    return site.render(request, "console/imports/list.html", context)


def row(one: Import) -> Row:
    """An import with its counts; those of an import that never ended are nothing."""
    counts = {name: int(one.counts.get(name) or 0) for name in ("rows_in", *COUNTS)}
    names = [str(file["name"]) for file in one.files]
    return Row(one, names, words.kind(one.kind), str(words.IMPORT_STATES.get(one.state, one.state)), **counts)


def _upload(one: Upload) -> dict[str, Any]:
    return {
        "id": one.pk,
        "names": ", ".join(file["name"] for file in one.files),
        "state": words.STATES[one.state],
        "failed": one.state == Upload.State.FAILED,
        "waits": one.state == Upload.State.FOUND,
        "by": one.by_name,
        "at": one.made_at,
    }
