"""Secrets that are needed again, sealed with the workspace's key: a copy of the database alone gives none of them."""

from __future__ import annotations

import base64
from hashlib import sha256
from typing import Any

from django.conf import settings

from regulars.base.errors import Damaged


def seal(secret: str) -> str:
    """The secret as it is kept."""
    return str(_cipher().encrypt(secret.encode()).decode())


def opened(sealed: str) -> str:
    """The secret. Raises Damaged where the workspace's key is another one than when it was sealed."""
    from cryptography.fernet import InvalidToken

    try:
        return str(_cipher().decrypt(sealed.encode()).decode())
    except InvalidToken:
        raise Damaged(
            "Secrets of webhooks can't be read: secret.key (or REGULARS_SECRET_KEY) is another one than when they were "
            "made. Put the old one back, or give the shops and addresses new secrets."
        ) from None


def _cipher() -> Any:
    from cryptography.fernet import Fernet  # takes its time, and the command line never needs it

    return Fernet(base64.urlsafe_b64encode(sha256(b"webhooks " + settings.SECRET_KEY.encode()).digest()))
