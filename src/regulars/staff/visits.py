"""Who is signed in where. A visit begins at sign-in and ends at sign-out, or when somebody ends it from elsewhere."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.contrib.auth import update_session_auth_hash
from django.contrib.auth.signals import user_logged_in, user_logged_out
from django.contrib.sessions.models import Session
from django.http import HttpRequest

from regulars.base import clock
from regulars.platform import audit
from regulars.staff import devices
from regulars.staff.models import Staff, Visit

NOTED_EVERY = timedelta(minutes=5)


def listen() -> None:
    """Note every sign-in and sign-out from now on."""
    user_logged_in.connect(begin, dispatch_uid="regulars.staff.visits.begin")
    user_logged_out.connect(leave, dispatch_uid="regulars.staff.visits.leave")


def begin(request: HttpRequest, user: Staff, **_: Any) -> None:
    """Note the new visit of `user`, who has just signed in."""
    if request.session.session_key is None:
        request.session.create()
    now = clock.now()
    Visit.objects.update_or_create(
        session_key=request.session.session_key,
        defaults={
            "member": user,
            "device": devices.named(request.META.get("HTTP_USER_AGENT", "")),
            "address": request.META.get("REMOTE_ADDR") or None,
            "began_at": now,
            "seen_at": now,
        },
    )


def leave(request: HttpRequest, user: Staff | None, **_: Any) -> None:
    """The member signs out here: this visit is over."""
    if user and Visit.objects.filter(session_key=request.session.session_key or "", member=user).delete()[0]:
        audit.note("staff.signed_out", object=f"member {user.pk}")


def goes_on(request: HttpRequest, member: Staff, address: str | None) -> bool:
    """Whether the session of this request is a visit that nobody has ended; notes now and then that it was seen."""
    visit = Visit.objects.filter(session_key=request.session.session_key or "", member=member).first()
    if visit is None:
        return False
    now = clock.now()
    if now - visit.seen_at > NOTED_EVERY:
        Visit.objects.filter(pk=visit.pk).update(seen_at=now, address=address)
    return True


def renew(request: HttpRequest, member: Staff) -> None:
    """Go on under a new session key, after the member's password was changed in this visit."""
    before = request.session.session_key
    update_session_auth_hash(request, member)
    Visit.objects.filter(session_key=before).update(session_key=request.session.session_key)


def end(member: Staff, *, only: int | None = None, but: str | None = None) -> int:
    """End the member's visits: all, `only` the one with that number, or all `but` that session's. Returns how many."""
    visits = member.visits.all()
    if only is not None:
        visits = visits.filter(pk=only)
    if but is not None:
        visits = visits.exclude(session_key=but)
    keys = list(visits.values_list("session_key", flat=True))
    Session.objects.filter(session_key__in=keys).delete()
    visits.filter(session_key__in=keys).delete()
    if keys:
        audit.note("staff.visits_ended", object=f"member {member.pk}", visits=len(keys))
    return len(keys)
