"""Who is who: keys, the next free id, and customers that turned out to be one."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from regulars.customers.models.people import Customer


class Identity(models.Model):
    """Which customer a key of a shop means. A key means one customer; a customer may have many keys."""

    class Kind(models.TextChoices):
        REF = "ref"  # the shop's own customer id
        EMAIL = "email"
        PHONE = "phone"
        GUEST = "guest"  # an order without any key: its number

    pk = models.CompositePrimaryKey("shop", "kind", "key")
    shop = models.CharField(max_length=60)
    kind = models.CharField(max_length=5, choices=Kind.choices)
    key = models.TextField()
    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="identities")
    verified_at = models.DateTimeField(null=True)  # when it was shown to be theirs (a link followed, the shop's word)
    # Whom it meant before a merge: under that number the lake goes on keeping what comes with this key.
    origin_id = models.BigIntegerField(null=True)

    class Meta:
        indexes: ClassVar = [
            models.Index(
                fields=["origin_id"], condition=models.Q(origin_id__isnull=False), name="customers_identity_origin"
            )
        ]


class Counter(models.Model):
    """The next free id of a sequence; moved on inside the transaction that uses the ids."""

    name = models.CharField(max_length=20, primary_key=True)
    next_id = models.BigIntegerField()


class Merge(models.Model):
    """Two customers are one from now on. Insight applies it on read; the lake keeps both, so it can be undone."""

    source = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="merges_away")
    target = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="merges_in")
    at = models.DateTimeField()
    by_staff_id = models.BigIntegerField(null=True)  # null: by a rule
    reason = models.CharField(max_length=60)  # by hand | same e-mail | same phone | shop's word
    undone_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["source"], condition=models.Q(undone_at__isnull=True), name="customers_merge_once"
            )
        ]


class MergedRow(models.Model):
    """A row that a merge moved or changed, as it was before: what undoing puts back."""

    merge = models.ForeignKey(Merge, on_delete=models.CASCADE, related_name="rows")
    table = models.CharField(max_length=60)
    row = models.CharField(max_length=200)  # its primary key as text
    before = models.JSONField()


class Candidate(models.Model):
    """Two customers that may be one: found by a rule that is no proof, for staff to decide."""

    first = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="candidates")
    second = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="candidates_too")  # of the larger id
    why = models.CharField(max_length=30)  # same name and postcode | same e-mail | same phone
    found_at = models.DateTimeField()
    dismissed_at = models.DateTimeField(null=True)  # staff said that they are two
    by_staff_id = models.BigIntegerField(null=True)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["first", "second"], name="customers_candidate_once")]
