"""The verb of reactions: take back what was given up."""

from __future__ import annotations

from django.db import transaction

from regulars.base import clock
from regulars.platform import audit
from regulars.platform.models import ReactionRun


def restart(run_id: int) -> bool:
    """Let a reaction that was given up be tried anew, with all its tries; False when it isn't given up (any more)."""
    with transaction.atomic():
        given_up = ReactionRun.objects.filter(pk=run_id, done_at__isnull=True, next_try_at__isnull=True)
        changed = given_up.update(failures=0, next_try_at=clock.now())
        if changed:
            audit.note("reaction.restarted", object=f"reaction {run_id}")
    return bool(changed)
