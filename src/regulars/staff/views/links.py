"""Pages of one-time links: the first owner, invitations, new passwords; and where one says that one forgot it."""

from __future__ import annotations

from collections.abc import Callable

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from regulars.base.errors import RegularsError
from regulars.base.words import again
from regulars.staff import actions, first, frame, links, mail, roles
from regulars.staff.forms import Email, FirstOwner, Joining, NewPassword
from regulars.staff.jobs import mail_reset
from regulars.staff.models import Link, Staff
from regulars.staff.views.sign_in import START, let_in

_secret = sensitive_post_parameters("password", "again")
_methods = require_http_methods(["GET", "HEAD", "POST"])


@_methods
@_secret
def make_first_owner(request: HttpRequest, secret: str) -> HttpResponse:
    """Name, address and password of the first owner."""
    link = links.find(Link.Kind.FIRST, secret)
    if link is None or first.has_owner():
        return _useless(request)
    form = FirstOwner(request.POST if request.method == "POST" else None)
    context = {
        "title": _("Welcome"),
        "text": _("You will be the owner: you see and may do everything, and you invite the others."),
        "button": _("Begin"),
    }
    return _use(
        request,
        form,
        context,
        lambda: let_in(
            request,
            first.make_owner(
                link,
                name=form.cleaned_data["name"],
                email=form.cleaned_data["email"],
                password=form.cleaned_data["password"],
            ),
            START,
        ),
    )


@_methods
@_secret
def join(request: HttpRequest, secret: str) -> HttpResponse:
    """Name and password of somebody who was invited."""
    link = links.find(Link.Kind.INVITATION, secret)
    if link is None:
        return _useless(request)
    form = Joining(request.POST if request.method == "POST" else None, member=Staff(email=link.email))
    context = {
        "title": _("You are invited"),
        "text": _("You will sign in as {email}, with the role {role}: {duty}").format(
            email=link.email, role=roles.ROLES[link.role], duty=roles.DUTIES[link.role]
        ),
        "button": _("Join"),
        "username": link.email,
    }
    return _use(
        request,
        form,
        context,
        lambda: let_in(
            request,
            actions.join(link, name=form.cleaned_data["name"], password=form.cleaned_data["password"]),
            START,
        ),
    )


@_methods
@_secret
def reset(request: HttpRequest, secret: str) -> HttpResponse:
    """A new password. It signs nobody in: where a second factor is needed, it still is."""
    link = links.find(Link.Kind.RESET, secret)
    if link is None:
        return _useless(request)
    form = NewPassword(request.POST if request.method == "POST" else None, member=link.member)
    context = {
        "title": _("A new password"),
        "text": _("You are signed out everywhere, and sign in with the new password."),
        "button": _("Keep the new password"),
        "username": link.member.email if link.member else "",
    }

    def do() -> HttpResponse:
        actions.reset_password(link, form.cleaned_data["password"])
        messages.success(request, _("The new password is kept. Sign in with it."))
        return redirect("staff:sign_in")

    return _use(request, form, context, do)


@_methods
def forgot(request: HttpRequest) -> HttpResponse:
    """Say whose password is forgotten. The answer is the same whether there is such a member or not."""
    if not mail.is_set():
        context = {
            "title": _("Password forgotten"),
            "text": _("This firm sends no mail. Ask an owner for a link with which you choose a new password."),
        }
        return frame.plain(request, "staff/told.html", context)
    form = Email(request.POST if request.method == "POST" else None)
    if form.is_valid():
        member = Staff.objects.filter(email=form.cleaned_data["email"], is_active=True).first()
        if member is not None:
            mail_reset.enqueue(member=member.pk, once=True)
        context = {
            "title": _("Look into your mail"),
            "text": _("If there is a member with this address, a letter with a link is on its way to them."),
        }
        return frame.plain(request, "staff/told.html", context)
    asked: dict[str, object] = {
        "title": _("Password forgotten"),
        "text": _("Type your address. We send you a link with which you choose a new one."),
        "button": _("Send the link"),
        "form": form,
    }
    return frame.plain(request, "staff/ask.html", asked, status=400 if form.errors else 200)


def _use(
    request: HttpRequest,
    form: NewPassword,
    context: dict[str, str],
    do: Callable[[], HttpResponse],
) -> HttpResponse:
    if form.is_valid():
        try:
            return do()
        except RegularsError as error:
            form.add_error(None, again(str(error)))
    return frame.plain(request, "staff/ask.html", {**context, "form": form}, status=400 if form.errors else 200)


def _useless(request: HttpRequest) -> HttpResponse:
    context = {
        "title": _("This link is no longer good"),
        "text": _("It was used already, taken back, or its time is over. Ask for a new one."),
    }
    return frame.plain(request, "staff/told.html", context, status=410)
