"""One-time links: made here, good for one use until they expire. Only a hash of each is stored.

To open a link does nothing; the button on its page does.
"""

from __future__ import annotations

from datetime import timedelta

from django.db.models import Q, QuerySet
from django.urls import reverse

from regulars.base import clock
from regulars.base.errors import Conflict
from regulars.platform import store
from regulars.staff.models import Link, Staff
from regulars.staff.tokens import digest, fresh

LASTS = {
    Link.Kind.FIRST: timedelta(hours=24),
    Link.Kind.INVITATION: timedelta(days=7),
    Link.Kind.RESET: timedelta(hours=24),
}
MAILED_RESET_LASTS = timedelta(hours=1)
_PAGES = {Link.Kind.FIRST: "staff:first", Link.Kind.INVITATION: "staff:join", Link.Kind.RESET: "staff:reset"}


def make(
    kind: Link.Kind,
    *,
    email: str = "",
    role: str = "",
    member: Staff | None = None,
    made_by: int | None = None,
    lasts: timedelta | None = None,
) -> str:
    """The address of a new link, which can't be had a second time."""
    secret, now = fresh(), clock.now()
    Link.objects.create(
        kind=kind,
        token_hash=digest(secret),
        email=email,
        role=role,
        member=member,
        made_by=made_by,
        made_at=now,
        expires_at=now + (lasts or LASTS[kind]),
    )
    return store.opened().settings.web.address + reverse(_PAGES[kind], args=[secret])


def good() -> QuerySet[Link]:
    """Links that can still be used."""
    return Link.objects.filter(used_at=None, revoked_at=None, expires_at__gt=clock.now())


def find(kind: Link.Kind, secret: str) -> Link | None:
    """The link with this secret, None when there is none, or it is used, revoked or expired."""
    return good().filter(kind=kind, token_hash=digest(secret)).select_related("member").first()


def take(link: Link) -> None:
    """Use the link up, within the caller's transaction.

    Raises Conflict when somebody else was quicker.
    """
    if good().filter(pk=link.pk).update(used_at=clock.now()) != 1:
        raise Conflict("This link has been used already. Ask for a new one.")


def revoke(*, kind: Link.Kind, email: str = "", member: Staff | None = None, pk: int | None = None) -> int:
    """Make links useless: those of the kind for this address, member or number (all without any). Returns how many."""
    wanted = Q(kind=kind)
    if email:
        wanted &= Q(email=email)
    if member is not None:
        wanted &= Q(member=member)
    if pk is not None:
        wanted &= Q(pk=pk)
    return good().filter(wanted).update(revoked_at=clock.now())
