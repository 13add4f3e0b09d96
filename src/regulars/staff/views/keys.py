"""Keys for programs: make, rotate, revoke."""

from __future__ import annotations

from datetime import timedelta
from typing import cast

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from regulars.base import clock
from regulars.base.errors import BadInput, RegularsError
from regulars.base.words import again
from regulars.staff import frame, queries
from regulars.staff import keys as programs
from regulars.staff.forms_inside import NewKey, Rotation
from regulars.staff.guard import needs
from regulars.staff.models import Key, Staff

_edits = needs("keys.edit")


@_edits
@require_safe
def keys(request: HttpRequest) -> HttpResponse:
    """All keys; of each only its beginning."""
    return _page(request, NewKey())


@_edits
@require_POST
def make(request: HttpRequest) -> HttpResponse:
    """Make a key, and show it this once."""
    form = NewKey(request.POST)
    if form.is_valid():
        try:
            given = form.cleaned_data
            key, text = programs.make(
                given["name"], given["scopes"], shop=given["shop"], by=cast(Staff, request.user).pk
            )
        except RegularsError as error:
            form.add_error(None, again(str(error)))
        else:
            return _shown(request, _("The key of {name} for {shop}").format(name=key.name, shop=key.shop), text)
    return _page(request, form, status=400)


@_edits
@require_POST
def rotate(request: HttpRequest, key: int) -> HttpResponse:
    """Give a key a new secret, and show it this once."""
    found = get_object_or_404(Key, pk=key)
    form = Rotation(request.POST)
    try:
        if not form.is_valid():
            raise BadInput(_("Choose when the old key ends."))
        text = programs.rotate(key, grace=timedelta(hours=form.cleaned_data["grace_hours"]))
    except RegularsError as error:
        messages.error(request, again(str(error)))
        return redirect("staff:keys")
    return _shown(request, _("The new key of {name}").format(name=found.name), text)


@_edits
@require_POST
def revoke(request: HttpRequest, key: int) -> HttpResponse:
    """Make a key useless."""
    get_object_or_404(Key, pk=key)
    programs.revoke(key)
    messages.success(request, _("The key is good for nothing now."))
    return redirect("staff:keys")


def _shown(request: HttpRequest, title: str, text: str) -> HttpResponse:
    told = _("Put it into the program's settings. It isn't shown again.")
    return frame.inside(
        request, "staff/once.html", {"title": title, "text": told, "secret": text, "back": "staff:keys"}
    )


def _page(request: HttpRequest, form: NewKey, *, status: int = 200) -> HttpResponse:
    context = {
        "title": _("Keys for programs"),
        "keys": [(key, [programs.SCOPES[scope] for scope in key.scopes]) for key in queries.all_keys()],
        "shops": queries.shops(),
        "now": clock.now(),
        "form": form,
        "rotation": Rotation(auto_id=False),
    }
    return frame.inside(request, "staff/keys.html", context, status=status)
