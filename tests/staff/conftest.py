"""Sign-in as the server has it, with a cheap hash of passwords."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.conf import settings
from django.contrib.auth import hashers


@pytest.fixture(autouse=True)
def _server_settings(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    # Not by Django's override_settings: the store asks which settings this process was set up with.
    monkeypatch.setattr(settings, "ALLOWED_HOSTS", ["testserver", "localhost", "127.0.0.1"])
    monkeypatch.setattr(settings, "PASSWORD_HASHERS", ["django.contrib.auth.hashers.MD5PasswordHasher"])
    hashers.get_hashers.cache_clear()
    yield
    monkeypatch.undo()
    hashers.get_hashers.cache_clear()
