"""Who belongs to an organisation, and as what."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from regulars.customers.models.people import Customer


class Membership(models.Model):
    """A person belongs to an organisation, with the part they play in what it buys. One row for each part."""

    class Role(models.TextChoices):
        DECIDES = "decides"
        BUYS = "buys"  # the purchasing agent
        USES = "uses"  # the consumer
        PAYS = "pays"

    organisation = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="members")
    member = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="memberships")
    role = models.CharField(max_length=8, choices=Role.choices)
    since = models.DateField(null=True)
    until = models.DateField(null=True)
    source = models.CharField(max_length=60)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["organisation", "member", "role"], name="customers_membership_once")
        ]
