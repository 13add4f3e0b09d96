"""What Django refuses before any view is asked."""

from __future__ import annotations

from django.core.exceptions import RequestDataTooBig
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.views import defaults

from regulars.staff import frame

_PAGES = ("/staff/", "/console/")


def refused(request: HttpRequest, exception: Exception) -> HttpResponse:
    """A page for whoever gave too large a file to a form; programs, and what else is wrong, get Django's own answer."""
    if not isinstance(exception, RequestDataTooBig) or not request.path.startswith(_PAGES):
        return defaults.bad_request(request, exception)
    context = {"title": _("That didn't work"), "text": _("What you sent is too large. Choose a smaller file.")}
    return frame.plain(request, "staff/problem.html", context, status=400)
