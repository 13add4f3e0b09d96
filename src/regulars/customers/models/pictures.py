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


class Picture(models.Model):
    """What insight says of one customer, for screens and rules. Money in minor units of the firm's currency."""

    customer = models.OneToOneField(
        Customer, on_delete=models.CASCADE, related_name="picture", primary_key=True, db_constraint=False
    )
    # What to call them on a screen: the name, else the organisation, else the shop's key.
    label = models.TextField(default="", db_default="")
    country = models.CharField(max_length=2, null=True)
    organisation = models.TextField(null=True)
    standing = models.CharField(max_length=12)
    rung = models.CharField(max_length=14)
    sure = models.FloatField(null=True)
    occasions = models.IntegerField(default=0)
    orders = models.IntegerField(default=0)
    first_day = models.DateField(null=True)
    last_day = models.DateField(null=True)
    late_after_day = models.DateField(null=True)
    p_alive = models.FloatField(null=True)
    p_return = models.FloatField(null=True)
    return_by = models.DateField(null=True)
    expected_occasions_365 = models.FloatField(null=True)
    next_occasion_day = models.DateField(null=True)
    next_occasion_10 = models.DateField(null=True)
    next_occasion_90 = models.DateField(null=True)
    value_365 = models.BigIntegerField(null=True)
    value_365_low = models.BigIntegerField(null=True)
    value_365_high = models.BigIntegerField(null=True)
    value_if_staying = models.BigIntegerField(null=True)
    value_at_risk = models.BigIntegerField(null=True)
    realised_value = models.BigIntegerField(null=True)
    sales = models.BigIntegerField(null=True)
    client_score = models.FloatField(null=True)
    score_revenue = models.FloatField(null=True)
    score_needs = models.FloatField(null=True)
    score_reliability = models.FloatField(null=True)
    fading = models.BooleanField(default=False)
    seasonal = models.BooleanField(default=False)
    reasons = models.TextField(default="")  # as insight wrote them: codes and figures
    recent = models.BinaryField(default=b"")  # latest occasions and orders, packed; see `customers.recent`

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["standing", "-value_365"], name="customers_picture_standing"),
            models.Index(fields=["rung", "-value_365"], name="customers_picture_rung"),
            models.Index(fields=["-value_at_risk"], name="customers_picture_risk"),
            models.Index(fields=["-value_365"], name="customers_picture_value"),
            models.Index(fields=["-last_day"], name="customers_picture_last"),
        ]


class StandingChange(models.Model):
    """A customer's standing or rung changed between two refreshes."""

    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="changes", db_constraint=False)
    run = models.ForeignKey(Run, on_delete=models.CASCADE, related_name="changes")
    day = models.DateField(db_index=True)  # as of which it was found
    standing_before = models.CharField(max_length=12, null=True)
    standing = models.CharField(max_length=12)
    rung_before = models.CharField(max_length=14, null=True)
    rung = models.CharField(max_length=14)
