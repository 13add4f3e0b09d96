"""Background work of staff: letters that a visitor must not wait for, and what is no longer needed."""

from __future__ import annotations

from datetime import timedelta

from django.db import transaction

from regulars.base import clock
from regulars.platform import audit
from regulars.platform.jobs import job

LINKS_KEPT = timedelta(days=30)
_AGAIN_AFTER = timedelta(minutes=5)


@job(name="mail a password reset", retries=2)
def mail_reset(member: int) -> None:
    """Send the member an address at which they choose a new password; not twice within five minutes."""
    from regulars.staff import letters, links
    from regulars.staff.models import Link, Staff

    with transaction.atomic():
        found = Staff.objects.select_for_update().filter(pk=member, is_active=True).first()
        recent = links.good().filter(kind=Link.Kind.RESET, member=member, made_by=None)
        if found is None or recent.filter(made_at__gt=clock.now() - _AGAIN_AFTER).exists():
            return
        links.revoke(kind=Link.Kind.RESET, member=found)
        address = links.make(Link.Kind.RESET, member=found, lasts=links.MAILED_RESET_LASTS)
        audit.note("staff.reset_asked", object=f"member {member}")
    try:
        letters.reset(found, address)  # outside of the transaction: a slow mail server must keep nobody waiting
    except Exception:
        links.revoke(kind=Link.Kind.RESET, member=found)  # so that the next try makes another one
        raise


@job(name="prune staff", retries=1)
def prune() -> int:
    """Remove useless links, visits whose session is over, and old failures; returns how many."""
    from axes.models import AccessAttempt
    from django.contrib.sessions.models import Session

    from regulars.staff import throttle
    from regulars.staff.models import Link, Visit

    now = clock.now()
    removed: int = Session.objects.filter(expire_date__lt=now).delete()[0]
    going_on = Session.objects.values("session_key")
    removed += Visit.objects.exclude(session_key__in=going_on).delete()[0]
    removed += Link.objects.filter(expires_at__lt=now - LINKS_KEPT).delete()[0]
    removed += AccessAttempt.objects.filter(attempt_time__lt=now - throttle.PAUSE).delete()[0]
    return removed
