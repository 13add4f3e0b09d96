"""Saved views of the list of customers: a member's own, and those that others share."""

from __future__ import annotations

from django.db import transaction
from django.db.models import Q
from django.http import HttpRequest, HttpResponse, QueryDict
from django.urls import reverse
from django.utils.translation import gettext as _

from regulars.base import clock
from regulars.base.errors import BadInput
from regulars.console import wanted
from regulars.console.guard import back, member_of, page
from regulars.console.models import SavedView

LONGEST_NAME = 60
MOST = 50


def of(staff_id: int) -> list[SavedView]:
    """What a member may choose from, their own first."""
    known = SavedView.objects.filter(Q(staff_id=staff_id) | Q(shared=True))
    return sorted(known, key=lambda view: (view.staff_id != staff_id, view.name.casefold()))


@page("customers.view", edits="customers.view", shown=False)
def save(request: HttpRequest) -> HttpResponse:
    """Keep the list as it is now under a name; the same name again replaces it."""
    name = " ".join(request.POST.get("name", "").split())[:LONGEST_NAME]
    if not name:
        raise BadInput(_("Give the view a name."))
    query = wanted.read(QueryDict(request.POST.get("query", ""))).query(after=None)
    keep(member_of(request).pk, name, query, shared=bool(request.POST.get("shared")))
    return back(request, reverse("console:customers"))


@page("customers.view", edits="customers.view", shown=False)
def forget(request: HttpRequest, view_id: int) -> HttpResponse:
    """Remove a view of one's own."""
    SavedView.objects.filter(pk=view_id, staff_id=member_of(request).pk).delete()
    return back(request, reverse("console:customers"))


@transaction.atomic
def keep(staff_id: int, name: str, query: str, *, shared: bool) -> None:
    """Save a view. Raises BadInput when a member has too many."""
    own = SavedView.objects.filter(staff_id=staff_id)
    if own.exclude(name=name).count() >= MOST:
        raise BadInput(_("You have %(n)s views already: remove one you don't use.") % {"n": MOST})
    SavedView.objects.update_or_create(
        staff_id=staff_id, name=name, defaults={"query": query, "shared": shared, "created_at": clock.now()}
    )
