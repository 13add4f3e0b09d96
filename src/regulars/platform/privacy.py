"""What the platform holds about people: what happened to them, and who of the staff saw or changed them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from django.db import models
from django.utils.translation import gettext_noop as _

from regulars.platform import registry, store
from regulars.platform.models import AuditEntry, Event
from regulars.platform.personal import Held, entry
from regulars.platform.traces import Traces

ROOM = "platform"
_CHUNK = 5_000


def register() -> None:
    """Add the entries to the inventory."""
    registry.personal_data.add(
        entry(
            "events",
            _("What happened to them"),
            ROOM,
            _("Lets other parts of Regulars react, and shows a customer's history."),
            [Held(Event, "customer_id", "name occurred_at recorded_at properties", "recorded_at")],
            keep=lambda: timedelta(days=store.opened().settings.privacy.event_days),
            expire=lambda before: _expired(_handled(before)),
            due=lambda before: _handled(before).count(),
        ),
        entry(
            "audit",
            _("Who saw or changed them"),
            ROOM,
            _("Shows that only those looked at personal data who had to."),
            [Held(AuditEntry, "customer_id", "at actor action object details", "at")],
            erase=_unnamed,
            sweep=_cleaned,
            keep=lambda: timedelta(days=store.opened().settings.privacy.audit_days),
            expire=lambda before: _expired(AuditEntry.objects.filter(at__lt=before)),
            due=lambda before: AuditEntry.objects.filter(at__lt=before).count(),
        ),
    )
    registry.not_personal.add(
        registry.NotPersonal(
            "platform.Event",
            ("message_id", "reacted_at", "drain_id"),
            "tells one event from another, and whether it was handled",
        ),
        registry.NotPersonal(
            "platform.AuditEntry",
            ("actor_id", "actor_name", "address"),
            "names the member of staff or the program that acted; goes with the entry",
        ),
        registry.NotPersonal(
            "platform.ReactionRun",
            ("reaction", "done_at", "failures", "error", "next_try_at"),
            "says how work went; errors are kept without personal data",
        ),
        registry.NotPersonal(
            "platform.Worker", ("name", "machine", "process", "started_at", "beat_at"), "names processes"
        ),
        registry.NotPersonal(
            "platform.Schedule",
            ("name", "cron", "registered_cron", "next_at", "last_at", "paused"),
            "says when work is done",
        ),
    )


def _unnamed(customer_ids: Iterable[int]) -> int:
    """Entries stay, without the numbers of these customers: of whom they are, who was merged, which firm it was."""
    ids = list(customer_ids)
    named = [f"customer {number}" for number in ids]
    beside = AuditEntry.objects.filter(models.Q(object__in=named) | models.Q(details__source__in=ids))
    for row in list(beside):
        row.object = "" if row.object in named else row.object
        row.details = {name: value for name, value in row.details.items() if name != "source" or value not in ids}
        row.save(update_fields=["object", "details"])
    return AuditEntry.objects.filter(customer_id__in=ids).update(customer_id=None)


def _cleaned(traces: Traces) -> int:
    """Entries stay, without what was searched for or named in them."""
    cleaned = 0
    rows = AuditEntry.objects.exclude(details={}, object="").values_list("pk", "object", "details")
    for pk, thing, details in rows.iterator(chunk_size=_CHUNK):
        left = traces.removed(thing), traces.removed(details)
        if left != (thing, details):
            AuditEntry.objects.filter(pk=pk).update(object=left[0], details=left[1])
            cleaned += 1
    return cleaned


def _handled(before: datetime) -> models.QuerySet[Event]:
    # What the lake has not taken yet would be missing there for good.
    return Event.objects.filter(recorded_at__lt=before, reacted_at__isnull=False, drain_id__isnull=False)


def _expired(rows: models.QuerySet[Event] | models.QuerySet[AuditEntry]) -> int:
    """Delete rows in chunks that keep nobody waiting."""
    removed = 0
    model = rows.model
    while True:
        some: Sequence[int] = list(rows.order_by("pk").values_list("pk", flat=True)[:_CHUNK])
        if not some:
            return removed
        removed += model._default_manager.filter(pk__in=some).delete()[0]
