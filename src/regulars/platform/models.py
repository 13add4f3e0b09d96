"""Tables of the platform: what happened (events on their way to the lake) and what was done upon it, who saw or changed
what (audit), who works in the background and when (workers, schedules). Jobs themselves are django-tasks-db's table.
"""

from __future__ import annotations

from typing import ClassVar

from django.db import models


class Event(models.Model):
    """Something a room did or a customer did, on its way to the lake. Written in the transaction that did it."""

    message_id = models.CharField(max_length=80, unique=True)  # the same again is the same event
    name = models.CharField(max_length=60)  # as in "standing changed", past tense
    customer_id = models.BigIntegerField(null=True)
    occurred_at = models.DateTimeField()
    recorded_at = models.DateTimeField()
    properties = models.JSONField(default=dict)  # no names, contacts or free text of persons
    reacted_at = models.DateTimeField(null=True)  # when every reaction was done, or put down to be tried again
    drain_id = models.BigIntegerField(null=True)  # which step took it to the lake

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["id"], condition=models.Q(drain_id__isnull=True), name="platform_event_to_drain"),
            models.Index(
                fields=["drain_id"], condition=models.Q(drain_id__isnull=False), name="platform_event_drained"
            ),
            models.Index(fields=["id"], condition=models.Q(reacted_at__isnull=True), name="platform_event_to_react"),
            models.Index(fields=["customer_id", "occurred_at"], name="platform_event_customer"),
        ]


class AuditEntry(models.Model):
    """Who saw, changed or exported what. Rows are only ever added, and deleted when their time is over."""

    at = models.DateTimeField(db_index=True)
    actor = models.CharField(max_length=12)  # staff | key | system | command
    actor_id = models.BigIntegerField(null=True)  # of the member of staff or the API key
    actor_name = models.CharField(max_length=200)  # as it was then; kept when they leave
    action = models.CharField(max_length=60, db_index=True)  # as in "customer.viewed", "customers.exported"
    customer_id = models.BigIntegerField(null=True)
    object = models.CharField(max_length=120, default="")  # what else it was done to, as in "import 12"
    details = models.JSONField(default=dict)  # figures and field names, never contents of personal fields
    address = models.GenericIPAddressField(null=True)

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["customer_id", "-at"], name="platform_audit_customer"),
            models.Index(fields=["actor", "actor_id", "-at"], name="platform_audit_actor"),
        ]


class ReactionRun(models.Model):
    """One reaction's work upon one event: that it is done, or when it is tried again.

    The mark is set in the transaction of the work itself, so that either both are there or neither.
    """

    event = models.ForeignKey(Event, on_delete=models.CASCADE, related_name="reactions")
    reaction = models.CharField(max_length=60)
    done_at = models.DateTimeField(null=True)
    failures = models.PositiveSmallIntegerField(default=0)
    error = models.TextField(default="")  # of the last failure, without personal data
    next_try_at = models.DateTimeField(null=True)  # null when done, or given up

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["event", "reaction"], name="platform_reaction_once")]
        indexes: ClassVar = [
            models.Index(
                fields=["next_try_at"], condition=models.Q(next_try_at__isnull=False), name="platform_reaction_retry"
            ),
            models.Index(
                fields=["id"],
                condition=models.Q(done_at__isnull=True, next_try_at__isnull=True),
                name="platform_reaction_given_up",
            ),
        ]


class Worker(models.Model):
    """A process that does background work. It is alive as long as it says so."""

    name = models.CharField(max_length=64, primary_key=True)
    machine = models.CharField(max_length=120)
    process = models.IntegerField()
    started_at = models.DateTimeField()
    beat_at = models.DateTimeField(db_index=True)


class Schedule(models.Model):
    """When a job is enqueued by itself. Rooms register schedules; the firm may change or pause them."""

    name = models.CharField(max_length=60, primary_key=True)
    cron = models.CharField(max_length=100)  # in the firm's time zone
    registered_cron = models.CharField(max_length=100)  # a new release's default replaces it, but never the firm's own
    next_at = models.DateTimeField(db_index=True)
    last_at = models.DateTimeField(null=True)
    paused = models.BooleanField(default=False)
