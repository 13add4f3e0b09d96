"""The server's settings, and a small shop with hostile names."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.test.utils import override_settings
from tests.console import shops

from regulars.platform.workspace import Workspace


@pytest.fixture(autouse=True)
def _server_settings() -> Iterator[None]:
    with override_settings(ALLOWED_HOSTS=["testserver", "localhost", "127.0.0.1"]):
        yield


@pytest.fixture
def shop(workspace: Workspace) -> Workspace:
    """A workspace with twelve customers, one run and its pictures."""
    shops.fill()
    return workspace
