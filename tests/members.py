"""Members of staff for tests, and browsers in which they are signed in."""

from __future__ import annotations

from django.test import Client

from regulars.base import clock
from regulars.staff.models import Staff

PASSWORD = "a long enough one"
BACKEND = "django.contrib.auth.backends.ModelBackend"


def member(role: str, *, email: str = "", name: str = "", password: str | None = PASSWORD) -> Staff:
    """A new member with this role."""
    return Staff.objects.create_user(
        email or f"{role}@kohvik.example", password, name=name or role.title(), role=role, created_at=clock.now()
    )


def browser(who: Staff | None = None, **headers: str) -> Client:
    """A browser, in which `who` is signed in."""
    client = Client(headers=headers or {"user-agent": "Mozilla/5.0 (Windows) Firefox/150"})
    if who is not None:
        client.force_login(who, backend=BACKEND)
    return client
