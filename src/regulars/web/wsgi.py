"""What the web server loads: the application, on the workspace that REGULARS_HOME names."""

from __future__ import annotations

from regulars.platform.workspace import open_workspace
from regulars.web.serving import configure

configure(open_workspace())

from django.core.wsgi import get_wsgi_application  # noqa: E402 - Django must be set up first
from django.urls import get_resolver  # noqa: E402

application = get_wsgi_application()
_ = get_resolver().url_patterns  # every screen is loaded before the first visitor comes, not because of them
