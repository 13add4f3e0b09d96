"""Tables of orders that came in as they happened: every word about them, what they are by it, who has to be judged."""

from __future__ import annotations

from typing import ClassVar

from django.db import models


class Notice(models.Model):
    """One word about one order (`items.OrderNotice`), kept as long as more may be said of it."""

    shop = models.CharField(max_length=60)
    number = models.CharField(max_length=200)
    message_id = models.TextField()
    what = models.CharField(max_length=9)  # placed | updated | refunded | cancelled | snapshot
    at = models.DateTimeField()
    trusted = models.BooleanField()
    user_id = models.TextField(null=True)
    anonymous_id = models.TextField(null=True)
    email = models.TextField(null=True)
    phone = models.TextField(null=True)
    content = models.JSONField()
    received_at = models.DateTimeField()
    waiting = models.BooleanField(default=True)  # for the applier

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["shop", "number", "message_id", "trusted"], name="stream_notice_once")
        ]
        indexes: ClassVar = [
            models.Index(fields=["id"], condition=models.Q(waiting=True), name="stream_notice_waiting"),
            models.Index(
                fields=["anonymous_id"],
                condition=models.Q(anonymous_id__isnull=False, user_id__isnull=True),
                name="stream_notice_anonymous",
            ),
        ]


class Order(models.Model):
    """What an order is, by all notices about it. The lake has it as of revision `drained`."""

    shop = models.CharField(max_length=60)
    number = models.CharField(max_length=200)
    customer_id = models.BigIntegerField(null=True, db_index=True)  # as the lake has it, merges left out
    state = models.JSONField()  # order_rules.OrderState
    told = models.BooleanField()  # what it is was said; else only what became of it
    day = models.DateField(null=True)  # the firm's, of a placed order
    revision = models.IntegerField(default=1)
    changed_at = models.DateTimeField()
    drained = models.IntegerField(default=0)
    drained_customer_id = models.BigIntegerField(null=True, db_index=True)  # whose it was then
    lost_customer_id = models.BigIntegerField(null=True)  # of a judged one: who had it before, of whom older runs tell
    version = models.BigIntegerField(null=True)  # of the lake's orders, that has it
    problem = models.CharField(
        max_length=20, default=""
    )  # why the lake can't have it: no_rate, no_amount, no_order ...
    recorded = models.JSONField(default=list)  # what the house was told of it: placed, cancelled, digests of refunds
    judged = models.BooleanField(default=False)  # its customer was judged with it, and no run was synced since

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["shop", "number"], name="stream_order_once")]
        indexes: ClassVar = [
            models.Index(
                fields=["changed_at"], condition=~models.Q(drained=models.F("revision")), name="stream_order_undrained"
            ),
            models.Index(fields=["version", "day"], name="stream_order_version"),
            models.Index(fields=["customer_id"], condition=models.Q(judged=True), name="stream_order_judged"),
            models.Index(
                fields=["lost_customer_id"],
                condition=models.Q(lost_customer_id__isnull=False),
                name="stream_order_lost",
            ),
        ]


class Touched(models.Model):
    """A customer who has to be judged anew. Only ever added, and deleted by who read the row and judged them."""

    customer_id = models.BigIntegerField()
