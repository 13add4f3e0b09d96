"""At the edge of every request: who acts, in which language, and whether their visit still counts."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack

from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse
from django.utils import translation

from regulars.platform.audit import Actor, acting
from regulars.staff import visits
from regulars.staff.models import Staff


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
            return self._get_response(request)
