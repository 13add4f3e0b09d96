"""Keys with which programs come in: `regulars_HANDLE_SECRET`. The handle is public; of the rest only a hash is kept."""

from __future__ import annotations

import hmac
import re
import secrets
from collections.abc import Iterable, Mapping
from datetime import timedelta

from django.db import transaction
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from regulars.base import clock
from regulars.base.errors import BadInput, Conflict
from regulars.platform import audit
from regulars.staff.models import Key
from regulars.staff.tokens import digest, fresh

SCOPES: Mapping[str, Promise] = {
    "ingest": gettext_lazy("Send events and data in; see nothing"),
    "read": gettext_lazy("Read customers and figures"),
    "contact": gettext_lazy("See e-mail, phone and address of customers"),
    "write": gettext_lazy("Change customers, consent and settings of programmes"),
    "till": gettext_lazy("Look one customer up at the till and book for them"),
}
LONGEST_GRACE = timedelta(days=30)
_BEGINNING = "regulars"
_FORM = re.compile(_BEGINNING + "_([0-9a-f]{12})_[A-Za-z0-9_-]{43}")
_NOTED_EVERY = timedelta(minutes=1)
_NOBODYS = digest("the key of nobody")


def authenticate(text: str) -> Key | None:
    """The key that `text` is, None when it isn't one or is revoked. It takes as long for wrong secrets as for right."""
    key = look_up(handle(text))
    return key if opens(key, text) else None


def look_up(handle: str) -> Key | None:
    """The key with this public beginning, unless it is revoked. Notes that it is in use."""
    key = Key.objects.filter(handle=handle, revoked_at=None).first()
    now = clock.now()
    if key is not None and (key.last_used_at is None or now - key.last_used_at > _NOTED_EVERY):
        Key.objects.filter(pk=key.pk).update(last_used_at=now)
    return key


def opens(key: Key | None, text: str) -> bool:
    """Whether `text` is the secret of `key`, or the one before within its grace."""
    given, now = digest(text), clock.now()
    new = hmac.compare_digest(given, key.digest if key else _NOBODYS)
    old = hmac.compare_digest(given, (key.old_digest if key else "") or _NOBODYS)
    return key is not None and (new or (old and key.old_until is not None and now < key.old_until))


@transaction.atomic
def make(name: str, scopes: Iterable[str], *, shop: str = "shop", by: int | None = None) -> tuple[Key, str]:
    """A new key, and its text, which can't be had a second time.

    shop : whose customer ids and order numbers the program speaks of.
    Raises BadInput without a name, or for scopes that don't exist.
    """
    wanted = sorted(set(scopes), key=list(SCOPES).index) if set(scopes) <= set(SCOPES) else []
    if not name.strip():
        raise BadInput(_("Give the key a name that says which program uses it."))
    if not wanted:
        raise BadInput(_("Say what the key is for: {scopes}.").format(scopes=", ".join(SCOPES)))
    beginning = secrets.token_hex(6)
    text = _text(beginning)
    key = Key.objects.create(
        name=name.strip()[:100],
        handle=beginning,
        digest=digest(text),
        scopes=wanted,
        shop=shop.strip()[:60] or "shop",
        made_by=by,
        made_at=clock.now(),
    )
    audit.note("key.made", object=f"key {key.pk}", scopes=wanted)
    return key, text


@transaction.atomic
def rotate(key: int, *, grace: timedelta) -> str:
    """A new text for the key; the old one is good for `grace` yet (0 to 30 days).

    Raises Conflict for a revoked key, BadInput for another grace.
    """
    if not timedelta() <= grace <= LONGEST_GRACE:
        raise BadInput(_("The old key can stay good for at most 30 days."))
    rotated = Key.objects.select_for_update().get(pk=key)
    if rotated.revoked_at is not None:
        raise Conflict(_("This key is revoked. Make a new one."))
    text, now = _text(rotated.handle), clock.now()
    rotated.old_digest, rotated.old_until = rotated.digest, now + grace
    rotated.digest, rotated.rotated_at = digest(text), now
    rotated.save(update_fields=["old_digest", "old_until", "digest", "rotated_at"])
    audit.note("key.rotated", object=f"key {key}", grace_hours=grace.total_seconds() / 3600)
    return text


@transaction.atomic
def revoke(key: int) -> None:
    """The key is good for nothing from now on."""
    if Key.objects.filter(pk=key, revoked_at=None).update(revoked_at=clock.now()):
        audit.note("key.revoked", object=f"key {key}")


def _text(handle: str) -> str:
    return f"{_BEGINNING}_{handle}_{fresh()}"


def handle(text: str) -> str:
    """The public beginning of what looks like a key; empty where it doesn't."""
    read = _FORM.fullmatch(text)
    return read[1] if read else ""
