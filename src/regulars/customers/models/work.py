"""What staff note about customers and have to do for them."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from regulars.customers.models.people import Customer


class Note(models.Model):
    """What a member of staff wrote about a customer."""

    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="notes")
    by_staff_id = models.BigIntegerField(null=True)
    by_name = models.CharField(max_length=200)
    at = models.DateTimeField()
    text = models.TextField()


class Task(models.Model):
    """Something to do, for a customer or in general."""

    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, null=True, related_name="tasks")
    title = models.CharField(max_length=200)
    text = models.TextField(default="")
    due = models.DateField(null=True)
    for_staff_id = models.BigIntegerField(null=True)  # null: whoever takes it
    by_staff_id = models.BigIntegerField(null=True)  # null: Regulars itself
    created_at = models.DateTimeField()
    done_at = models.DateTimeField(null=True)
    done_by_staff_id = models.BigIntegerField(null=True)

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["due", "id"], condition=models.Q(done_at__isnull=True), name="customers_task_open")
        ]
