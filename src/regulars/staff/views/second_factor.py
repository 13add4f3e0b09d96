"""Switch two-factor sign-in on and off for oneself, and get recovery codes."""

from __future__ import annotations

from typing import Any, cast

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.safestring import mark_safe
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from regulars.staff import frame, second_factor, throttle
from regulars.staff.forms_inside import OwnPassword, TotpCode
from regulars.staff.guard import signed_in
from regulars.staff.models import Staff

_SECRET = "staff.totp_secret"  # noqa: S105 - where the session keeps it until the app has shown a code
_methods = require_http_methods(["GET", "HEAD", "POST"])


@signed_in
@_methods
@sensitive_post_parameters("present")
def start(request: HttpRequest) -> HttpResponse:
    """Ask for the password, then show the secret to the app."""
    member = cast(Staff, request.user)
    if second_factor.has(member):
        return redirect("staff:account")

    def do() -> HttpResponse:
        request.session[_SECRET] = second_factor.new_secret()
        return redirect("staff:two_factor_confirm")

    return _with_password(
        request,
        {
            "title": _("Two-factor sign-in"),
            "text": (
                _("This firm asks for it: set it up, then go on.") + " " if second_factor.is_missing(member) else ""
            )
            + _("You will sign in with your password and a code that an app on your phone shows."),
            "button": _("Set it up"),
        },
        do,
    )


@signed_in
@_methods
@sensitive_post_parameters("code")
def confirm(request: HttpRequest) -> HttpResponse:
    """Show the QR code, and switch on when the app shows the right digits."""
    member = cast(Staff, request.user)
    secret = request.session.get(_SECRET)
    if not secret or second_factor.has(member):
        return redirect("staff:account")
    form = TotpCode(request.POST if request.method == "POST" else None)
    if form.is_valid():
        codes = second_factor.switch_on(member, secret, form.cleaned_data["code"])
        if codes is not None:
            del request.session[_SECRET]
            return _codes(request, codes)
        form.add_error(
            "code", _("The app shows something else. Look at the clock of your phone, and try the next code.")
        )
    context = {
        "title": _("Show this to your app"),
        "form": form,
        "picture": mark_safe(second_factor.picture(member, secret)),  # noqa: S308 - drawn from the secret by ourselves
        "secret": " ".join(secret[place : place + 4] for place in range(0, len(secret), 4)),
    }
    return frame.plain(request, "staff/two_factor.html", context, status=400 if form.errors else 200)


@signed_in
@_methods
@sensitive_post_parameters("present")
def codes(request: HttpRequest) -> HttpResponse:
    """New recovery codes."""
    member = cast(Staff, request.user)
    if not second_factor.has(member):
        return redirect("staff:account")
    return _with_password(
        request,
        {
            "title": _("New recovery codes"),
            "text": _("The codes that you have now will be useless."),
            "button": _("Show new codes"),
        },
        lambda: _codes(request, second_factor.new_codes(member)),
    )


@signed_in
@_methods
@sensitive_post_parameters("present")
def switch_off(request: HttpRequest) -> HttpResponse:
    """Back to the password alone."""
    member = cast(Staff, request.user)

    def do() -> HttpResponse:
        second_factor.switch_off(member)
        messages.success(request, _("Two-factor sign-in is off."))
        return redirect("staff:account")

    return _with_password(
        request,
        {
            "title": _("Switch two-factor sign-in off"),
            "text": _("Your password will be enough to sign in. The recovery codes will be useless."),
            "button": _("Switch off"),
        },
        do,
    )


def _codes(request: HttpRequest, made: list[str]) -> HttpResponse:
    context = {"title": _("Your recovery codes"), "codes": [f"{code[:4]} {code[4:]}" for code in made]}
    return frame.plain(request, "staff/codes.html", context)


def _with_password(request: HttpRequest, context: dict[str, Any], do: Any) -> HttpResponse:
    member = cast(Staff, request.user)
    if request.method == "POST" and throttle.paused(request, member.email):
        return throttle.refuse(request)
    form = OwnPassword(request.POST if request.method == "POST" else None, member=member)
    if form.is_valid():
        return cast(HttpResponse, do())
    if form.errors:
        throttle.failed(request, member.email)
    context = {**context, "form": form, "back": reverse("staff:account"), "username": member.email}
    return frame.plain(request, "staff/ask.html", context, status=400 if form.errors else 200)
