"""The page of one customer: who they are, what is going on, what they are worth, what to do next."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.translation import gettext as _

from regulars.base import clock
from regulars.base.errors import BadInput
from regulars.console import consent_said, customer_reads, latest, next_step, phrases, rhythm, site, timeline, told
from regulars.console.guard import back, demand, may, member_of, page
from regulars.console.latest import Latest
from regulars.console.phrases import Figures
from regulars.customers import actions_work, merges, queries_one
from regulars.customers.models import Consent, Note, Objection, Picture, Task
from regulars.customers.queries import is_plain
from regulars.customers.queries_one import OneCustomer
from regulars.platform import audit, store
from regulars.platform.models import AuditEntry
from regulars.platform.registry import panels
from regulars.staff.models import Staff

MOST_KEYS = 40
_EDITS = {
    "note": "notes.edit",
    "remove_note": "notes.edit",
    "task": "tasks.edit",
    "done": "tasks.edit",
    "reopen": "tasks.edit",
    "tag": "customers.edit",
    "untag": "customers.edit",
    "owner": "customers.edit",
}


@page("customers.view")
def show(request: HttpRequest, customer_id: int) -> HttpResponse:
    """The page; that it was looked at is noted."""
    now = latest.latest()
    f = latest.figures(now)
    known = queries_one.one(customer_id, currency=f.currency)
    if known.customer.pk != customer_id:
        messages.info(request, _("Customer %(n)s is this one: they were merged.") % {"n": customer_id})
        return HttpResponseRedirect(reverse("console:customer", args=[known.customer.pk]))
    context = _context(request, known, now, f)
    audit.note("customer.viewed", customer_id=customer_id)
    return site.render(request, "console/customer/page.html", context)


@page("customers.view", edits="customers.view", shown=False)
def work(request: HttpRequest, customer_id: int) -> HttpResponse:
    """Notes, tasks, tags and the owner; each needs its own permission."""
    verb = request.POST.get("verb", "")
    if verb not in _EDITS:
        raise BadInput(_("Choose what to do."))
    demand(request, _EDITS[verb])
    messages.success(request, _done(request, verb, customer_id))
    return back(request, reverse("console:customer", args=[customer_id]))


def _done(request: HttpRequest, verb: str, customer_id: int) -> str:
    text, thing = request.POST.get("text", ""), _number(request.POST.get("thing", ""))
    match verb:
        case "note":
            actions_work.add_note(customer_id, text)
            return _("Note kept.")
        case "remove_note":
            actions_work.remove_note(thing)
            return _("Note removed.")
        case "task":
            due = read_day(request.POST.get("due", ""))
            for_staff = read_member(request.POST.get("for", ""))
            actions_work.add_task(text, customer_id=customer_id, due=due, for_staff_id=for_staff)
            return _("Task kept.")
        case "done":
            actions_work.finish_task(thing)
            return _("Done.")
        case "reopen":
            actions_work.reopen_task(thing)
            return _("The task is open again.")
        case "tag":
            actions_work.tag([customer_id], text)
            return _("Tagged.")
        case "untag":
            actions_work.untag([customer_id], text)
            return _("Tag taken away.")
        case _unused:
            actions_work.set_owner([customer_id], read_member(request.POST.get("for", "")))
            return _("Owner set.")


def _context(request: HttpRequest, known: OneCustomer, now: Latest | None, f: Figures) -> dict[str, Any]:
    number, zone = known.customer.pk, store.opened().settings.firm.time_zone
    money, contacts = may(request, "customers.value"), may(request, "customers.contact")
    staff = {member.pk: member.name or member.email for member in Staff.objects.only("name", "email")}
    consents = list(Consent.objects.filter(customer_id=number).order_by("id"))
    notes = list(Note.objects.filter(customer_id=number).order_by("-at")[: timeline.MOST])
    tasks = list(Task.objects.filter(customer_id=number).order_by("-created_at")[: timeline.MOST])
    members, organisations = customer_reads.belongings(number)
    name = customer_reads.called(known.customer, contacts=contacts)
    return {
        "title": name,
        "crumbs": [(reverse("console:customers"), _("Customers"))],
        "customer": known.customer,
        "picture": known.picture,
        "money": money,
        "contacts": contacts,
        "tags": [tag.name for tag in known.tags],
        "staff": staff,
        "owner": staff.get(known.customer.owner_staff_id or 0, ""),
        "keys": [key for key in known.keys if contacts or is_plain(key.kind, key.key)][:MOST_KEYS],
        "addresses": list(known.customer.addresses.all()[:10]) if contacts else [],
        "members": [(row, customer_reads.called(row.member)) for row in members],
        "organisations": [(row, customer_reads.called(row.organisation)) for row in organisations],
        "consents": customer_reads.agreed(consents),
        "open_tasks": [task for task in tasks if task.done_at is None],
        "entries": timeline.merged(
            timeline.orders(known.recent.orders, f, money=money),
            timeline.standings(known.changes),
            timeline.notes(notes, zone),
            timeline.tasks(tasks, zone, staff),
            timeline.consents(consents, zone, staff),
            timeline.doings(_doings(request, number), zone),
        ),
        "orders": [(order, f.fact(order.net)) for order in known.recent.orders],
        "today": clock.today(zone),
        "may_note": may(request, "notes.edit"),
        "may_task": may(request, "tasks.edit"),
        "may_edit": may(request, "customers.edit"),
        "may_consent": may(request, "consent.edit"),
        "objects": Objection.objects.filter(customer_id=number).exists(),
        "purposes": phrases.PURPOSES,
        "channels": phrases.CHANNELS,
        "sources": consent_said.SOURCES,
        "merged": merges.standing(number),
        "may_merge": may(request, "customers.merge"),
        "me": member_of(request).pk,
        "panels": _panels(request, number),
        **_pictured(known, now, f, money=money),
    }


def _pictured(known: OneCustomer, now: Latest | None, f: Figures, *, money: bool) -> dict[str, Any]:
    """What insight says; nothing before the first refresh."""
    picture = known.picture
    if picture is None or now is None:
        return {}
    standing_why, rung_why = told.why(known.reasons, f, money=money)
    ahead, as_of = known.ahead, known.as_of or now.run.as_of
    strip = rhythm.Rhythm(known.recent.days, as_of, ahead.next_day, ahead.next_day_10, ahead.next_day_90)
    return {
        "standing_why": standing_why,
        "rung_why": rung_why,
        "ahead": told.ahead(picture, ahead.return_by, f, money=money, reasons=known.reasons),
        "step": next_step.step(picture.standing, picture.rung, picture.p_return, at_risk=picture.value_at_risk or 0),
        "strip": rhythm.draw(strip),
        "strip_words": _strip_words(strip, late=picture.standing in ("slipping", "lapsed")),
        "worth": _worth(picture, f, now) if money else [],
        "scores": _scores(picture, f),
        "as_of": phrases.day(as_of),
    }


def _strip_words(strip: rhythm.Rhythm, *, late: bool) -> str:
    """`late`: they may not come at all, and the day holds only if they do."""
    if strip.expected is None:
        return ""
    text = _("If they still come, around %(day)s") if late else _("Expected by %(day)s")
    text %= {"day": phrases.day(strip.expected)}
    if strip.low and strip.high:
        text += " " + _("(four times out of five between %(low)s and %(high)s)") % {
            "low": phrases.short_day(strip.low),
            "high": phrases.short_day(strip.high),
        }
    return text


def _worth(picture: Picture, f: Figures, now: Latest) -> list[tuple[str, str, str]]:
    """Label, amount, note."""
    kind = _("margin") if now.firm.money == "margin" else _("sales")
    return [
        (
            _("Expected next year"),
            f.guess(picture.value_365),
            _("%(range)s, four times out of five") % {"range": f.ends(picture.value_365_low, picture.value_365_high)}
            if picture.value_365_low is not None
            else "",
        ),
        (_("If they stay"), f.guess(picture.value_if_staying), kind),
        (_("Brought so far"), f.fact(picture.realised_value), kind),
        (_("Bought in the last 12 months"), f.fact(picture.sales_365), _("sales")),
    ]


def _scores(picture: Picture, f: Figures) -> list[tuple[str, float | None, str]]:
    """The client score and its parts: label, share for the bar, points."""
    rows = (
        (_("Client score"), picture.client_score),
        (_("buys steadily"), picture.score_revenue),
        (_("many needs met"), picture.score_needs),
        (_("reliable"), picture.score_reliability),
    )
    return [(label, None if p is None else p / 100, "–" if p is None else f.number(p)) for label, p in rows]


def _doings(request: HttpRequest, number: int) -> list[AuditEntry]:
    if not may(request, "audit.view"):
        return []
    shown = ("note.added", "task.given", "task.finished", "task.reopened")  # which show themselves already
    rows = AuditEntry.objects.filter(customer_id=number).exclude(action__in=shown)
    return list(rows.order_by("-at")[:20])


def _panels(request: HttpRequest, number: int) -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    for panel in sorted(panels, key=lambda panel: (panel.order, panel.name)):
        if panel.permission and not may(request, panel.permission):
            continue
        context = panel.show(number)
        if context is not None:
            found.append((panel.title, render_to_string(panel.template, context, request)))
    return found


def _number(text: str) -> int:
    return int(text) if text.isdecimal() and len(text) < 19 else 0


def read_member(text: str) -> int | None:
    """The number of an active member of staff, None for nobody."""
    number = _number(text)
    return number if number and Staff.objects.filter(pk=number, is_active=True).exists() else None


def read_day(text: str) -> date | None:
    """A day as a form sends it, None for an empty field. Raises BadInput for another text."""
    if not text:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise BadInput(_("“%(text)s” is not a day. Write it like 2026-11-30.") % {"text": text[:20]}) from None
