"""Which shops' webhooks are taken in, and with which secrets: added, given another secret, removed."""

from __future__ import annotations

import re
import secrets
from datetime import timedelta

from django.db import transaction

from regulars.base import clock
from regulars.base.errors import BadInput, Conflict, NotFound
from regulars.platform import audit
from regulars.stream import sealed
from regulars.stream.hooks_in import CHANNELS
from regulars.stream.models import Hook

GRACE = timedelta(days=2)
"""So long the secret before is good yet: Shopify goes on signing with it for an hour, and retries follow."""
SHORTEST, LONGEST = 16, 200
_NAME = re.compile(r"[\w.-]{1,60}")


@transaction.atomic
def add(shop: str, channel: str, secret: str = "") -> tuple[Hook, str]:
    """Take in webhooks of a shop; the row and the secret, which can't be had a second time.

    secret : the one that the shop's system shows (Shopify makes its own); empty makes one.
    Raises BadInput; Conflict where the shop is there already.
    """
    name = shop.strip()
    if channel not in CHANNELS:
        raise BadInput(f"'{channel}' is no shop system that is known here. There are: {', '.join(CHANNELS)}.")
    if not _NAME.fullmatch(name):
        raise BadInput("A shop's name has 1 to 60 letters, digits, dots, hyphens or underscores.")
    text = _checked(secret)
    row, new = Hook.objects.get_or_create(
        shop=name, channel=channel, defaults={"secret": sealed.seal(text), "made_at": clock.now()}
    )
    if not new:
        raise Conflict("This shop is there already. Give it a new secret instead.")
    audit.note("hook.added", object=f"hook {row.pk}", shop=name, channel=channel)
    return row, text


@transaction.atomic
def rotate(number: int, secret: str = "") -> str:
    """Another secret, made or given; the one before is good for `GRACE` yet. Raises NotFound, BadInput."""
    row = Hook.objects.select_for_update().filter(pk=number).first()
    if row is None:
        raise NotFound("This shop isn't there any more.")
    text, now = _checked(secret), clock.now()
    row.old_secret, row.old_until = row.secret, now + GRACE
    row.secret, row.rotated_at = sealed.seal(text), now
    row.save(update_fields=["secret", "old_secret", "old_until", "rotated_at"])
    audit.note("hook.rotated", object=f"hook {row.pk}")
    return text


@transaction.atomic
def remove(number: int) -> None:
    """Take in no more webhooks of a shop. What came stays."""
    if Hook.objects.filter(pk=number).delete()[0]:
        audit.note("hook.removed", object=f"hook {number}")


def _checked(secret: str) -> str:
    text = secret.strip() or secrets.token_urlsafe(32)
    if not SHORTEST <= len(text) <= LONGEST or not text.isascii() or not text.isprintable():
        raise BadInput(f"A secret has {SHORTEST} to {LONGEST} letters and digits. Leave it empty to have one made.")
    return text
