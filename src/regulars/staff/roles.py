"""What each role may see and do. Rooms ask by the name of a permission; nobody else decides.

Pure: it loads neither Django's sign-in nor a table, so that any room may ask.
"""

from __future__ import annotations

from collections.abc import Mapping

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

PERMISSIONS: Mapping[str, Promise] = {
    "customers.view": _("See customers, their standing and their orders"),
    "customers.contact": _("See e-mail, phone and address"),
    "customers.value": _("See what a customer is worth"),
    "customers.edit": _("Change customers, their tags and attributes"),
    "customers.export": _("Write lists of customers into files"),
    "customers.merge": _("Make one customer of two, and undo it"),
    "customers.forget": _("Forget a customer for good"),
    "consent.edit": _("Note consent, objections and withdrawals"),
    "notes.edit": _("Write notes about customers"),
    "tasks.edit": _("Give, take and finish tasks"),
    "insight.view": _("See the state of the customer base and forecasts"),
    "imports.view": _("See what was imported"),
    "imports.edit": _("Import files, mend rows and undo imports"),
    "settings.view": _("See the firm's settings"),
    "settings.edit": _("Change the firm's settings"),
    "thresholds.try": _("Try out what other thresholds would change"),
    "privacy.view": _("See which personal data is held and why"),
    "privacy.edit": _("Decide how long personal data is kept, and answer requests about it"),
    "staff.edit": _("Invite, change and shut out members of staff"),
    "keys.edit": _("Make and revoke keys for programs"),
    "audit.view": _("See who saw, changed and exported what"),
    "backups.edit": _("Make and restore backups"),
    "jobs.view": _("See work in the background"),
    "jobs.edit": _("Start work in the background again, or stop it"),
}

OWNER = "owner"
ROLES: Mapping[str, Promise] = {
    OWNER: _("Owner"),
    "marketer": _("Marketer"),
    "analyst": _("Analyst"),
    "agent": _("Service desk"),
    "viewer": _("Viewer"),
}
DUTIES: Mapping[str, Promise] = {
    OWNER: _("May see and do everything, members of staff and keys included."),
    "marketer": _("Works with customers, lists and imports. Forgets nobody and changes no settings."),
    "analyst": _("Sees figures and value, imports and exports. Sees no contact data, changes no customer."),
    "agent": _("Helps single customers: contact data, notes, tasks, consent. Sees no value."),
    "viewer": _("Only looks. Sees no contact data."),
}

_OF_ROLE: Mapping[str, frozenset[str]] = {
    OWNER: frozenset(PERMISSIONS),
    "marketer": frozenset(
        {
            "customers.view",
            "customers.contact",
            "customers.value",
            "customers.edit",
            "customers.export",
            "customers.merge",
            "consent.edit",
            "notes.edit",
            "tasks.edit",
            "insight.view",
            "imports.view",
            "imports.edit",
            "settings.view",
            "privacy.view",
            "jobs.view",
        }
    ),
    "analyst": frozenset(
        {
            "customers.view",
            "customers.value",
            "customers.export",
            "insight.view",
            "imports.view",
            "imports.edit",
            "settings.view",
            "thresholds.try",
            "jobs.view",
        }
    ),
    "agent": frozenset(
        {"customers.view", "customers.contact", "customers.edit", "consent.edit", "notes.edit", "tasks.edit"}
    ),
    "viewer": frozenset({"customers.view", "customers.value", "insight.view", "imports.view", "settings.view"}),
}


def permissions(role: str) -> frozenset[str]:
    """All that a role may; nothing for a role that isn't one."""
    return _OF_ROLE.get(role, frozenset())


def may(role: str | None, permission: str) -> bool:
    """Whether members with this role may do it. None is nobody, who may do nothing.

    Raises KeyError for a permission that doesn't exist: a slip of the pen must not look like a refusal.
    """
    if permission not in PERMISSIONS:
        raise KeyError(permission)
    return permission in permissions(role or "")
