"""Two-factor sign-in: codes of an app (TOTP), and recovery codes for the day the phone is gone. Kept by allauth.mfa."""

from __future__ import annotations

import base64
from hashlib import sha256

from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret, validate_totp_code
from cryptography.fernet import Fernet, InvalidToken
from django.conf import settings
from django.db import transaction

from regulars.base import clock
from regulars.base.errors import Damaged
from regulars.platform import audit, store
from regulars.staff.models import Role, Staff
from regulars.staff.tokens import digest

REMEMBERED_SECONDS = 300  # longer than any code is good for


class Adapter(DefaultMFAAdapter):  # type: ignore[misc]  # allauth is untyped
    """How allauth keeps secrets: encrypted with the workspace's key, so that a copy of the database isn't enough."""

    def encrypt(self, text: str) -> str:
        return _cipher().encrypt(text.encode()).decode()

    def decrypt(self, encrypted_text: str) -> str:
        try:
            return _cipher().decrypt(encrypted_text.encode()).decode()
        except InvalidToken:
            raise Damaged(
                "Two-factor secrets can't be read: secret.key (or REGULARS_SECRET_KEY) is another one than when they "
                "were made. Put the old one back, or let members set two-factor up anew."
            ) from None

    def get_totp_issuer(self) -> str:
        return store.opened().settings.firm.name or "Regulars"


def _cipher() -> Fernet:
    return Fernet(base64.urlsafe_b64encode(sha256(b"two-factor " + settings.SECRET_KEY.encode()).digest()))


def has(member: Staff) -> bool:
    """Whether the member signs in with a second factor."""
    return bool(Authenticator.objects.filter(user=member, type=Authenticator.Type.TOTP).exists())


def is_missing(member: Staff) -> bool:
    """Whether the firm demands a second factor of the member, who has none."""
    demanded = store.opened().settings.web.two_factor
    concerned = demanded == "everyone" or (demanded == "owners" and member.role == Role.OWNER)
    return concerned and not has(member)


def new_secret() -> str:
    """What the member's app is told once; nothing is kept yet."""
    return str(generate_totp_secret())


def picture(member: Staff, secret: str) -> str:
    """The secret as a QR code: an SVG drawing to stand in a page, without styles or scripts."""
    adapter = Adapter()
    drawn = str(adapter.build_totp_svg(adapter.build_totp_url(member, secret)))
    return drawn[drawn.index("<svg") :]


@transaction.atomic
def switch_on(member: Staff, secret: str, code: str) -> list[str] | None:
    """From now on the member needs a code; returns the recovery codes, None when `code` isn't one of `secret`."""
    if not validate_totp_code(secret, code):
        return None
    Authenticator.objects.filter(user=member).delete()
    _remember(TOTP.activate(member, secret).instance, code)
    audit.note("staff.two_factor_on", object=f"member {member.pk}")
    return list(RecoveryCodes.activate(member).generate_codes())


@transaction.atomic
def new_codes(member: Staff) -> list[str]:
    """New recovery codes; the old ones are useless."""
    Authenticator.objects.filter(user=member, type=Authenticator.Type.RECOVERY_CODES).delete()
    audit.note("staff.recovery_codes_made", object=f"member {member.pk}")
    return list(RecoveryCodes.activate(member).generate_codes())


def codes_left(member: Staff) -> int:
    """How many recovery codes are unused."""
    found = Authenticator.objects.filter(user=member, type=Authenticator.Type.RECOVERY_CODES).first()
    return len(found.wrap().get_unused_codes()) if found else 0


@transaction.atomic
def switch_off(member: Staff) -> None:
    """From now on the password is enough."""
    if Authenticator.objects.filter(user=member).delete()[0]:
        audit.note("staff.two_factor_off", object=f"member {member.pk}")


@transaction.atomic
def accepts(member: Staff, code: str) -> bool:
    """Whether `code` is one of the app's present codes or an unused recovery code. Each is good for one time."""
    locked = Authenticator.objects.select_for_update().filter(user=member).order_by("pk")
    for authenticator in locked:
        if authenticator.type == Authenticator.Type.TOTP:
            if _unused(authenticator, code) and authenticator.wrap().validate_code(code):
                _remember(authenticator, code)
                authenticator.record_usage()
                return True
        elif authenticator.wrap().validate_code(code):
            authenticator.record_usage()
            return True
    return False


def _unused(authenticator: Authenticator, code: str) -> bool:
    # allauth remembers used codes in the cache of one process; here any process must know.
    return digest(code) not in _used(authenticator)


def _used(authenticator: Authenticator) -> dict[str, float]:
    oldest = clock.now().timestamp() - REMEMBERED_SECONDS
    return {code: at for code, at in authenticator.data.get("used", {}).items() if at > oldest}


def _remember(authenticator: Authenticator, code: str) -> None:
    authenticator.data["used"] = {**_used(authenticator), digest(code): clock.now().timestamp()}
    authenticator.save(update_fields=["data"])
