"""The first start: whoever can read the server's terminal becomes the first owner, through a one-time link."""

from __future__ import annotations

from django.db import transaction

from regulars.base.errors import Conflict
from regulars.platform import audit, store
from regulars.platform.locks import held
from regulars.platform.workspace import Workspace
from regulars.staff import links
from regulars.staff.actions import checked_email, new_member
from regulars.staff.models import Link, Role, Staff


def link(workspace: Workspace) -> str | None:
    """The address at which the first owner is made, None when there is an owner.

    Each call makes a new one and the earlier ones useless, so print it. Needs the server's settings; the workspace
    must be the one that is started.
    """
    if store.opened().path != workspace.path:
        raise RuntimeError(f"{workspace.path} is not the workspace that is started in this process")
    with transaction.atomic():
        if has_owner():
            return None
        links.revoke(kind=Link.Kind.FIRST)
        return links.make(Link.Kind.FIRST)


def has_owner() -> bool:
    """Whether an owner can sign in."""
    return Staff.objects.filter(role=Role.OWNER, is_active=True).exists()


def make_owner(link: Link, *, name: str, email: str, password: str) -> Staff:
    """The first owner.

    Raises Conflict when the link is used, or there is an owner by now; BadInput for an address that is taken.
    """
    with held("first-owner"), transaction.atomic():
        links.take(link)
        if has_owner():
            raise Conflict("There is an owner already, who can invite you.")
        owner = new_member(checked_email(email), name, Role.OWNER, password)
        audit.note("staff.first_owner_made", object=f"member {owner.pk}")
        return owner
