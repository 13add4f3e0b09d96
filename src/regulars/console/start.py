"""What belongs to the frame itself: where to begin, the firm's colour, the member's language."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from regulars.console import look
from regulars.console.guard import back, member_of
from regulars.platform import store
from regulars.staff import roles
from regulars.staff.guard import to_sign_in


def start(request: HttpRequest) -> HttpResponse:
    """The first page that a role has."""
    if not request.user.is_authenticated:
        return to_sign_in(request)
    insight = roles.may(member_of(request).role, "insight.view")
    return HttpResponseRedirect(reverse("console:home" if insight else "console:customers"))


@require_safe
def theme(_request: HttpRequest) -> HttpResponse:
    """The style sheet in the firm's colour; its address changes with it."""
    sheet = look.sheet(store.opened().settings.firm.colour)
    answer = HttpResponse(sheet, content_type="text/css; charset=utf-8")
    answer["Cache-Control"] = "public, max-age=31536000, immutable"
    return answer


@require_POST
def language(request: HttpRequest) -> HttpResponse:
    """Choose the language of the screens: kept with the member, and in a cookie for the sign-in."""
    chosen = request.POST.get("language", "")
    answer = back(_with_back(request), reverse("console:start"))
    if chosen in dict(settings.LANGUAGES):
        answer.set_cookie(settings.LANGUAGE_COOKIE_NAME, chosen, max_age=31_536_000, samesite="Lax", httponly=True)
        if request.user.is_authenticated:
            member = member_of(request)
            member.language = chosen
            member.save(update_fields=["language"])
    return answer


def _with_back(request: HttpRequest) -> HttpRequest:
    """Unfold's form calls the way back `next`."""
    given = request.POST.copy()
    given["back"] = given.get("next", "")
    request.POST = given  # type: ignore[assignment]  # Django allows it, its types don't
    return request
