"""Products as shops' programs put them, until the lake has them too."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import F


class Product(models.Model):
    """What a shop sells, by its number in orders. The lake has it as of revision `drained`."""

    number = models.CharField(max_length=200, unique=True)
    name = models.TextField(null=True)
    category = models.TextField(null=True)
    brand = models.TextField(null=True)
    durable = models.BooleanField(null=True)
    cycle_days = models.IntegerField(null=True)  # after which it is usually replaced
    changed_at = models.DateTimeField()
    revision = models.IntegerField(default=1)
    drained = models.IntegerField(default=0)

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["id"], condition=~models.Q(drained=F("revision")), name="stream_product_undrained")
        ]


class ProductCost(models.Model):
    """What a product costs the firm from a day on. The lake has it as of revision `drained`."""

    product = models.ForeignKey(Product, on_delete=models.CASCADE, related_name="costs")
    from_day = models.DateField()
    amount = models.CharField(max_length=20)  # in major units, as digits
    currency = models.CharField(max_length=3)
    changed_at = models.DateTimeField()
    revision = models.IntegerField(default=1)
    drained = models.IntegerField(default=0)
    problem = models.CharField(max_length=20, default="")  # why the lake can't have it: no_rate

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["product", "from_day"], name="stream_productcost_once")
        ]
        indexes: ClassVar = [
            models.Index(fields=["id"], condition=~models.Q(drained=F("revision")), name="stream_productcost_undrained")
        ]
