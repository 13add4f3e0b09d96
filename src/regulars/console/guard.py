"""Who may open which page: one permission a view. Who acts and in which language is staff's middleware's to say.

Every view of the console is wrapped by `page`; a test walks through the addresses and finds one that isn't.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec, cast

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.utils.translation import gettext as _

from regulars.base.errors import Conflict, NotAllowed, NotFound, RegularsError
from regulars.base.words import again
from regulars.console import site
from regulars.staff import roles
from regulars.staff.guard import onward, to_sign_in
from regulars.staff.models import Staff

P = ParamSpec("P")
View = Callable[Concatenate[HttpRequest, P], HttpResponseBase]
_STATUS = {NotFound: 404, NotAllowed: 403, Conflict: 409}


def page(permission: str, *, edits: str = "", shown: bool = True) -> Callable[[View[P]], View[P]]:
    """Let in members with `permission`, for other methods than GET those with `edits`; without it only GET is known.

    shown : whether there is something to look at. A view that only changes something must not be: a link from
    elsewhere would do it, as only what is sent by a form is known to come from a page of ours.
    Nobody signed in: on to the sign-in. Not permitted: a page that says so, 403. An error that Regulars raises on
    purpose becomes its sentence on the screen.
    """
    for name in filter(None, (permission, edits)):
        if name not in roles.PERMISSIONS:
            raise KeyError(name)

    def wrap(view: View[P]) -> View[P]:
        @wraps(view)
        def guarded(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
            if not isinstance(request.user, Staff):
                return _to_sign_in(request)
            changing = request.method not in ("GET", "HEAD")
            if not (edits if changing else shown):
                return HttpResponse(status=405, headers={"Allow": "GET, HEAD" if changing else "POST"})
            if not may(request, permission) or (changing and not may(request, edits)):
                return refused(request)
            try:
                return view(request, *args, **kwargs)
            except RegularsError as error:
                return _told(request, error, changing=changing)

        guarded.permission = permission  # type: ignore[attr-defined]  # read by the matrix of routes and roles
        guarded.edits = edits  # type: ignore[attr-defined]
        return guarded

    return wrap


def member_of(request: HttpRequest) -> Staff:
    """Who is signed in."""
    return cast(Staff, request.user)


def may(request: HttpRequest, permission: str) -> bool:
    """Whether the member who is signed in may do it."""
    return roles.may(member_of(request).role, permission)


def demand(request: HttpRequest, permission: str) -> None:
    """Raises NotAllowed when the member may not do it."""
    if not may(request, permission):
        raise NotAllowed(_("Your role doesn't allow this. Ask the owner if you need it."))


def refused(request: HttpRequest) -> HttpResponse:
    """The page for what a role may not see."""
    text = _("Your role doesn't allow this page. Ask the owner if you need it.")
    return site.render(request, "console/problem.html", {"title": _("Not for your role"), "text": text}, status=403)


def back(request: HttpRequest, fallback: str) -> HttpResponseRedirect:
    """To where the form was sent from, when that is a page of ours."""
    return HttpResponseRedirect(onward(request, request.POST.get("back", ""), fallback))


def _told(request: HttpRequest, error: RegularsError, *, changing: bool) -> HttpResponse:
    if changing and request.POST.get("back"):
        messages.error(request, again(str(error)))
        return back(request, "/console/")
    status = next((code for kind, code in _STATUS.items() if isinstance(error, kind)), 400)
    context = {"title": _("That didn't work"), "text": again(str(error))}
    return site.render(request, "console/problem.html", context, status=status)


def _to_sign_in(request: HttpRequest) -> HttpResponse:
    answer = to_sign_in(request)
    if request.headers.get("HX-Request"):  # asked for a part of a page: the whole page must go
        return HttpResponse(status=401, headers={"HX-Redirect": answer.headers["Location"]})
    return answer
