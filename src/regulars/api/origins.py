"""Which websites may send from the browser: the setting `origins` of `[stream]`, and what browsers ask beforehand."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse

from regulars.api.problems import Problem
from regulars.api.requests import header
from regulars.platform import store

_HEADERS = "Authorization, Content-Type, Content-Encoding, Regulars-Detail, Idempotency-Key, X-Retry-Count"
_REMEMBERED_SECONDS = 86_400


def check(request: HttpRequest) -> None:
    """Raises Problem for a page of a website that may not send. It keeps honest browsers in order; no program."""
    origin = header(request, "Origin")
    if origin and not _allowed(origin):
        raise Problem(403, "wrong_origin", "This website is not among `origins` of [stream].")


def allow(request: HttpRequest, response: HttpResponse) -> HttpResponse:
    """The response, with what lets a page of an allowed website read it."""
    origin = header(request, "Origin")
    if not origin:
        return response
    if _any():
        response["Access-Control-Allow-Origin"] = "*"
    else:
        response["Vary"] = "Origin"
        if _allowed(origin):
            response["Access-Control-Allow-Origin"] = origin
    response["Access-Control-Expose-Headers"] = "Retry-After, X-RateLimit-Reset"
    return response


def preflight(request: HttpRequest) -> HttpResponse:
    """What a browser is told that asks whether its page may send."""
    response = allow(request, HttpResponse(status=204))
    if "Access-Control-Allow-Origin" in response:
        response["Access-Control-Allow-Methods"] = "POST"
        response["Access-Control-Allow-Headers"] = _HEADERS
        response["Access-Control-Max-Age"] = str(_REMEMBERED_SECONDS)
    return response


def _any() -> bool:
    return "*" in store.opened().settings.stream.origins.split()


def _allowed(origin: str) -> bool:
    wanted = store.opened().settings.stream.origins.split()
    return "*" in wanted or origin.lower().rstrip("/") in (one.lower().rstrip("/") for one in wanted)
