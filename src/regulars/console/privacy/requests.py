"""Somebody asks what is held of them, or to be forgotten."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _

from regulars.base.errors import BadInput
from regulars.base.money import digits
from regulars.console import site
from regulars.console.guard import page
from regulars.customers import forget, jobs, named, subject
from regulars.customers.forget_preview import preview
from regulars.platform import store
from regulars.report.one_customer import reasons


@page("privacy.view", edits="customers.forget", shown=False)
def find(request: HttpRequest) -> HttpResponse:
    """On to what forgetting would do, of whom a key names. By POST: a key has no place in an address."""
    country = store.opened().settings.firm.country
    number = named.customer(request.POST.get("who", ""), country=country)
    return HttpResponseRedirect(reverse("console:forget", args=[number]))


@page("customers.forget", edits="customers.forget")
def forget_them(request: HttpRequest, customer_id: int) -> HttpResponse:
    """What would go; a POST with the word that was asked for does it, in the background."""
    workspace = store.opened()
    if request.method == "POST":
        if not request.POST.get("sure"):
            raise BadInput(_("Tick the box to say that you mean it: this can't be undone."))
        forget.ask(workspace, [customer_id])
        jobs.forget.enqueue(once=True)
        messages.success(request, _("They are being forgotten. It takes some minutes; then nothing of them is left."))
        return HttpResponseRedirect(reverse("console:privacy"))
    found = preview(workspace, customer_id)
    currency = workspace.settings.firm.currency or "EUR"
    context = {
        "title": _("Forget %(name)s") % {"name": found.name},
        "customer_id": customer_id,
        "found": found,
        "held": {_(label): rows for label, rows in found.held.items()},
        "net": f"{found.net / 10 ** digits(currency):,.2f} {currency}",
    }
    return site.render(request, "console/privacy/forget.html", context)


@page("privacy.view", edits="privacy.edit", shown=False)
def tell(request: HttpRequest, customer_id: int) -> HttpResponse:
    """Everything that is held of them, as a file to give to them."""
    form = request.POST.get("form", "")
    if form not in ("json", "html"):
        raise BadInput(_("Choose a kind of file."))
    workspace = store.opened()
    found = subject.told(workspace, customer_id, reasons(workspace, customer_id))
    text = subject.as_json(found) if form == "json" else subject.as_html(found)
    # As a file and never as a page of ours: what customers wrote is in it.
    return HttpResponse(
        text,
        content_type="application/octet-stream",
        headers={
            "Content-Disposition": f'attachment; filename="customer-{customer_id}.{form}"',
            "Cache-Control": "private, no-store",
        },
    )
