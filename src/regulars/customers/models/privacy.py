"""What rests on which ground, who objected, who was forgotten."""

from __future__ import annotations

from django.db import models

from regulars.customers.models.people import Customer


class Basis(models.Model):
    """On what ground the firm does something with everybody's data, recorded once (analysis of purchases)."""

    purpose = models.CharField(max_length=40, unique=True)
    ground = models.CharField(max_length=30)  # legitimate interest | contract | consent | legal obligation
    statement = models.TextField()
    recorded_at = models.DateTimeField()
    by_staff_id = models.BigIntegerField(null=True)


class Objection(models.Model):
    """A person objects to being analysed: out of scoring and out of fits while it stands."""

    customer = models.OneToOneField(Customer, on_delete=models.CASCADE, related_name="objection")
    purpose = models.CharField(max_length=40, default="analysis")
    recorded_at = models.DateTimeField()
    source = models.CharField(max_length=60)


class Forgotten(models.Model):
    """A person was forgotten: nothing of them but keyed hashes of their keys, to know them when an old file comes."""

    digest = models.CharField(max_length=64, unique=True)  # keyed hash of (shop, kind, key)
    request = models.CharField(max_length=32, db_index=True)  # one request to forget; not the customer's number
    at = models.DateTimeField()


class Erasure(models.Model):
    """One request to forget somebody, and how far the work is. Once it is done it names nobody any more."""

    class Stage(models.TextChoices):
        STORE = "store"
        LAKE = "lake"
        FILES = "files"
        DISK = "disk"
        DONE = "done"

    request = models.CharField(max_length=32, unique=True)
    asked_at = models.DateTimeField()
    by_name = models.CharField(max_length=200, default="")  # the member of staff or the command
    stage = models.CharField(max_length=6, choices=Stage.choices, default=Stage.STORE)  # what is to be done next
    customer_ids = models.JSONField(default=list)  # they and whoever was merged with them; empty once done
    traces = models.JSONField(default=dict)  # what files may know them by; empty once done
    counts = models.JSONField(default=dict)  # rows erased, by kind of data
    done_at = models.DateTimeField(null=True)
