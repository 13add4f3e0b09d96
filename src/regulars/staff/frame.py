"""The frame around pages. Pages about other members, keys and the audit log belong to the console's settings: the
console, which this room doesn't know, gives its frame when it starts.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.cache import patch_cache_control

PLAIN = "staff/frame.html"


class Show(Protocol):
    """Renders a template that extends `staff_base` from its context."""

    def __call__(
        self, request: HttpRequest, template: str, context: Mapping[str, Any], *, status: int = 200
    ) -> HttpResponse: ...


def plain(request: HttpRequest, template: str, context: Mapping[str, Any], *, status: int = 200) -> HttpResponse:
    """The page in this room's own narrow frame, which needs neither scripts nor a sign-in."""
    answer = render(request, template, {"staff_base": PLAIN, **context}, status=status)
    patch_cache_control(answer, private=True, no_store=True)
    return answer


_inside: list[Show] = [plain]


def install(show: Show) -> None:
    """From now on pages of the settings are shown by `show`."""
    _inside[0] = show


def inside(request: HttpRequest, template: str, context: Mapping[str, Any], *, status: int = 200) -> HttpResponse:
    """The page in the console's frame, where there is one."""
    return _inside[0](request, template, context, status=status)
