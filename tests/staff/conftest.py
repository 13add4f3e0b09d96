"""Sign-in as the server has it."""

from __future__ import annotations

import pytest
from django.conf import settings


@pytest.fixture(autouse=True)
def _server_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    # Not by Django's override_settings: the store asks which settings this process was set up with.
    monkeypatch.setattr(settings, "ALLOWED_HOSTS", ["testserver", "localhost", "127.0.0.1"])
