"""Make Django ready to serve one workspace: its database, its key, its address."""

from __future__ import annotations

from urllib.parse import urlsplit

from regulars.platform import store
from regulars.platform.workspace import Workspace


def configure(workspace: Workspace) -> None:
    """Set Django up for the server on this workspace; its tables are brought up to date."""
    store.prepare(store.SERVER)
    from django.conf import settings

    address = urlsplit(workspace.settings.web.address)
    secure = address.scheme == "https"
    settings.SECRET_KEY = workspace.secret_key()
    settings.ALLOWED_HOSTS = [address.hostname or "127.0.0.1", "127.0.0.1", "localhost", "[::1]"]
    settings.CSRF_TRUSTED_ORIGINS = [workspace.settings.web.address]
    settings.SESSION_COOKIE_SECURE = settings.CSRF_COOKIE_SECURE = secure
    settings.SECURE_HSTS_SECONDS = 31_536_000 if secure else 0
    settings.TRUSTED_PROXIES = workspace.settings.web.proxies
    store.start(workspace, store.SERVER)
