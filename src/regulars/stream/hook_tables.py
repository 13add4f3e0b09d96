"""Tables of webhooks: shops whose servers call us and what they sent, and addresses that we call."""

from __future__ import annotations

from typing import ClassVar

from django.db import models


class Hook(models.Model):
    """A shop whose webhooks are taken in. Secrets are sealed (`sealed`): checking a signature takes them."""

    shop = models.CharField(max_length=60)
    channel = models.CharField(max_length=12)  # shopify | woocommerce
    secret = models.TextField()
    old_secret = models.TextField(default="")  # good until `old_until`
    old_until = models.DateTimeField(null=True)
    made_at = models.DateTimeField()
    rotated_at = models.DateTimeField(null=True)
    seen_at = models.DateTimeField(null=True)  # when something with a good signature came last

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["shop", "channel"], name="stream_hook_once")]


class HookDelivery(models.Model):
    """A delivery that was taken in, by digests of its id and of its body: neither comes in a second time."""

    hook = models.ForeignKey(Hook, on_delete=models.CASCADE, related_name="deliveries")
    delivery = models.BigIntegerField()
    body = models.BigIntegerField()
    about = models.BigIntegerField(null=True)  # digest of the customer's id, where it tells of one
    as_of = models.DateTimeField(null=True)  # of what it tells of them
    at = models.DateTimeField(db_index=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["hook", "delivery"], name="stream_hookdelivery_once"),
            models.UniqueConstraint(fields=["hook", "body"], name="stream_hookdelivery_body"),
        ]
        indexes: ClassVar = [
            models.Index(fields=["about"], condition=models.Q(about__isnull=False), name="stream_hookdelivery_about")
        ]


class HookOrder(models.Model):
    """The shop's inner number of an order, by which refunds speak of it; what came before the order is held."""

    hook = models.ForeignKey(Hook, on_delete=models.CASCADE, related_name="orders")
    inner_id = models.CharField(max_length=60)
    number = models.CharField(max_length=200, null=True)
    held = models.JSONField(default=list)  # items (`items.Item`) that wait for the number
    at = models.DateTimeField(db_index=True)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["hook", "inner_id"], name="stream_hookorder_once")]


class Endpoint(models.Model):
    """An address that is told of what happens."""

    class State(models.TextChoices):
        ACTIVE = "active"
        DISABLED = "disabled"

    url = models.TextField()
    wanted = models.JSONField(default=list)  # types of `webhook_events`
    secret = models.TextField()  # sealed
    old_secret = models.TextField(default="")
    old_until = models.DateTimeField(null=True)
    made_at = models.DateTimeField()
    state = models.CharField(max_length=8, choices=State.choices, default=State.ACTIVE)
    why = models.CharField(max_length=20, default="")  # gone | staff
    failing_since = models.DateTimeField(null=True)
    failures = models.IntegerField(default=0)  # in a row
    last_ok_at = models.DateTimeField(null=True)
    next_at = models.DateTimeField(null=True)  # not called before that, as it failed


class Outgoing(models.Model):
    """One message to one address, until it is taken or given up."""

    class State(models.TextChoices):
        WAITING = "waiting"
        DONE = "done"
        FAILED = "failed"
        STOPPED = "stopped"

    endpoint = models.ForeignKey(Endpoint, on_delete=models.CASCADE, related_name="messages")
    event_id = models.BigIntegerField(null=True)  # of the platform; null for a test
    message_id = models.CharField(max_length=64, unique=True)
    type = models.CharField(max_length=40)
    customer_id = models.BigIntegerField(null=True, db_index=True)
    body = models.TextField()  # as it is sent
    at = models.DateTimeField(db_index=True)
    state = models.CharField(max_length=8, choices=State.choices, default=State.WAITING)
    tries = models.IntegerField(default=0)
    next_at = models.DateTimeField(null=True)
    until = models.DateTimeField()  # no more tries after that
    last_at = models.DateTimeField(null=True)
    status = models.SmallIntegerField(null=True)  # of the last answer
    duration_ms = models.IntegerField(null=True)
    error = models.CharField(max_length=200, default="")

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["endpoint", "event_id"],
                condition=models.Q(event_id__isnull=False),
                name="stream_outgoing_once",
            )
        ]
        indexes: ClassVar = [
            models.Index(fields=["next_at"], condition=models.Q(state="waiting"), name="stream_outgoing_due"),
            models.Index(fields=["endpoint", "-id"], name="stream_outgoing_log"),
        ]
