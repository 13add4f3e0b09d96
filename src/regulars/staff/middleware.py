"""At the edge of every request: who acts, in which language, and whether their visit still counts."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack

from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _

from regulars.base.errors import Conflict, Damaged, NotAllowed, NotFound, RegularsError
from regulars.base.words import again
from regulars.platform.audit import Actor, acting
from regulars.staff import frame, second_factor, visits
from regulars.staff.models import Staff

_STATUS = {NotFound: 404, NotAllowed: 403, Conflict: 409, Damaged: 500}


class StaffMiddleware:
    """Sets the audit log's actor. Stands after Django's AuthenticationMiddleware."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        address = request.META.get("REMOTE_ADDR") or None  # the visitor's: `web` has asked the proxies
        member = request.user
        # Django asks for the member anew at every request and drops inactive ones; ended visits are ours to drop.
        if isinstance(member, Staff) and not visits.goes_on(request, member, address):
            logout(request)
            member = request.user
        with ExitStack() as held:
            if not isinstance(member, Staff):
                held.enter_context(acting(Actor("staff", address=address)))
                return self._get_response(request)
            held.enter_context(acting(Actor("staff", member.pk, member.name or member.email, address)))
            if member.language:
                held.enter_context(translation.override(member.language))
                request.LANGUAGE_CODE = member.language
            if not _open_without_second_factor(request.path) and second_factor.is_missing(member):
                return redirect("staff:two_factor")
            return self._get_response(request)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        """What Regulars raises on purpose becomes a page with its sentence, where the view hasn't done that itself."""
        if not isinstance(error, RegularsError):
            return None
        status = next((code for kind, code in _STATUS.items() if isinstance(error, kind)), 400)
        context = {"title": _("That didn't work"), "text": again(str(error))}
        return frame.plain(request, "staff/problem.html", context, status=status)


def _open_without_second_factor(path: str) -> bool:
    """Where a member may go who must set their second factor up first: there, out, and to what draws the page."""
    if path.startswith(reverse("staff:two_factor")):
        return True
    return path in (reverse("staff:sign_out"), reverse("staff:colour"), reverse("staff:logo"))
