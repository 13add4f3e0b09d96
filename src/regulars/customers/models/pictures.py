"""Insight's result as the operations store has it: one row a customer, what changed, and the runs it came from."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from regulars.customers.models.people import Customer


class Run(models.Model):
    """One refresh: what it used, what it found. Its customers' table is the lake's `standing`, at its version."""

    as_of = models.DateField()
    started_at = models.DateTimeField()
    finished_at = models.DateTimeField()
    seconds = models.FloatField()
    versions = models.JSONField()  # of the lake's tables that were read
    standing_version = models.BigIntegerField()
    parameters = models.JSONField()
    firm = models.JSONField()  # insight.figures.Firm
    synced_at = models.DateTimeField(null=True)  # when pictures were brought up to date with it
    recent_versions = models.JSONField(null=True)  # of the lake's tables from which `Recent` is, once synced


class RefreshFailure(models.Model):
    """A refresh or sync that didn't come to its end. The last good picture stays; screens say so until one does."""

    at = models.DateTimeField()
    stage = models.CharField(max_length=8)  # refresh | sync
    run = models.ForeignKey(Run, on_delete=models.CASCADE, null=True)  # that wasn't synced
    message = models.TextField()  # for staff: what is wrong and what to do


class Picture(models.Model):
    """What insight says of one customer, for screens and rules. Money in minor units of the firm's currency.

    Guesses are rounded as screens show them and days ahead count from the run's `as_of` (see `sync_columns`), so that
    a night changes few rows. Written by `sync` and `sync_some` alone.
    """

    customer = models.OneToOneField(
        Customer, on_delete=models.CASCADE, related_name="picture", primary_key=True, db_constraint=False
    )
    # What to call them on a screen: the name, else the organisation, else the shop's number, or nothing.
    label = models.TextField(default="", db_default="")
    sort_name = models.CharField(max_length=60, default="", db_default="")  # the label's words, folded
    country = models.CharField(max_length=2, null=True)
    organisation = models.TextField(null=True)
    standing = models.CharField(max_length=12)  # insight's, or "not judged"
    rung = models.CharField(max_length=14)
    sure = models.FloatField(null=True)
    occasions = models.IntegerField(default=0)
    orders = models.IntegerField(default=0)
    first_day = models.DateField(null=True)
    last_day = models.DateField(null=True)
    late_after_day = models.DateField(null=True)
    p_alive = models.FloatField(null=True)
    p_return = models.FloatField(null=True)
    return_in = models.IntegerField(null=True)
    expected_occasions_365 = models.FloatField(null=True)
    next_in = models.IntegerField(null=True)
    next_in_10 = models.IntegerField(null=True)
    next_in_90 = models.IntegerField(null=True)
    value_365 = models.BigIntegerField(null=True)
    value_365_low = models.BigIntegerField(null=True)
    value_365_high = models.BigIntegerField(null=True)
    value_if_staying = models.BigIntegerField(null=True)
    value_at_risk = models.BigIntegerField(null=True)
    realised_value = models.BigIntegerField(null=True)
    sales = models.BigIntegerField(null=True)
    sales_365 = models.BigIntegerField(null=True)
    spend_per_occasion = models.BigIntegerField(null=True)
    median_gap = models.FloatField(null=True)
    longest_gap = models.IntegerField(null=True)
    evenness = models.FloatField(null=True)
    client_score = models.FloatField(null=True)
    score_revenue = models.FloatField(null=True)
    score_needs = models.FloatField(null=True)
    score_reliability = models.FloatField(null=True)
    fading = models.BooleanField(default=False)
    seasonal = models.BooleanField(default=False)
    reasons = models.TextField(default="")  # as insight wrote them: codes; figures are the other columns

    class Meta:
        indexes: ClassVar = [
            # In the orders in which lists are paged, each ending with the id, which decides among equals.
            models.Index(fields=["-value_365", "-customer"], name="customers_picture_by_value"),
            models.Index(fields=["standing", "-value_365", "-customer"], name="customers_picture_by_standing"),
            models.Index(fields=["-last_day", "-customer"], name="customers_picture_by_last"),
            models.Index(fields=["sort_name", "customer"], name="customers_picture_by_name"),
            models.Index(
                fields=["organisation"],
                condition=models.Q(organisation__isnull=False),
                name="customers_picture_organisation",
            ),
            models.Index(fields=["customer"], condition=models.Q(seasonal=True), name="customers_picture_seasonal"),
            # What most filters ask for, in one narrow place: any combination is found without reading a million rows.
            models.Index(
                fields=[
                    "standing",
                    "rung",
                    "country",
                    "fading",
                    "last_day",
                    "value_365",
                    "value_at_risk",
                    "next_in",
                    "customer",
                ],
                name="customers_picture_filters",
            ),
        ]


class Recent(models.Model):
    """The latest occasions and orders of one customer, packed by `customers.recent`: no page reads the lake."""

    customer = models.OneToOneField(
        Customer, on_delete=models.CASCADE, related_name="recent", primary_key=True, db_constraint=False
    )
    packed = models.TextField()


class NameWord(models.Model):
    """A word of what a customer is called, folded (see `sync_words`): a name is found by the beginning of any word."""

    pk = models.CompositePrimaryKey("word", "customer")
    word = models.CharField(max_length=40)
    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="+", db_constraint=False)


class SyncedBlock(models.Model):
    """Fingerprints of the pictures of customers number * SPAN to (number + 1) * SPAN - 1, as they were written.

    Changed in the transaction that writes the pictures, so that a sync knows what the store has without reading it.
    """

    number = models.BigIntegerField(primary_key=True)
    fingerprints = models.BinaryField()  # uint64 little-endian, one a customer id; 0 where there is no picture
    recent = models.BinaryField()  # the same of `Recent`
    guesses = models.BinaryField(default=b"")  # float32: figures as written that drift a little every night


class StandingChange(models.Model):
    """A customer's standing or rung changed between two refreshes."""

    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="changes", db_constraint=False)
    run = models.ForeignKey(Run, on_delete=models.CASCADE, related_name="changes")
    day = models.DateField(db_index=True)  # as of which it was found
    standing_before = models.CharField(max_length=12, null=True)
    standing = models.CharField(max_length=12)
    rung_before = models.CharField(max_length=14, null=True)
    rung = models.CharField(max_length=14)
