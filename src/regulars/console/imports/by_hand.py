"""Columns that weren't recognised, mapped by hand: what the table is, and for each field the column that holds it."""

from __future__ import annotations

from collections.abc import Mapping as Given
from typing import Any

import msgspec
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _

from regulars.base.errors import BadInput, NotFound
from regulars.base.words import again
from regulars.console import site
from regulars.console.guard import page
from regulars.console.imports import words
from regulars.console.imports.columns import HIDDEN
from regulars.console.imports.one_upload import sees_rows
from regulars.intake import by_hand, uploads
from regulars.intake.fields import FIELDS, KINDS, Kind
from regulars.intake.mapping import Mapping
from regulars.intake.models import Upload

EXAMPLES = 2
_DATED = ("instant", "day")


@page("imports.view", edits="imports.edit")
def show(request: HttpRequest, upload_id: int, table: int) -> HttpResponse:
    """One table: its first rows, and the fields of the kind that was chosen; a POST has it looked at again so."""
    upload = Upload.objects.filter(pk=upload_id).first()
    unknown = (upload.found or {}).get("unknown", []) if upload is not None else []
    if upload is None or table >= len(unknown):
        raise NotFound(_("There is nothing to say about these columns any more. Look at the files again."))
    told = unknown[table]
    if request.method == "POST":
        return _map(request.POST, upload, told)
    kind = next((one for one in KINDS if one == request.GET.get("kind")), None)
    sees = sees_rows(request, upload.by_staff_id)
    rows = told["first_rows"]
    context = {
        "title": _("What is in %(name)s?") % {"name": told["name"]},
        "upload": upload,
        "name": told["name"],
        "titles": told["titles"],
        "rows": rows if sees else [[HIDDEN if cell else "" for cell in row] for row in rows],
        "kinds": [(name, words.kind(name)) for name in KINDS],
        "kind": kind,
        "columns": [
            (place, title, _examples(rows, place) if sees else "") for place, title in enumerate(told["titles"])
        ],
        "dates": words.DATE_ORDERS,
        **(_fields(kind) if kind else {}),
    }
    return site.render(request, "console/imports/by_hand.html", context)


def _fields(kind: Kind) -> dict[str, Any]:
    needed = by_hand.NEEDED[kind]
    first = list(dict.fromkeys(name for group in needed for name in group))
    known = {field.name: field for field in FIELDS[kind]}
    shown = {
        name: {
            "name": name,
            "label": words.field(name),
            "meaning": again(field.meaning),
            "example": field.example,
            "dated": field.type in _DATED,
        }
        for name, field in known.items()
    }
    return {
        "needed": [shown[name] for name in first],
        "others": [one for name, one in shown.items() if name not in first],
        "rule": _rule(needed),
        "amounts": any(field.type in ("amount", "number") for field in known.values()),
    }


def _rule(needed: tuple[tuple[str, ...], ...]) -> list[str]:
    """What has to be chosen, a line each."""
    return [_either(group) for group in needed]


def _either(group: tuple[str, ...]) -> str:
    names = [words.field(name) for name in group]
    if len(names) == 1:
        return names[0]
    return _("%(some)s or %(last)s") % {"some": ", ".join(names[:-1]), "last": names[-1]}


def _map(form: Given[str, str], upload: Upload, told: dict[str, Any]) -> HttpResponse:
    kind = next((one for one in KINDS if one == form.get("kind")), None)
    if kind is None:
        raise BadInput(_("Say first what the rows are."))
    mapping = Mapping(kind=kind)
    titles = told["titles"]
    for field in FIELDS[kind]:
        place = form.get(f"field-{field.name}", "")
        if not place.isdecimal() or int(place) >= len(titles):
            continue
        title = titles[int(place)]
        mapping.columns[field.name] = title
        order = form.get(f"dates-{field.name}", "")
        if field.type in _DATED and order in words.DATE_ORDERS:
            mapping.dates[title] = order
    lacking = by_hand.missing(kind, mapping.columns)
    if lacking:
        raise BadInput(_("Choose a column for: %(fields)s.") % {"fields": "; ".join(map(_either, lacking))})
    mapping.decimal = form.get("decimal", "") if form.get("decimal", "") in (".", ",") else ""
    mapping.currency = form.get("currency", "").strip().upper()[:3]
    mapping.ignore = [title for title in titles if title not in mapping.columns.values()]
    given = {name: msgspec.convert(one, Mapping) for name, one in upload.corrections.items()}
    uploads.look_again(upload.pk, kind=upload.kind, corrections=given | {told["name"]: mapping})
    return HttpResponseRedirect(reverse("console:upload", args=[upload.pk]))


def _examples(rows: list[list[str | None]], place: int) -> str:
    cells = dict.fromkeys(cell for row in rows if len(row) > place and (cell := row[place]))
    return ", ".join(list(cells)[:EXAMPLES])
