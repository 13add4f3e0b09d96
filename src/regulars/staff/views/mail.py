"""Try the mail settings."""

from __future__ import annotations

from typing import cast

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from regulars.base.errors import RegularsError
from regulars.base.words import again
from regulars.platform import store
from regulars.staff import frame, mail
from regulars.staff.guard import needs
from regulars.staff.models import Staff


@needs("settings.edit")
@require_http_methods(["GET", "HEAD", "POST"])
def mail_page(request: HttpRequest) -> HttpResponse:
    """Show how mail leaves, and send a letter to whoever asks."""
    to = cast(Staff, request.user).email
    failure = ""
    if request.method == "POST":
        try:
            mail.send_test(to)
        except RegularsError as error:
            failure = again(str(error))
        else:
            messages.success(request, _("A test letter is on its way to {address}.").format(address=to))
            return redirect("staff:mail")
    context = {"title": _("Mail"), "mail": store.opened().settings.mail, "to": to, "failure": failure}
    return frame.inside(request, "staff/mail.html", context, status=400 if failure else 200)
