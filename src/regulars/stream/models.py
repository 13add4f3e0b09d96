"""Tables of the stream: the inbox, what was contradictory or refused, what went to the lake, and visitors.

Who sent a row is written down as it was then (`key_id` is a number, as the command line knows no keys).
"""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from regulars.stream.hook_tables import Endpoint, Hook, HookDelivery, HookOrder, Outgoing
from regulars.stream.order_tables import Notice, Order, Touched
from regulars.stream.product_tables import Product, ProductCost


class Entry(models.Model):
    """The inbox: one thing that came in and was promised to be kept. Written by `inbox` in bulk, read by id.

    Ids are handed out so that all rows up to one that the drainer has asked for are there (see `inbox.barrier`).
    """

    class Work(models.IntegerChoices):
        NOTHING = 0  # operations need not know
        WAITING = 1
        DONE = 2

    key = models.BigIntegerField(unique=True)  # of shop, trust and message id
    content = models.BigIntegerField()  # digest: the same id with another one is a conflict
    who = models.BigIntegerField(null=True, db_index=True)  # digest of the user id, else of the anonymous id
    user_id = models.TextField(null=True)  # the shop's own customer id
    shop = models.CharField(max_length=60)
    channel = models.CharField(max_length=12)
    key_id = models.BigIntegerField(null=True)
    trusted = models.BooleanField()
    kind = models.CharField(max_length=8)
    name = models.TextField()
    occurred_at = models.DateTimeField()
    received_at = models.DateTimeField()
    bot = models.BooleanField()
    backfill = models.BooleanField()  # older than the firm's limit when it came: nothing reacts to it
    properties = models.TextField(null=True)  # JSON: those that may go to the lake
    item = models.TextField(null=True)  # the whole `items.Item` as JSON, where operations must know of it
    work = models.SmallIntegerField(choices=Work.choices)

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["id"], condition=models.Q(work=1), name="stream_entry_work"),
        ]


class Conflict(models.Model):
    """A message id that came again with other content: the second one is kept here, and counts for nothing."""

    key = models.BigIntegerField(db_index=True)
    content = models.BigIntegerField()
    entry_id = models.BigIntegerField()  # what came first
    who = models.BigIntegerField(null=True)
    shop = models.CharField(max_length=60)
    channel = models.CharField(max_length=12)
    key_id = models.BigIntegerField(null=True)
    sender = models.CharField(max_length=200)
    message_id = models.TextField()
    name = models.TextField()
    item = models.TextField()  # as JSON
    at = models.DateTimeField(db_index=True)
    times = models.IntegerField(default=1)
    seen_at = models.DateTimeField(null=True)  # when staff said that it is all right

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["key", "content"], name="stream_conflict_once")]
        indexes: ClassVar = [
            models.Index(fields=["key_id"], condition=models.Q(seen_at=None), name="stream_conflict_unseen")
        ]


class SetAside(models.Model):
    """The quarantine: an item that can't be used, with the reason, until it is mended, dismissed or too old."""

    class State(models.TextChoices):
        WAITING = "waiting"
        REPLAYED = "replayed"
        DISMISSED = "dismissed"

    at = models.DateTimeField(db_index=True)
    shop = models.CharField(max_length=60)
    channel = models.CharField(max_length=12)
    key_id = models.BigIntegerField(null=True)
    sender = models.CharField(max_length=200)
    trusted = models.BooleanField()
    message_id = models.TextField(null=True)
    digest = models.BigIntegerField()  # of what came: the same again is the same row
    raw = models.TextField()  # JSON where it could be read as such, with what its request said beside it
    mended = models.TextField(null=True)  # as staff corrected it
    code = models.CharField(max_length=40)
    reason = models.TextField()
    times = models.IntegerField(default=1)
    state = models.CharField(max_length=10, choices=State.choices, default=State.WAITING)
    changed_at = models.DateTimeField(null=True)
    by_staff_id = models.BigIntegerField(null=True)
    by_name = models.CharField(max_length=200, default="")

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["shop", "channel", "digest"], name="stream_setaside_once")
        ]
        indexes: ClassVar = [
            models.Index(fields=["state", "-id"], name="stream_setaside_state"),
            models.Index(fields=["key_id"], condition=models.Q(state="waiting"), name="stream_setaside_waiting"),
        ]


class Drain(models.Model):
    """One step from the operations store to the lake. Its rows are pinned before the lake is touched."""

    class What(models.TextChoices):
        ENTRIES = "entries"  # of the inbox, `low` to `high`
        EVENTS = "events"  # of the platform, those that name it

    what = models.CharField(max_length=8, choices=What.choices)
    token = models.CharField(max_length=32, unique=True)  # names the step in the lake, which does it once
    low = models.BigIntegerField()
    high = models.BigIntegerField()
    rows = models.IntegerField(default=0)
    started_at = models.DateTimeField()
    done_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["what"], condition=models.Q(done_at__isnull=True), name="stream_drain_one_at_a_time"
            )
        ]


class Visitor(models.Model):
    """A number for an anonymous id, or for a shop's customer id: the lake has numbers only."""

    who = models.BigIntegerField(unique=True)
    shop = models.CharField(max_length=60)
    user_id = models.TextField(null=True)  # null: an anonymous id, of which only the digest is kept
    seen_at = models.DateTimeField()

    class Meta:
        indexes: ClassVar = [
            models.Index(
                fields=["shop", "user_id"], condition=models.Q(user_id__isnull=False), name="stream_visitor_user"
            )
        ]


class Identified(models.Model):
    """From then on a visitor is this customer; before the first time too. The latest before a visit counts."""

    visitor = models.ForeignKey(Visitor, on_delete=models.CASCADE, related_name="identified")
    customer_id = models.BigIntegerField(db_index=True)
    since = models.DateTimeField()
    forgotten = models.BooleanField(default=False)  # their visits are still to go from the lake; then this row goes

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["visitor", "since", "customer_id"], name="stream_identified_once")
        ]


class Newcomer(models.Model):
    """A customer was made for this entry, a public key's, which is still to say who they are: nobody knew them before.

    Written before they are made, gone in the transaction that takes in what it says.
    """

    entry_id = models.BigIntegerField(primary_key=True)


__all__ = [
    "Conflict",
    "Drain",
    "Endpoint",
    "Entry",
    "Hook",
    "HookDelivery",
    "HookOrder",
    "Identified",
    "Newcomer",
    "Notice",
    "Order",
    "Outgoing",
    "Product",
    "ProductCost",
    "SetAside",
    "Touched",
    "Visitor",
]
