"""What this room holds: of members of staff, nothing of customers."""

from __future__ import annotations

from regulars.platform import registry
from regulars.platform.registry import NotPersonal


def register() -> None:
    """Say so to the inventory of customers' data."""
    registry.not_personal.add(
        NotPersonal(
            "staff.Staff",
            ("password", "last_login", "email", "name", "role", "language", "is_active", "created_at"),
            "of members of staff; the owner changes and shuts them out under Staff",
        ),
        NotPersonal(
            "staff.Link",
            ("kind", "token_hash", "email", "role", "made_by", "made_at", "expires_at", "used_at", "revoked_at"),
            "of members of staff who are invited; pruned when it is over",
        ),
        NotPersonal(
            "staff.Visit",
            ("session_key", "device", "address", "began_at", "seen_at"),
            "of members of staff who are signed in; pruned when it is over",
        ),
        NotPersonal(
            "staff.Key",
            (
                "name",
                "handle",
                "digest",
                "old_digest",
                "old_until",
                "scopes",
                "shop",
                "made_by",
                "made_at",
                "rotated_at",
                "last_used_at",
                "revoked_at",
            ),
            "of programs",
        ),
    )
