"""Guessing is slowed down: after some failures from one address, or for one name from one address, a pause (axes).

A wrong second factor counts like a wrong password; the count starts anew after a complete sign-in.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from axes.handlers.proxy import AxesProxyHandler
from django.contrib.auth.signals import user_login_failed
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from regulars.staff import frame

PAUSE = timedelta(minutes=15)
FAILURES = 10


def limit(*_who: Any) -> int:
    """How many failures bring a pause (asked by axes)."""
    return FAILURES


def pause(*_who: Any) -> timedelta:
    """How long it is (asked by axes)."""
    return PAUSE


def paused(request: HttpRequest, email: str) -> bool:
    """Whether this visitor must wait before they may try `email` again."""
    return not AxesProxyHandler.is_allowed(request, {"username": email})


def failed(request: HttpRequest, email: str) -> None:
    """Count a failure that wasn't a password's."""
    user_login_failed.send(sender=__name__, credentials={"username": email}, request=request)


def refuse(request: HttpRequest, *_rest: Any) -> HttpResponse:
    """The answer to who must wait: 429, and for how long."""
    context = {"title": _("Too many attempts"), "minutes": int(PAUSE.total_seconds() // 60)}
    answer = frame.plain(request, "staff/paused.html", context, status=429)
    answer["Retry-After"] = str(int(PAUSE.total_seconds()))
    return answer


def described(*_who: Any) -> str:
    """What axes writes into the log instead of a name and an address."""
    return "a visitor"
