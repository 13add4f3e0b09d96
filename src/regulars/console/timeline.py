"""Everything that happened with a customer, newest first: orders, standings, notes, tasks, consent, what staff did."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _

from regulars.console import phrases
from regulars.console.consent_said import source_said
from regulars.console.phrases import Figures
from regulars.customers.models import Consent, Note, StandingChange, Task
from regulars.customers.recent import Order
from regulars.platform.models import AuditEntry
from regulars.staff.views.audit import in_words

MOST = 60
ICONS = {
    "order": "shopping_bag",
    "standing": "trending_flat",
    "note": "sticky_note_2",
    "task": "task_alt",
    "consent": "how_to_reg",
    "staff": "visibility",
}


@dataclass(frozen=True)
class Entry:
    """One thing that happened. `day` for what has no time."""

    kind: str
    day: date
    at: datetime | None
    title: str
    text: str = ""
    by: str = ""

    @property
    def icon(self) -> str:
        return ICONS[self.kind]


def orders(rows: Iterable[Order], f: Figures, *, money: bool) -> list[Entry]:
    """Orders, with what was bought; amounts for those who may see them."""
    found = []
    for order in rows:
        title = _("Order %(number)s") % {"number": order.number} if order.number else _("Order")
        if money:
            title += f" · {f.fact(order.net)}"
        if order.status == "cancelled":
            title += f" · {_('cancelled')}"
        elif order.refund and money:
            title += " · " + _("%(amount)s refunded") % {"amount": f.fact(order.refund)}
        more = order.lines - len(order.products)
        text = ", ".join(order.products) + (f" +{more}" if more > 0 and order.products else "")
        found.append(Entry("order", order.day, None, title, text))
    return found


def standings(rows: Iterable[StandingChange]) -> list[Entry]:
    """Changes of standing and of rung."""
    found = []
    for row in rows:
        parts = []
        if row.standing != row.standing_before:
            parts.append(_step(row.standing_before, row.standing))
        if row.rung != row.rung_before:
            parts.append(_step(row.rung_before, row.rung))
        found.append(Entry("standing", row.day, None, "; ".join(parts) or phrases.status(row.standing)))
    return found


def _step(before: str | None, now: str) -> str:
    if not before:
        return _("Now %(now)s") % {"now": phrases.status(now)}
    return _("From %(before)s to %(now)s") % {"before": phrases.status(before), "now": phrases.status(now)}


def notes(rows: Iterable[Note], zone: str) -> list[Entry]:
    """What staff wrote."""
    return [Entry("note", _local(row.at, zone), row.at, _("Note"), row.text, row.by_name) for row in rows]


def tasks(rows: Iterable[Task], zone: str, staff: Mapping[int, str]) -> list[Entry]:
    """Tasks that were given, and those that were done."""
    found = []
    for row in rows:
        by = staff.get(row.by_staff_id or 0, "Regulars")
        found.append(Entry("task", _local(row.created_at, zone), row.created_at, _("Task given"), row.title, by))
        if row.done_at:
            by = staff.get(row.done_by_staff_id or 0, "Regulars")
            found.append(Entry("task", _local(row.done_at, zone), row.done_at, _("Task done"), row.title, by))
    return found


def consents(rows: Iterable[Consent], zone: str, staff: Mapping[int, str]) -> list[Entry]:
    """What the customer agreed to and took back."""
    found = []
    for row in rows:
        word = _("asked for") if row.pending else _("given") if row.given else _("refused or withdrawn")
        title = _("Consent to %(what)s %(channel)s: %(word)s") % {
            "what": phrases.PURPOSES.get(row.purpose, row.purpose),
            "channel": phrases.CHANNELS.get(row.channel, row.channel),
            "word": word,
        }
        at = row.recorded_at
        who = staff.get(row.by_staff_id or 0, "")
        found.append(Entry("consent", _local(at, zone), at, title, source_said(row.source), who))
    return found


def doings(rows: Iterable[AuditEntry], zone: str) -> list[Entry]:
    """What staff did that leaves no other trace here."""
    return [Entry("staff", _local(row.at, zone), row.at, in_words(row.action), "", row.actor_name) for row in rows]


def merged(*parts: Sequence[Entry]) -> list[Entry]:
    """All of it, newest first, at most MOST."""
    entries = [entry for part in parts for entry in part]
    entries.sort(key=lambda entry: (entry.day, entry.at.isoformat() if entry.at else ""), reverse=True)
    return entries[:MOST]


def _local(at: datetime, zone: str) -> date:
    return at.astimezone(ZoneInfo(zone)).date()
