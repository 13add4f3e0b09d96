"""Doors: what a view says about who may come in. Every view of staff has one of these decorators."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _

from regulars.staff import frame, roles
from regulars.staff.models import Staff

_View = TypeVar("_View", bound=Callable[..., HttpResponse])


def allowed(request: HttpRequest, permission: str) -> bool:
    """Whether whoever sent this request may do it."""
    return isinstance(request.user, Staff) and roles.may(request.user.role, permission)


def signed_in(view: _View) -> _View:
    """Members only; anybody else is sent to the sign-in page, and back here afterwards."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **words: Any) -> HttpResponse:
        if not isinstance(request.user, Staff):
            return to_sign_in(request)
        return view(request, *args, **words)

    return guarded  # type: ignore[return-value]  # functools.wraps keeps the signature


def needs(permission: str) -> Callable[[_View], _View]:
    """Members whose role has `permission`; other members are refused (403), others sent to the sign-in page."""
    if permission not in roles.PERMISSIONS:
        raise KeyError(permission)

    def door(view: _View) -> _View:
        @wraps(view)
        def guarded(request: HttpRequest, *args: Any, **words: Any) -> HttpResponse:
            if not allowed(request, permission):
                return refused(request)
            return view(request, *args, **words)

        return signed_in(guarded)  # type: ignore[return-value]  # as above

    return door


def refused(request: HttpRequest) -> HttpResponse:
    """The page for what a role doesn't allow."""
    context = {
        "title": _("Not for your role"),
        "text": _("Your role doesn't allow this. Ask the owner if you need it."),
    }
    return frame.plain(request, "staff/problem.html", context, status=403)


def to_sign_in(request: HttpRequest) -> HttpResponse:
    """Send to the sign-in page; a page that was only looked at is where they go on."""
    address = reverse("staff:sign_in")
    if request.method == "GET":
        address += "?" + urlencode({"next": request.get_full_path()})
    return redirect(address)


def onward(request: HttpRequest, wanted: str, otherwise: str) -> str:
    """`wanted` when it is an address of this very server, else `otherwise`: nobody is sent elsewhere."""
    inside = url_has_allowed_host_and_scheme(wanted, {request.get_host()}, require_https=request.is_secure())
    return wanted if inside else otherwise
