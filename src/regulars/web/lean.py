"""The way for programs: Django's views behind three layers instead of fifteen.

Programs have no session, no cookie, no language and no form, so what handles these would only cost time: a tenth of
the work for a single event. Which addresses go this way, `PREFIXES` says; the views are those of `urls` all the same.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.core.handlers.exception import convert_exception_to_response
from django.core.handlers.wsgi import WSGIHandler
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.urls import ResolverMatch
from django.utils import translation

from regulars.api import ingest
from regulars.web.requests import RequestLogMiddleware
from regulars.web.visitors import VisitorMiddleware

PREFIXES = ("/v1/", "/api/", "/hooks/", "/r.js")
OFTEN = frozenset((*(f"/v1/{call}" for call in ingest.CALLS), "/api/v1/events"))
_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'",
}


class PlainMiddleware:
    """Speaks English, and gives every answer what protects whoever shows it; a view may have said it itself."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        translation.activate("en")  # whoever this thread served before may have spoken another language
        response = self._get_response(request)
        for name, value in _HEADERS.items():
            response.headers.setdefault(name, value)
        if isinstance(response, HttpResponse) and response.content:
            response.headers.setdefault("Content-Length", str(len(response.content)))
        if settings.SECURE_HSTS_SECONDS and request.is_secure():
            response.headers.setdefault("Strict-Transport-Security", f"max-age={settings.SECURE_HSTS_SECONDS}")
        return response


class LeanHandler(WSGIHandler):
    """Answers by the same addresses as the rest of the server, with fewer layers before them."""

    def load_middleware(self, is_async: bool = False) -> None:  # noqa: ARG002 - as Django's own has it
        """Put the layers around the views, the innermost first."""
        self._view_middleware: list[Any] = []
        self._template_response_middleware: list[Any] = []
        self._exception_middleware: list[Any] = []
        inner = self._get_response  # type: ignore[attr-defined]  # Django's own, which its stubs leave out
        answer: Callable[..., Any] = convert_exception_to_response(inner)
        for layer in (PlainMiddleware, RequestLogMiddleware, VisitorMiddleware):
            answer = convert_exception_to_response(layer(answer))
        self._middleware_chain = answer
        self._found: dict[str, ResolverMatch] = {}

    def resolve_request(self, request: HttpRequest) -> ResolverMatch:
        """As Django's, whose patterns are gone through once for each address to which events are sent."""
        match = self._found.get(request.path_info)
        if match is None:
            match = super().resolve_request(request)
            if request.path_info in OFTEN:
                self._found[request.path_info] = match
        request.resolver_match = match
        return match
