"""What is read about members, their visits, invitations, keys, and in the audit log."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.contrib.sessions.models import Session
from django.db.models import Exists, OuterRef, Q, QuerySet

from regulars.base import clock
from regulars.platform.models import AuditEntry
from regulars.staff import links
from regulars.staff.models import Key, Link, Staff, Visit

PAGE = 50


def members() -> QuerySet[Staff]:
    """All members, active ones first; each has `two_factor`."""
    from allauth.mfa.models import Authenticator

    second = Authenticator.objects.filter(user=OuterRef("pk"), type=Authenticator.Type.TOTP)
    return Staff.objects.annotate(two_factor=Exists(second)).order_by("-is_active", "name", "pk")


def invitations() -> QuerySet[Link]:
    """Invitations that can still be used, newest first."""
    return links.good().filter(kind=Link.Kind.INVITATION).order_by("-made_at")


def visits(member: Staff) -> QuerySet[Visit]:
    """Where a member is signed in, last seen first. Visits whose session ran out are over."""
    going_on = Session.objects.filter(session_key=OuterRef("session_key"), expire_date__gt=clock.now())
    return member.visits.filter(Exists(going_on)).order_by("-seen_at")


def all_keys() -> QuerySet[Key]:
    """All keys, those in force first."""
    return Key.objects.order_by("revoked_at", "name", "pk")


def shops() -> list[str]:
    """Shops that have a key, by name."""
    return list(Key.objects.order_by("shop").values_list("shop", flat=True).distinct())


@dataclass(frozen=True)
class Asked:
    """What is looked for in the audit log; empty fields don't narrow.

    who : part of the name of who acted.  what : the beginning of an action, as in "customer" or "customers.exported".
    since, until : moments, `until` not included.  customer : number of a customer.
    """

    who: str = ""
    what: str = ""
    since: datetime | None = None
    until: datetime | None = None
    customer: int | None = None


@dataclass(frozen=True)
class Page:
    """Some entries of the audit log, newest first. older : give it as `before` for the next page, None at the end."""

    entries: list[AuditEntry]
    older: int | None


def audit_log(asked: Asked, *, before: int | None = None, limit: int = PAGE) -> Page:
    """A page of the entries that were asked for, from those older than `before` (an entry's number).

    By number instead of by page: new entries while one reads move nothing, and the last page is as quick as the first.
    """
    wanted = Q()
    if asked.who:
        wanted &= Q(actor_name__icontains=asked.who)
    if asked.what:
        wanted &= Q(action__startswith=asked.what)
    if asked.since is not None:
        wanted &= Q(at__gte=asked.since)
    if asked.until is not None:
        wanted &= Q(at__lt=asked.until)
    if asked.customer is not None:
        wanted &= Q(customer_id=asked.customer)
    if before is not None:
        wanted &= Q(pk__lt=before)
    found = list(AuditEntry.objects.filter(wanted).order_by("-pk")[: limit + 1])
    return Page(found[:limit], found[limit - 1].pk if len(found) > limit else None)


def known_actions() -> list[str]:
    """Every action that occurs in the log, for a list to choose from."""
    return list(AuditEntry.objects.order_by("action").values_list("action", flat=True).distinct())


def names(objects: Iterable[str]) -> dict[str, str]:
    """What "member 3" and "key 4" are called now, of those that are still there."""
    numbers: dict[str, set[int]] = {"member": set(), "key": set()}
    for thing in objects:
        kind, _, number = thing.partition(" ")
        if kind in numbers and number.isdecimal():
            numbers[kind].add(int(number))
    found = {
        f"member {member.pk}": member.name or member.email for member in Staff.objects.filter(pk__in=numbers["member"])
    }
    return found | {f"key {key.pk}": key.name for key in Key.objects.filter(pk__in=numbers["key"])}
