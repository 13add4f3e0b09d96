"""What a customer says to a member of staff about consent, written into the ledger."""

from __future__ import annotations

from collections.abc import Mapping

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from regulars.base.errors import BadInput
from regulars.base.words import again, noted
from regulars.console.guard import back, page
from regulars.customers import actions_consent

SOURCES: Mapping[str, str | Promise] = {
    "telephone": gettext_lazy("by telephone"),
    "in person": gettext_lazy("in person"),
    "letter": gettext_lazy("in a letter"),
    "e-mail": gettext_lazy("in an e-mail"),
}
"""How it came here. Staff spoke with the person, so the source knows that it was them."""
FROM_FILE = noted("import {number}")
"""How it came here otherwise, as `customers.consent_files` writes it."""


def source_said(source: str) -> str:
    """How it came here, in words."""
    return str(SOURCES.get(source) or again(source))


@page("customers.view", edits="consent.edit", shown=False)
def say(request: HttpRequest, customer_id: int) -> HttpResponse:
    """Write down a yes or a no, an objection to being analysed, or its end."""
    source = request.POST.get("source", "")
    if source not in SOURCES:
        raise BadInput(_("Say how the customer told you."))
    match request.POST.get("verb", ""):
        case "yes" | "no" as verb:
            purpose, channel = request.POST.get("purpose", ""), request.POST.get("channel", "")
            actions_consent.say(customer_id, purpose, channel, given=verb == "yes", source=source, verified=True)
        case "object":
            actions_consent.object_to_analysis(customer_id, source=source)
        case "end_objection":
            actions_consent.end_objection(customer_id)
        case _unknown:
            raise BadInput(_("Choose what to do."))
    messages.success(request, _("Written down."))
    return back(request, reverse("console:customer", args=[customer_id]))
