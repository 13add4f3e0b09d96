"""A server's application on a workspace, without a server."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator

import msgspec
import pytest
from django.test import Client
from django.test.utils import override_settings

from regulars.platform.workspace import Workspace
from regulars.web.serving import configure


@pytest.fixture
def browse(workspace: Workspace) -> Iterator[Callable[..., Client]]:
    """Gives a browser of the application, with settings of `[web]` changed as asked."""
    with override_settings():

        def made(**web: object) -> Client:
            settings = workspace.settings
            changed = msgspec.structs.replace(settings, web=msgspec.structs.replace(settings.web, **web))
            configure(dataclasses.replace(workspace, settings=changed))
            return Client(headers={"host": changed.web.address.rpartition("/")[2]})

        yield made
