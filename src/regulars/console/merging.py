"""Two customers that turn out to be one: find the other, see what would happen, do it, undo it."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from regulars.base.errors import BadInput, NotFound
from regulars.console import customer_reads, site
from regulars.console.guard import may, page
from regulars.customers import actions_merges, merges_preview
from regulars.customers.models import Candidate, Customer
from regulars.customers.queries_search import search
from regulars.platform import store

MOST = 20
TABLES: dict[str, str | Promise] = {
    "customers_identity.customer_id": gettext_lazy("numbers and addresses by which shops know them"),
    "customers_note.customer_id": gettext_lazy("notes"),
    "customers_task.customer_id": gettext_lazy("tasks"),
    "customers_customertag.customer_id": gettext_lazy("tags"),
    "customers_consent.customer_id": gettext_lazy("statements about consent"),
    "customers_address.customer_id": gettext_lazy("postal addresses"),
    "customers_attribute.customer_id": gettext_lazy("attributes"),
    "customers_device.customer_id": gettext_lazy("devices"),
    "customers_membership.organisation_id": gettext_lazy("members"),
    "customers_membership.member_id": gettext_lazy("organisations they belong to"),
}


@page("customers.merge", edits="customers.merge")
def choose(request: HttpRequest, customer_id: int) -> HttpResponse:
    """Look for who else this customer is; with `other`, what would happen; on POST it happens."""
    other = _number((request.POST or request.GET).get("other", ""))
    if request.method == "POST":
        if not other:
            raise BadInput(_("Choose the customer that is the same one."))
        actions_merges.merge(other, customer_id)
        messages.success(request, _("They are one now. Figures follow with the next refresh."))
        return HttpResponseRedirect(reverse("console:customer", args=[customer_id]))
    context = _preview(customer_id, other) if other else _found(request, customer_id)
    return site.render(request, "console/customer/merge.html", context)


@page("customers.merge", edits="customers.merge", shown=False)
def undo(request: HttpRequest, customer_id: int, merge_id: int) -> HttpResponse:
    """Make two of them again."""
    actions_merges.undo(merge_id)
    messages.success(request, _("They are two again. Figures follow with the next refresh."))
    return HttpResponseRedirect(reverse("console:customer", args=[customer_id]))


def _found(request: HttpRequest, customer_id: int) -> dict[str, Any]:
    """Customers who may be the same one: what a search finds, or without one what rules found."""
    customer = _customer(customer_id)
    q = " ".join(request.GET.get("q", "").split())[:200]
    contacts = may(request, "customers.contact")
    found = search(q, most=MOST, country=store.opened().settings.firm.country, contacts=contacts) if q else []
    rows = [
        (one.customer_id, one.label or _("Customer %(n)s") % {"n": one.customer_id}, one.standing)
        for one in found
        if one.customer_id != customer_id
    ]
    return {**_names(customer), "q": q, "rows": rows, "suggested": [] if q else _suggested(customer_id)}


def _suggested(customer_id: int) -> list[tuple[int, str, str]]:
    """Number, name and why of customers whom a rule takes for the same."""
    rows = Candidate.objects.filter(dismissed_at=None).select_related("first__picture", "second__picture")
    pairs = [(row, row.second) for row in rows.filter(first_id=customer_id)[:MOST]]
    pairs += [(row, row.first) for row in rows.filter(second_id=customer_id)[:MOST]]
    return [(other.pk, customer_reads.called(other), row.why) for row, other in pairs]


def _preview(customer_id: int, other: int) -> dict[str, Any]:
    seen = merges_preview.preview(other, customer_id)
    moved = [(count, TABLES.get(name, name)) for name, count in seen.moved.items() if count]
    return {
        **_names(_customer(customer_id)),
        "preview": seen,
        "moved": moved,
        "other": other,
        "other_name": _names(_customer(other))["name"],
    }


def _customer(number: int) -> Customer:
    found = Customer.objects.select_related("picture").filter(pk=number).first()
    if found is None:
        raise NotFound(_("There is no customer %(n)s.") % {"n": number})
    return found


def _names(customer: Customer) -> dict[str, Any]:
    name = customer_reads.called(customer)
    return {
        "title": _("The same as …"),
        "crumbs": [
            (reverse("console:customers"), _("Customers")),
            (reverse("console:customer", args=[customer.pk]), name),
        ],
        "customer": customer,
        "name": name,
    }


def _number(text: str) -> int:
    return int(text) if text.isdecimal() and len(text) < 19 else 0
