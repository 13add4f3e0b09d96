"""Tables of the platform: what happened (events on their way to the lake), and who saw or changed what (audit)."""

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
    reacted_at = models.DateTimeField(null=True)  # when all reactions were done

    class Meta:
        indexes: ClassVar = [
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
