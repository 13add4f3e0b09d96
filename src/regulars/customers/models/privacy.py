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
