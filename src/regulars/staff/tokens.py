"""Secrets that are shown once: made at random, kept as hashes."""

from __future__ import annotations

import secrets
from hashlib import sha256

SECRET_BYTES = 32


def fresh() -> str:
    """A new secret of 256 random bits, safe in addresses."""
    return secrets.token_urlsafe(SECRET_BYTES)


def digest(secret: str) -> str:
    """What is kept of it: 64 hexadecimal digits. A plain hash will do, as nobody can guess 256 bits."""
    return sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()
