"""Members of staff: who there is, invitations, roles, shutting out."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from regulars.base.errors import RegularsError
from regulars.base.words import again
from regulars.staff import actions, frame, letters, mail, queries, roles, second_factor
from regulars.staff.forms_inside import Invitation, RoleOf
from regulars.staff.guard import needs
from regulars.staff.models import Staff

_edits = needs("staff.edit")


@_edits
@require_safe
def members(request: HttpRequest) -> HttpResponse:
    """Everybody, and who is invited."""
    return _page(request, Invitation())


@_edits
@require_http_methods(["POST"])
def invite(request: HttpRequest) -> HttpResponse:
    """Make an invitation, mail it where mail is set, and show it to be copied."""
    form = Invitation(request.POST)
    by = cast(Staff, request.user)
    if form.is_valid():
        email, role = form.cleaned_data["email"], form.cleaned_data["role"]
        try:
            address = actions.invite(by, email, role)
        except RegularsError as error:
            form.add_error("email", again(str(error)))
        else:
            told = _mailed(email, role, address, by)
            return _shown(request, _("The invitation of {email}").format(email=email), told, address)
    return _page(request, form, status=400)


@_edits
@require_POST
def take_back(request: HttpRequest, invitation: int) -> HttpResponse:
    """Make an invitation useless."""
    actions.take_back_invitation(invitation)
    messages.success(request, _("The invitation can't be used any more."))
    return redirect("staff:members")


@_edits
@require_http_methods(["GET", "HEAD", "POST"])
def member(request: HttpRequest, member: int) -> HttpResponse:
    """One member: change the role, or see what else can be done."""
    who = get_object_or_404(Staff, pk=member)
    form = RoleOf(request.POST if request.method == "POST" else None, initial={"role": who.role})
    if form.is_valid():
        try:
            actions.change_role(member, form.cleaned_data["role"])
        except RegularsError as error:
            form.add_error("role", again(str(error)))
        else:
            messages.success(request, _("The role is changed."))
            return redirect("staff:members") if member != request.user.pk else redirect("staff:account")
    context = {
        "title": who.name or who.email,
        "who": who,
        "form": form,
        "role": roles.ROLES[who.role],
        "two_factor": second_factor.has(who),
        "visits": queries.visits(who),
        "itself": who.pk == request.user.pk,
    }
    return frame.inside(request, "staff/member.html", context, status=400 if form.errors else 200)


@_edits
@require_POST
def deactivate(request: HttpRequest, member: int) -> HttpResponse:
    """Shut a member out at once."""
    return _done(request, member, lambda: actions.deactivate(member), _("Shut out, and signed out everywhere."))


@_edits
@require_POST
def reactivate(request: HttpRequest, member: int) -> HttpResponse:
    """Let a member in again."""
    return _done(request, member, lambda: actions.reactivate(member), _("May sign in again."))


@_edits
@require_POST
def two_factor_off(request: HttpRequest, member: int) -> HttpResponse:
    """Switch a member's second factor off, when phone and recovery codes are lost."""
    who = get_object_or_404(Staff, pk=member)
    return _done(request, member, lambda: second_factor.switch_off(who), _("Two-factor sign-in is off."))


@_edits
@require_POST
def reset_link(request: HttpRequest, member: int) -> HttpResponse:
    """Make a link with which a member chooses a new password, and show it to be copied."""
    who = get_object_or_404(Staff, pk=member)
    try:
        address = actions.make_reset_link(cast(Staff, request.user), member)
    except RegularsError as error:
        messages.error(request, again(str(error)))
        return redirect("staff:member", member)
    told = _("Give it to them in person. It is good once, for 24 hours, and isn't shown again.")
    return _shown(request, _("A new password for {name}").format(name=who.name or who.email), told, address)


def _done(request: HttpRequest, member: int, do: Callable[[], object], told: str) -> HttpResponse:
    get_object_or_404(Staff, pk=member)
    try:
        do()
    except RegularsError as error:
        messages.error(request, again(str(error)))
    else:
        messages.success(request, told)
    return redirect("staff:member", member)


def _mailed(email: str, role: str, address: str, by: Staff) -> str:
    good = _("It is good once, for 7 days, and isn't shown again.")
    if not mail.is_set():
        return _("No mail server is set: copy the link and send it to them.") + " " + good
    try:
        letters.invite(email, role, address, by)
    except RegularsError as error:
        return _("The letter couldn't be sent: {why} Copy the link and send it to them.").format(why=error) + " " + good
    return _("A letter with this link is on its way to them.") + " " + good


def _shown(request: HttpRequest, title: str, told: str, address: str) -> HttpResponse:
    context = {"title": title, "text": told, "secret": address, "back": "staff:members"}
    return frame.inside(request, "staff/once.html", context)


def _page(request: HttpRequest, form: Invitation, *, status: int = 200) -> HttpResponse:
    context: dict[str, Any] = {
        "title": _("Members of staff"),
        "members": [(member, roles.ROLES[member.role]) for member in queries.members()],
        "invitations": [(link, roles.ROLES[link.role]) for link in queries.invitations()],
        "duties": [(roles.ROLES[role], duty) for role, duty in roles.DUTIES.items()],
        "form": form,
    }
    return frame.inside(request, "staff/members.html", context, status=status)
