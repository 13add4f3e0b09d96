"""Who asks: the visitor's address and scheme, as the firm's own proxies tell them and nobody else.

Anybody can write X-Forwarded-For. Each proxy adds the address it was called from at the end, so with n trusted proxies
(`proxies` of `[web]`) the nth from the right was written by the outermost of them; what is left of it came from the
visitor and is not believed.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from ipaddress import ip_address

from django.conf import settings
from django.http import HttpRequest, HttpResponseBase

_FOR, _PROTO = "HTTP_X_FORWARDED_FOR", "HTTP_X_FORWARDED_PROTO"
_UNTRUSTED = ("HTTP_X_REAL_IP", "HTTP_FORWARDED", "HTTP_X_FORWARDED_HOST", "HTTP_X_FORWARDED_PORT")


class VisitorMiddleware:
    """Puts the visitor's address into REMOTE_ADDR and their scheme into the request; comes before all others."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        told = request.META.pop(_FOR, "")
        scheme = request.META.pop(_PROTO, "")
        for name in _UNTRUSTED:
            request.META.pop(name, None)
        proxies = int(settings.TRUSTED_PROXIES)
        request.META["REMOTE_ADDR"] = address(request.META.get("REMOTE_ADDR", ""), told, proxies)
        if proxies and scheme.rsplit(",", 1)[-1].strip().lower() == "https":
            request.META["wsgi.url_scheme"] = "https"
            request.environ["wsgi.url_scheme"] = "https"  # type: ignore[attr-defined]  # served through WSGI only
        return self._get_response(request)


def address(peer: str, forwarded_for: str, proxies: int) -> str:
    """The visitor's address: the nth from the right where `proxies` is n, `peer` where it isn't told.

    peer : who is connected, with or without a port.  forwarded_for : the header's text.
    """
    told = [part.strip() for part in forwarded_for.split(",") if part.strip()]
    if proxies and len(told) >= proxies:
        found = plain_address(told[-proxies])
        if found:
            return found
    return plain_address(peer) or ""


@lru_cache(256)
def plain_address(text: str) -> str | None:
    """The address in `text` without brackets and port, None when there is none."""
    text = text.strip()
    candidates = [text]
    if text.startswith("["):
        candidates.append(text[1:].partition("]")[0])
    elif text.count(":") == 1:
        candidates.append(text.partition(":")[0])
    for candidate in candidates:
        try:
            return str(ip_address(candidate))
        except ValueError:
            continue
    return None
