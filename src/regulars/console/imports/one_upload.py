"""One upload: what its files were taken for, every column's meaning to correct, and how far the import is."""

from __future__ import annotations

from typing import Any

import msgspec
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.urls import reverse
from django.utils.translation import gettext as _

from regulars.base.errors import BadInput
from regulars.base.words import again, grouped
from regulars.console import latest, site
from regulars.console.guard import may, member_of, page
from regulars.console.imports import columns, words
from regulars.customers.models import Run
from regulars.insight.figures import Reason
from regulars.intake import uploads
from regulars.intake.fields import KINDS
from regulars.intake.mapping import Mapping
from regulars.intake.models import Upload
from regulars.platform import store
from regulars.platform.jobs import queries as jobs
from regulars.report import words as report_words


@page("imports.view", edits="imports.edit")
def show(request: HttpRequest, upload_id: int) -> HttpResponse:
    """The page; a POST corrects, imports, or drops the files."""
    upload = Upload.objects.filter(pk=upload_id).first()
    if request.method == "POST":
        return _do(request, upload, upload_id)
    if upload is None:
        return _gone(request)
    context = {
        "title": ", ".join(file["name"] for file in upload.files[:3]),
        "upload": upload,
        "state": words.STATES[upload.state],
        "size": words.size(sum(file["bytes"] for file in upload.files)),
        "may_import": may(request, "imports.edit"),
        "kinds": [(name, words.kind(name)) for name in KINDS],
        "no_worker": upload.working and not jobs.running_workers(),
        **_progress(upload),
    }
    if upload.found and upload.state != Upload.State.FAILED:
        context |= _found(upload.found, sees=sees_rows(request, upload.by_staff_id))
    if upload.result:
        context |= _result(upload)
    return site.render(request, "console/imports/upload.html", context)


@page("imports.view")
def progress(_request: HttpRequest, upload_id: int) -> HttpResponse:
    """How far it is, for the page's script: `{state, words, share, working}`."""
    upload = Upload.objects.filter(pk=upload_id).first()
    if upload is None:
        raise Http404
    answer = JsonResponse({"state": upload.state, "working": upload.working, **_progress(upload)})
    return site.sealed(answer)


def sees_rows(request: HttpRequest, by_staff_id: int | None) -> bool:
    """Whether the member may see personal cells of a file: by role, or because they brought it."""
    return may(request, "customers.contact") or by_staff_id == member_of(request).pk


def cautions(found: list[dict[str, Any]]) -> list[str]:
    """What an import warned of, in sentences."""
    f = latest.figures(latest.latest())
    return [report_words.sentence(msgspec.convert(one, Reason), f) for one in found]


def _do(request: HttpRequest, upload: Upload | None, upload_id: int) -> HttpResponse:
    verb = request.POST.get("verb", "")
    here = reverse("console:upload", args=[upload_id])
    if verb == "drop":
        uploads.drop(store.opened(), upload_id)
        messages.success(request, _("The files are gone. Nothing was imported."))
        return HttpResponseRedirect(reverse("console:imports"))
    if verb not in ("check", "start"):
        raise BadInput(_("Choose what to do."))
    if upload is None:
        return _gone(request)
    kind, corrections = _told(request, upload)
    if verb == "check":
        uploads.look_again(upload_id, kind=kind, corrections=corrections)
    else:
        uploads.start(upload_id, kind=kind, corrections=corrections)
    return HttpResponseRedirect(here)


def _told(request: HttpRequest, upload: Upload) -> tuple[str, dict[str, Mapping]]:
    """What the form says: a kind for all files (where none was recognised), and the mappings that were changed."""
    given = {name: msgspec.convert(mapping, Mapping) for name, mapping in upload.corrections.items()}
    if not upload.found or not upload.found["files"]:
        return request.POST.get("kind", upload.kind), given
    for number, file in enumerate(upload.found["files"]):
        changed = columns.read(request.POST, number, file)
        if changed is not None:
            given[file["name"]] = changed
    return upload.kind, given


def _found(found: dict[str, Any], *, sees: bool) -> dict[str, Any]:
    return {
        "files": [columns.shown(number, file, sees=sees) for number, file in enumerate(found["files"])],
        "skipped": found["skipped"],
        "cautions": cautions(found["cautions"]),
        "would_keep": found["kept"] + found["replaced"],
        "would": found,
    }


def _result(upload: Upload) -> dict[str, Any]:
    result = upload.result or {}
    run = Run.objects.order_by("-id").first()
    judged = run is not None and upload.finished_at is not None and run.started_at >= upload.finished_at
    return {
        "result": result,
        "cautions": cautions(result["cautions"]),
        "judged": judged and run is not None and run.synced_at is not None,
        "rejects": [
            {"import": file["import_id"], "file": place, "name": file["name"], "rows": file["set_aside"]}
            for place, file in _placed(result["files"])
            if file["set_aside"]
        ],
    }


def _placed(files: list[dict[str, Any]]) -> list[tuple[int, dict[str, Any]]]:
    """Each file with its place in its own import."""
    seen: dict[int, int] = {}
    placed = []
    for file in files:
        place = seen.get(file["import_id"], 0)
        seen[file["import_id"]] = place + 1
        placed.append((place, file))
    return placed


def _progress(upload: Upload) -> dict[str, Any]:
    done, total = upload.rows_done, upload.rows_total
    share = min(done / total, 1.0) if total else None
    stage = again(upload.stage) or str(words.STATES[upload.state])
    if done and total:
        told = _("%(stage)s: %(done)s of about %(total)s rows") % {
            "stage": stage,
            "done": grouped(done),
            "total": grouped(max(total, done)),
        }
    else:
        told = stage[:1].upper() + stage[1:]
    return {"words": told, "share": share, "percent": None if share is None else round(share * 100)}


def _gone(request: HttpRequest) -> HttpResponse:
    text = _("These files aren't here any more. What was imported is in the list of imports.")
    context = {"title": _("Not here any more"), "text": text}
    return site.render(request, "console/problem.html", context, status=404)
