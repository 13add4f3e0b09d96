"""Sign in, with a second factor where the member has one, and sign out."""

from __future__ import annotations

from typing import Any

from django.contrib.auth import authenticate, login, logout
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.crypto import constant_time_compare
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from regulars.base import clock
from regulars.platform import audit, store
from regulars.staff import frame, second_factor, throttle
from regulars.staff.forms import Code, SignIn
from regulars.staff.guard import onward
from regulars.staff.models import Staff

START = "/"
BACKEND = "django.contrib.auth.backends.ModelBackend"
_HALFWAY = "staff.halfway"
_HALFWAY_SECONDS = 600


@require_http_methods(["GET", "HEAD", "POST"])
@sensitive_post_parameters("password")
def sign_in(request: HttpRequest) -> HttpResponse:
    """E-mail and password."""
    wanted = onward(request, request.POST.get("next", request.GET.get("next", "")), START)
    if isinstance(request.user, Staff):
        return redirect(wanted)
    form = SignIn(request.POST if request.method == "POST" else None)
    if form.is_valid():
        if throttle.paused(request, form.cleaned_data["username"]):
            return throttle.refuse(request)  # before anything is noted: the log must not grow by guessing
        member = authenticate(request, **form.cleaned_data)
        if isinstance(member, Staff):
            return _password_was_right(request, member, wanted)
        audit.note("staff.sign_in_failed", paused=throttle.paused(request, form.cleaned_data["username"]))
        form.add_error(None, _("That didn't work. Look at the address and the password once more."))
    context = {
        "title": _("Sign in"),
        "form": form,
        "next": wanted if wanted != START else "",
        "mails": bool(store.opened().settings.mail.host),
    }
    return frame.plain(request, "staff/sign_in.html", context, status=400 if form.errors else 200)


@require_http_methods(["GET", "HEAD", "POST"])
@sensitive_post_parameters("code")
def code(request: HttpRequest) -> HttpResponse:
    """The second factor of who gave the right password."""
    halfway: dict[str, Any] = request.session.get(_HALFWAY) or {}
    member = _halfway_member(halfway)
    if member is None:
        return redirect("staff:sign_in")
    form = Code(request.POST if request.method == "POST" else None)
    if form.is_valid():
        if throttle.paused(request, member.email):
            return throttle.refuse(request)
        if second_factor.accepts(member, form.cleaned_data["code"]):
            del request.session[_HALFWAY]
            return let_in(request, member, halfway["next"], factors=2)
        audit.note("staff.sign_in_failed", object=f"member {member.pk}", factor=2)
        throttle.failed(request, member.email)
        form.add_error("code", _("This code isn't right, or was used already. Wait for the next one."))
    context = {"title": _("Second step"), "form": form}
    return frame.plain(request, "staff/code.html", context, status=400 if form.errors else 200)


@require_http_methods(["GET", "HEAD", "POST"])
def sign_out(request: HttpRequest) -> HttpResponse:
    """Ask, and on the button's press end this visit."""
    if request.method != "POST":
        return frame.plain(request, "staff/sign_out.html", {"title": _("Sign out")})
    logout(request)
    return redirect("staff:sign_in")


def let_in(request: HttpRequest, member: Staff, address: str, *, factors: int = 1) -> HttpResponse:
    """Begin the member's visit, and go on to `address`."""
    login(request, member, backend=BACKEND)
    with audit.acting(audit.Actor("staff", member.pk, member.name or member.email, audit.actor().address)):
        audit.note("staff.signed_in", object=f"member {member.pk}", factors=factors)
    return redirect(address)


def _password_was_right(request: HttpRequest, member: Staff, wanted: str) -> HttpResponse:
    if not second_factor.has(member):
        return let_in(request, member, wanted)
    request.session.cycle_key()
    request.session[_HALFWAY] = {
        "member": member.pk,
        "password": member.get_session_auth_hash(),
        "at": clock.now().timestamp(),
        "next": wanted,
    }
    return redirect(reverse("staff:code"))


def _halfway_member(halfway: dict[str, Any]) -> Staff | None:
    if not halfway or clock.now().timestamp() - halfway["at"] > _HALFWAY_SECONDS:
        return None
    member = Staff.objects.filter(pk=halfway["member"], is_active=True).first()
    if member is None or not constant_time_compare(member.get_session_auth_hash(), halfway["password"]):
        return None
    return member
