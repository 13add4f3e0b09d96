"""Tables of this room: members of staff."""

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
