"""Tasks: what is to do, for whom, by when."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.db.models import F, Q
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _

from regulars.base import clock
from regulars.base.errors import BadInput
from regulars.console import customer_reads, site
from regulars.console.customer import read_day, read_member
from regulars.console.guard import back, may, member_of, page
from regulars.customers import actions_work
from regulars.customers.models import Task
from regulars.platform import store
from regulars.staff.models import Staff

MOST = 200
WHOSE = ("mine", "open", "all", "done")


@page("customers.view")
def show(request: HttpRequest) -> HttpResponse:
    """Open tasks of this member and of nobody; others on request."""
    whose = request.GET.get("whose", "mine")
    return site.render(request, "console/tasks.html", _context(request, whose if whose in WHOSE else "mine"))


@page("customers.view", edits="tasks.edit", shown=False)
def change(request: HttpRequest) -> HttpResponse:
    """Give a task without a customer, finish or reopen one."""
    verb, thing = request.POST.get("verb", ""), request.POST.get("thing", "")
    number = int(thing) if thing.isdecimal() and len(thing) < 19 else 0
    if verb == "done":
        actions_work.finish_task(number)
        messages.success(request, _("Done."))
    elif verb == "reopen":
        actions_work.reopen_task(number)
        messages.success(request, _("The task is open again."))
    elif verb == "add":
        due, for_staff = read_day(request.POST.get("due", "")), read_member(request.POST.get("for", ""))
        actions_work.add_task(request.POST.get("text", ""), due=due, for_staff_id=for_staff)
        messages.success(request, _("Task kept."))
    else:
        raise BadInput(_("Choose what to do."))
    return back(request, reverse("console:tasks"))


def _context(request: HttpRequest, whose: str) -> dict[str, Any]:
    me = member_of(request).pk
    tasks = Task.objects.select_related("customer__picture")
    if whose == "done":
        found = tasks.exclude(done_at=None).order_by("-done_at")
    else:
        found = tasks.filter(done_at=None).order_by(F("due").asc(nulls_last=True), "id")
        if whose == "mine":
            found = found.filter(Q(for_staff_id=me) | Q(for_staff_id=None))
        elif whose == "open":
            found = found.filter(for_staff_id=None)
    rows = [(task, customer_reads.called(task.customer) if task.customer else "") for task in found[:MOST]]
    return {
        "title": _("Tasks"),
        "whose": whose,
        "kinds": {"mine": _("Mine and nobody's"), "open": _("Nobody's"), "all": _("Everybody's"), "done": _("Done")},
        "rows": rows,
        "staff": {member.pk: member.name or member.email for member in Staff.objects.only("name", "email")},
        "me": me,
        "today": clock.today(store.opened().settings.firm.time_zone),
        "may_task": may(request, "tasks.edit"),
    }
