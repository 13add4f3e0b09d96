"""The firm and its mail: shown to whoever may see settings, changed by whoever may, written into regulars.toml."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import msgspec
from django import forms as django_forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _

from regulars.base.errors import BadInput
from regulars.base.words import again
from regulars.console import site
from regulars.console.guard import may, page
from regulars.console.settings import forms
from regulars.intake.models import Import
from regulars.platform import settings_actions, store


@page("settings.view", edits="settings.edit")
def show(request: HttpRequest) -> HttpResponse:
    """Name, currency, time zone, language, margin, colour; and the logo, which is a form of its own."""
    firm = store.opened().settings.firm
    initial = msgspec.structs.asdict(firm) | {"country": firm.country or "", "currency": firm.currency or ""}
    initial["margin_rate"] = None if firm.margin_rate is None else round(firm.margin_rate * 100, 4)
    fixed = settings_actions.from_environment("firm")
    imported = firm.currency is not None and Import.objects.filter(state=Import.State.DONE).exists()
    verb = request.POST.get("verb", "")
    form = forms.Firm(request.POST if verb == "firm" else None, initial=initial, fixed_currency=imported, fixed=fixed)
    logo = forms.Logo(request.POST or None, request.FILES or None) if verb == "logo" else forms.Logo()
    done = False
    match verb:
        case "firm":
            done = _keep("firm", form, firm)
        case "logo":
            done = _keep_logo(logo)
        case "no logo":
            settings_actions.change(store.opened(), "firm", {"logo": None})
            done = True
        case _ if request.method == "POST":
            raise BadInput(_("Choose what to do."))
    if done:
        messages.success(request, _("Kept. It holds from now on."))
        return HttpResponseRedirect(reverse("console:settings"))
    context = {"title": _("Firm"), "here": "firm", "form": form, "logo": logo, "has_logo": bool(firm.logo)}
    return _shown(request, "console/settings/firm.html", context)


@page("settings.edit", edits="settings.edit")
def mail(request: HttpRequest) -> HttpResponse:
    """How mail leaves. The password is never shown."""
    now = store.opened().settings.mail
    initial = msgspec.structs.asdict(now) | {"password": ""}
    fixed = settings_actions.from_environment("mail")
    form = forms.Mail(request.POST if request.method == "POST" else None, initial=initial, fixed=fixed)
    if request.method == "POST" and _keep("mail", form, now):
        messages.success(request, _("Kept. Send a test letter to see that it works."))
        return HttpResponseRedirect(reverse("console:mail"))
    return _shown(request, "console/settings/mail.html", {"title": _("Mail"), "here": "mail", "form": form})


def _shown(request: HttpRequest, template: str, context: dict[str, Any]) -> HttpResponse:
    wrong = any(one.errors for one in (context["form"], context.get("logo")) if one is not None and one.is_bound)
    whole = context | {"may_edit": may(request, "settings.edit")}
    return site.render(request, template, whole, status=400 if wrong else 200)


def _keep(table: str, form: django_forms.Form, now: msgspec.Struct) -> bool:
    """Write what is other than `now`; False where the form has something to say."""
    if not form.is_valid():
        return False
    changed = [name for name in form.changed_data if not form.fields[name].disabled]
    values = {name: form.cleaned_data[name] for name in changed if form.cleaned_data[name] != getattr(now, name)}
    if not values:
        return True
    try:
        settings_actions.change(store.opened(), table, values)
    except BadInput as error:
        form.add_error(None, again(str(error)))
        return False
    return True


def _keep_logo(form: forms.Logo) -> bool:
    if not form.is_valid():
        return False
    workspace = store.opened()
    content, ending = form.cleaned_data["logo"]
    old = workspace.settings.firm.logo
    # Another name each time: browsers keep pictures, and nobody may see half of one.
    name = f"logo-{uuid4().hex[:10]}{ending}"
    workspace.files_path.mkdir(parents=True, exist_ok=True)
    (workspace.files_path / name).write_bytes(content)
    settings_actions.change(workspace, "firm", {"logo": name})
    if old.startswith("logo-"):
        (workspace.files_path / old).unlink(missing_ok=True)
    return True
