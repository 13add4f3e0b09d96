"""Tables of the console: what members keep for themselves and each other, and the goals the firm set."""

from __future__ import annotations

from typing import ClassVar

from django.db import models


class SavedView(models.Model):
    """A list of customers that a member wants to see again: its filters, sorting and columns."""

    staff_id = models.BigIntegerField()
    name = models.CharField(max_length=60)
    query = models.TextField()  # as in the address of the list
    shared = models.BooleanField(default=False)  # every member sees it
    created_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["staff_id", "name"], name="console_savedview_once")]


class Goal(models.Model):
    """What one of the firm's figures shall be, by when. One goal a figure."""

    figure = models.CharField(max_length=20, unique=True)  # one of `goals.FIGURES`
    target = models.FloatField()  # in the figure's own unit
    start = models.FloatField(null=True)  # what it was when the goal was set
    by_day = models.DateField()
    set_at = models.DateTimeField()
    by_staff_id = models.BigIntegerField(null=True)
