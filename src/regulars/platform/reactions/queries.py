"""Reads for screens: reactions that were given up, and those that are tried again."""

from __future__ import annotations

from regulars.platform.models import ReactionRun


def given_up(limit: int = 200) -> list[ReactionRun]:
    """Reactions that failed too often, the latest first, each with its event and last error."""
    rows = ReactionRun.objects.filter(done_at__isnull=True, next_try_at__isnull=True)
    return list(rows.select_related("event").order_by("-id")[:limit])


def tried_again(limit: int = 200) -> list[ReactionRun]:
    """Reactions that failed and are still tried, the next first."""
    rows = ReactionRun.objects.filter(next_try_at__isnull=False)
    return list(rows.select_related("event").order_by("next_try_at")[:limit])
