"""One's own account: name, language, password, and where one is signed in."""

from __future__ import annotations

from typing import cast

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from regulars.staff import actions, frame, queries, roles, second_factor, throttle, visits
from regulars.staff.forms_inside import ChangePassword, Details
from regulars.staff.guard import signed_in
from regulars.staff.models import Staff

_methods = require_http_methods(["GET", "HEAD", "POST"])


@signed_in
@_methods
def account(request: HttpRequest) -> HttpResponse:
    """Name and language, and what else there is to set."""
    member = cast(Staff, request.user)
    form = Details(
        request.POST if request.method == "POST" else None, initial={"name": member.name, "language": member.language}
    )
    if form.is_valid():
        actions.change_details(member, **form.cleaned_data)
        messages.success(request, _("Kept."))
        return redirect("staff:account")
    context = {
        "title": _("Your account"),
        "form": form,
        "member": member,
        "role": roles.ROLES[member.role],
        "duty": roles.DUTIES[member.role],
        "two_factor": second_factor.has(member),
        "codes_left": second_factor.codes_left(member),
        "visits": queries.visits(member),
        "here": request.session.session_key,
    }
    return frame.plain(request, "staff/account.html", context, status=400 if form.errors else 200)


@signed_in
@_methods
@sensitive_post_parameters("present", "password", "again")
def password(request: HttpRequest) -> HttpResponse:
    """Another password. Visits on other devices end."""
    member = cast(Staff, request.user)
    form = ChangePassword(request.POST if request.method == "POST" else None, member=member)
    if request.method == "POST" and throttle.paused(request, member.email):
        return throttle.refuse(request)
    if form.is_valid():
        actions.change_password(member, form.cleaned_data["password"], session_key=request.session.session_key)
        visits.renew(request, member)
        messages.success(request, _("The new password is kept. You are signed out on all other devices."))
        return redirect("staff:account")
    if "present" in form.errors:
        throttle.failed(request, member.email)
    context = {
        "title": _("Another password"),
        "form": form,
        "text": _("You are signed out on all other devices."),
        "button": _("Keep the new password"),
        "username": member.email,
        "back": reverse("staff:account"),
    }
    return frame.plain(request, "staff/ask.html", context, status=400 if form.errors else 200)


@signed_in
@require_POST
def end_visit(request: HttpRequest, visit: int) -> HttpResponse:
    """Sign oneself out on another device."""
    visits.end(cast(Staff, request.user), only=visit)
    return redirect("staff:account")


@signed_in
@require_POST
def end_other_visits(request: HttpRequest) -> HttpResponse:
    """Sign oneself out everywhere but here."""
    visits.end(cast(Staff, request.user), but=request.session.session_key)
    messages.success(request, _("You are signed out on all other devices."))
    return redirect("staff:account")
