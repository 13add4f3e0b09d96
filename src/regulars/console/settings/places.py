"""Where everything is stored: which folder or database holds what, and how much."""

from __future__ import annotations

from pathlib import Path

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from regulars.console import site
from regulars.console.guard import may, page
from regulars.console.imports.words import size
from regulars.platform import store


@page("settings.view")
def show(request: HttpRequest) -> HttpResponse:
    """The page. The address of a database is shown without its password."""
    workspace = store.opened()
    on_postgresql = bool(workspace.settings.store.database)
    database = _("PostgreSQL, as DATABASE_URL says") if on_postgresql else workspace.database_path.name
    rows = [
        (_("Customers, staff, consent, tasks, notes"), database, None if on_postgresql else workspace.database_path),
        (_("Orders, lines, refunds, standings: numbers only, no names"), "lake/", workspace.lake_path),
        (_("Files on their way in, drawn charts, logo"), "files/", workspace.files_path),
        (_("Rows that were set aside, until they are mended"), "rejects/", workspace.rejects_path),
        (_("Settings"), "regulars.toml", workspace.settings_path),
        (_("The key that signs sessions and links"), "secret.key", workspace.path / "secret.key"),
    ]
    context = {
        "title": _("Where everything is"),
        "may_edit": may(request, "settings.edit"),
        "home": str(workspace.path),
        "rows": [(what, where, None if path is None else size(_bytes(path))) for what, where, path in rows],
    }
    return site.render(request, "console/settings/places.html", context)


def _bytes(path: Path) -> int:
    if path.is_file():
        return sum(one.stat().st_size for one in path.parent.glob(f"{path.name}*") if one.is_file())
    return sum(one.stat().st_size for one in path.rglob("*") if one.is_file())
