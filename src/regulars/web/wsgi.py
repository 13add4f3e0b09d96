"""What the web server loads: the application, on the workspace that REGULARS_HOME names."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from regulars.platform.workspace import open_workspace
from regulars.web.serving import configure

configure(open_workspace())

from django.core.wsgi import get_wsgi_application  # noqa: E402 - Django must be set up first
from django.urls import get_resolver  # noqa: E402

from regulars.web.lean import PREFIXES, LeanHandler  # noqa: E402

_people = get_wsgi_application()
_programs = LeanHandler()
_ = get_resolver().url_patterns  # every screen is loaded before the first visitor comes, not because of them


def application(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    """Answer a request: of a program by the lean way, of anybody else through everything."""
    answer = _programs if environ["PATH_INFO"].startswith(PREFIXES) else _people
    return answer(environ, start_response)
