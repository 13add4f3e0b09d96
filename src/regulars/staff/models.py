"""Tables of this room: members of staff, their visits, one-time links, keys for programs."""

from __future__ import annotations

from typing import Any, ClassVar

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager
from django.db import models


class Role(models.TextChoices):
    """What a member of staff is here for; `roles` says what each may do."""

    OWNER = "owner"
    MARKETER = "marketer"
    ANALYST = "analyst"
    AGENT = "agent"
    VIEWER = "viewer"


class StaffManager(BaseUserManager["Staff"]):
    """Makes members; there is no public registration."""

    def create_user(self, email: str, password: str | None = None, **fields: Any) -> Staff:
        """A member who signs in with `email`."""
        member = self.model(email=self.normalize_email(email).lower(), **fields)
        member.set_password(password)
        member.save()
        return member


class Staff(AbstractBaseUser):
    """A member of staff, who signs in with their e-mail address."""

    email = models.EmailField(unique=True)
    name = models.CharField(max_length=200, default="")
    role = models.CharField(max_length=10, choices=Role.choices)
    language = models.CharField(max_length=10, default="")  # of screens; empty follows the browser
    is_active = models.BooleanField(default=True)
    created_at = models.DateTimeField()

    objects: ClassVar = StaffManager()
    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"

    @property
    def is_staff(self) -> bool:
        """Whether the console lets them in: every member, as long as they are active."""
        return self.is_active

    def has_perm(self, _permission: str, _thing: object = None) -> bool:
        """Django's own permissions aren't used: `roles` decides. The owner is let in everywhere."""
        return self.is_active and self.role == Role.OWNER

    def has_module_perms(self, _app: str) -> bool:
        return self.has_perm("")


class Link(models.Model):
    """A one-time link that lets somebody in who has no password yet, or no longer. Only its hash is kept."""

    class Kind(models.TextChoices):
        FIRST = "first"  # makes the first owner
        INVITATION = "invitation"  # makes a member with `email` and `role`
        RESET = "reset"  # gives `member` a new password

    kind = models.CharField(max_length=10, choices=Kind.choices)
    token_hash = models.CharField(max_length=64, unique=True)
    email = models.EmailField(default="")
    role = models.CharField(max_length=10, choices=Role.choices, default="")
    member = models.ForeignKey(Staff, null=True, on_delete=models.CASCADE, related_name="links")
    made_by = models.BigIntegerField(null=True)  # the member of staff who made it; null is Regulars itself
    made_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)
    revoked_at = models.DateTimeField(null=True)


class Visit(models.Model):
    """One device on which a member is signed in. Without its row the session counts for nothing."""

    member = models.ForeignKey(Staff, on_delete=models.CASCADE, related_name="visits")
    session_key = models.CharField(max_length=40, unique=True)
    device = models.CharField(max_length=80, default="")  # as in "Firefox, Windows"
    address = models.GenericIPAddressField(null=True)
    began_at = models.DateTimeField()
    seen_at = models.DateTimeField()


class Key(models.Model):
    """A key with which a program comes in. Only hashes of its secret are kept."""

    name = models.CharField(max_length=100)
    handle = models.CharField(max_length=20, unique=True)  # the public beginning, by which people tell keys apart
    digest = models.CharField(max_length=64)
    old_digest = models.CharField(max_length=64, default="")  # of the secret before, good until `old_until`
    old_until = models.DateTimeField(null=True)
    scopes = models.JSONField(default=list)
    shop = models.CharField(max_length=60, default="shop", db_default="shop")  # whose ids the program speaks of
    made_by = models.BigIntegerField(null=True)  # the member of staff; null is the command line
    made_at = models.DateTimeField()
    rotated_at = models.DateTimeField(null=True)
    last_used_at = models.DateTimeField(null=True)
    revoked_at = models.DateTimeField(null=True)
