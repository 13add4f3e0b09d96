"""The frame around every page: navigation by what the member may see, the firm's name and colour, Unfold's look.

Unfold's templates draw it from the names below; its admin of models is not mounted, so a page exists only where a
view of ours does.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from csp.constants import UNSAFE_EVAL
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render as rendered
from django.urls import NoReverseMatch, reverse
from django.utils.cache import patch_cache_control
from django.utils.functional import Promise
from django.utils.translation import get_language, get_language_info
from django.utils.translation import gettext_lazy as _

from regulars.console import look
from regulars.platform import store
from regulars.staff import roles


@dataclass(frozen=True)
class Entry:
    """One line of the navigation; it shows for those with the permission, and where its address is mounted."""

    title: str | Promise
    icon: str
    view: str
    permission: str


GROUPS: tuple[tuple[str | Promise, tuple[Entry, ...]], ...] = (
    (
        "",
        (
            Entry(_("Home"), "home", "console:home", "insight.view"),
            Entry(_("Customers"), "group", "console:customers", "customers.view"),
            Entry(_("Tasks"), "task_alt", "console:tasks", "customers.view"),
        ),
    ),
    (
        _("Insight"),
        (
            Entry(_("Overview"), "insights", "console:insight", "insight.view"),
            Entry(_("Backtest"), "history", "console:backtest", "insight.view"),
            Entry(_("Model"), "function", "console:model", "insight.view"),
        ),
    ),
    (_("Data"), (Entry(_("Imports"), "upload_file", "console:imports", "imports.view"),)),
    (
        _("Settings"),
        (
            Entry(_("Firm"), "storefront", "console:settings", "settings.view"),
            Entry(_("Thresholds"), "tune", "console:thresholds", "settings.view"),
            Entry(_("Personal data"), "shield_person", "console:privacy", "privacy.view"),
            Entry(_("Data retention"), "auto_delete", "console:retention", "privacy.view"),
            Entry(_("Staff"), "badge", "staff:members", "staff.edit"),
            Entry(_("API keys"), "key", "staff:keys", "keys.edit"),
            Entry(_("Stream"), "stream", "console:stream", "settings.view"),
            Entry(_("Webhooks"), "webhook", "console:webhooks", "keys.edit"),
            Entry(_("Audit log"), "policy", "staff:audit", "audit.view"),
            Entry(_("Backups"), "backup", "console:backups", "backups.edit"),
            Entry(_("Jobs"), "manufacturing", "console:jobs", "jobs.view"),
        ),
    ),
)


def render(request: HttpRequest, template: str, context: Mapping[str, Any], *, status: int = 200) -> HttpResponse:
    """The page in its frame; also shows the pages of `staff` that belong to the settings."""
    whole = {"staff_base": "console/frame.html", **frame(request), **context}
    return sealed(rendered(request, template, whole, status=status))


def fragment(request: HttpRequest, template: str, context: Mapping[str, Any]) -> HttpResponse:
    """A part of a page, to be put in the place of an older one."""
    return sealed(rendered(request, template, dict(context)))


def sealed(answer: HttpResponse) -> HttpResponse:
    """Nothing of it may stay in caches; Unfold's frame evaluates what its templates say."""
    patch_cache_control(answer, private=True, no_store=True)
    answer._csp_update = {"script-src": [UNSAFE_EVAL]}  # type: ignore[attr-defined]  # as django-csp reads it
    return answer


def frame(request: HttpRequest) -> dict[str, Any]:
    """What Unfold's templates and ours need around any content."""
    firm = store.opened().settings.firm
    member = request.user
    role = getattr(member, "role", None)
    return {
        "firm_name": firm.name or "Regulars",
        "firm_logo": reverse("staff:logo") if firm.logo else "",
        "theme_address": f"{reverse('console:theme')}?{look.mark(firm.colour)}",
        "sidebar_navigation": _navigation(request, role),
        "has_permission": True,
        "is_nav_sidebar_enabled": True,
        "show_languages": True,
        "languages_list": [{**get_language_info(code), "code": code} for code, _name in settings.LANGUAGES],
        "languages_action": reverse("console:language"),
        "language": get_language(),
        "redirect_to": request.get_full_path(),
        "role_name": roles.ROLES.get(role, "") if role else "",
        "sees_customers": roles.may(role, "customers.view"),
    }


def _navigation(request: HttpRequest, role: str | None) -> list[dict[str, Any]]:
    groups = []
    for title, entries in GROUPS:
        items = [item for item in (_item(entry, role) for entry in entries) if item]
        if items:
            groups.append({"title": title, "items": items})
    _mark_active(groups, request.path)
    return groups


def _item(entry: Entry, role: str | None) -> dict[str, Any] | None:
    if not roles.may(role, entry.permission):
        return None
    try:
        link = reverse(entry.view)
    except NoReverseMatch:  # its room isn't mounted
        return None
    return {"title": entry.title, "icon": entry.icon, "link": link, "has_permission": True, "active": False}


def _mark_active(groups: list[dict[str, Any]], path: str) -> None:
    """The entry whose address is the longest beginning of the page's."""
    items = [item for group in groups for item in group["items"] if path.startswith(item["link"])]
    if items:
        max(items, key=lambda item: len(item["link"]))["active"] = True
