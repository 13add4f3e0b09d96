"""Rows that were set aside: each with its reason, mended in place and imported again, or taken away as a file."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _

from regulars.base.errors import BadInput
from regulars.console import site
from regulars.console.guard import may, page, refused
from regulars.console.imports.one_import import known
from regulars.console.imports.one_upload import sees_rows
from regulars.intake import rejects, uploads
from regulars.intake.models import Import
from regulars.platform import audit, store

CELLS_A_PAGE = 600
MOST_ROWS = 25


@dataclass(frozen=True)
class Set:
    """Set-aside rows of one file of an import. rows : number, digest, cells, reason."""

    path: Path
    titles: list[str]
    head: str
    rows: list[tuple[int, str, list[str], str]]

    @property
    def a_page(self) -> int:
        """Rows on one page: what a browser sends back has a limit."""
        return max(min(MOST_ROWS, CELLS_A_PAGE // max(len(self.titles), 1)), 1)


@page("imports.view", edits="imports.edit")
def show(request: HttpRequest, import_id: int, file: int) -> HttpResponse:
    """The rows of a page; a POST imports those again that were changed or ticked, or all that there are."""
    one = known(import_id)
    if not sees_rows(request, one.by_staff_id):
        return refused(request)
    found = _read(one, file)
    number = request.GET.get("page", "1")
    at = max(int(number), 1) if number.isdecimal() and len(number) < 7 else 1
    if request.method == "POST":
        return _again(request, one, file, found)
    audit.note("rejects.viewed", object=f"import {one.pk}", rows=len(found.rows))
    rows = found.rows[(at - 1) * found.a_page : at * found.a_page]
    context = {
        "title": _("Set aside in import %(number)s") % {"number": one.pk},
        "one": one,
        "file": file,
        "name": one.files[file]["name"] if file < len(one.files) else "",
        "titles": found.titles,
        "rows": rows,
        "total": len(found.rows),
        "before": at - 1,
        "more": at + 1 if at * found.a_page < len(found.rows) else None,
        "may_import": may(request, "imports.edit"),
    }
    return site.render(request, "console/imports/rejects.html", context)


@page("imports.view")
def download(request: HttpRequest, import_id: int, file: int) -> HttpResponse:
    """All of them as CSV, with no cell that a spreadsheet would run."""
    one = known(import_id)
    if not sees_rows(request, one.by_staff_id):
        return refused(request)
    found = _read(one, file)
    audit.note("rejects.exported", object=f"import {one.pk}", rows=len(found.rows))
    answer = HttpResponse(found.path.read_bytes(), content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="set-aside-{found.path.name}"'
    return site.sealed(answer)


def _read(one: Import, file: int) -> Set:
    path = rejects.path_in(store.opened().rejects_path, one.pk, file)
    if path is None:
        raise Http404
    titles, lines = rejects.rows(path)
    every = [
        (number, rejects.digest(cells), [rejects.unguarded(cell) for cell in cells[:-1]], cells[-1])
        for number, cells in enumerate(lines)
    ]
    return Set(path, [rejects.unguarded(title) for title in titles[:-1]], titles[-1], every)


def _again(request: HttpRequest, one: Import, file: int, found: Set) -> HttpResponse:
    if request.POST.get("verb") == "all":
        chosen = {number: cells for number, _digest, cells, _why in found.rows}
    elif request.POST.get("verb") == "mended":
        chosen = _chosen(request, found)
        chosen = _with_their_orders(one, file, found, chosen)
    else:
        raise BadInput(_("Choose what to do."))
    if not chosen:
        raise BadInput(
            _("No row was changed or ticked. Mend a cell first, or tick the rows that are right as they are.")
        )
    digests = [digest for number, digest, _cells, _why in found.rows if number in chosen]
    lines = [[rejects.guarded(cell) for cell in chosen[number]] + [""] for number in sorted(chosen)]
    text = rejects.as_csv([[*map(rejects.guarded, found.titles), found.head], *lines])
    name = one.files[file]["name"] if file < len(one.files) else "rows"
    upload = uploads.take_mended(
        store.opened(), f"{Path(name).stem} mended.csv", text, rows=digests, import_id=one.pk, file=file
    )
    return HttpResponseRedirect(reverse("console:upload", args=[upload.pk]))


def _chosen(request: HttpRequest, found: Set) -> dict[int, list[str]]:
    """Rows of the form that were changed or ticked, as they are now. A row is known by what it was, not by place."""
    place = {digest: number for number, digest, _cells, _why in found.rows}
    ticked = set(request.POST.getlist("take"))
    before = {number: cells for number, _digest, cells, _why in found.rows}
    chosen = {}
    for digest in request.POST.getlist("row"):
        number = place.get(digest)
        if number is None:  # imported again meanwhile, by a colleague
            continue
        cells = [_one_line(request.POST.get(f"{digest}-{column}", cell)) for column, cell in enumerate(before[number])]
        if digest in ticked or cells != [_one_line(cell) for cell in before[number]]:
            chosen[number] = cells
    return chosen


def _one_line(cell: str) -> str:
    return cell.replace("\r\n", "\n").replace("\r", "\n")


def _with_their_orders(one: Import, file: int, found: Set, chosen: dict[int, list[str]]) -> dict[int, list[str]]:
    """A line comes with all lines of its order that were set aside: alone, it would replace the whole order."""
    mapping: dict[str, Any] = one.mapping[file] if file < len(one.mapping) else {}
    title = mapping.get("columns", {}).get("order_number")
    if mapping.get("kind") != "lines" or title not in found.titles:
        return chosen
    at = found.titles.index(title)
    orders = {cells[at] for cells in chosen.values()} | {found.rows[number][2][at] for number in chosen}
    return {number: cells for number, _d, cells, _w in found.rows if cells[at] in orders} | chosen
