"""Tables of this room: imports and saved mappings."""

from __future__ import annotations

from django.db import models


class Import(models.Model):
    """One file (or files that belong together) taken in, or being taken in."""

    class State(models.TextChoices):
        RUNNING = "running"  # also: interrupted; taken up again by the same file
        DONE = "done"
        FAILED = "failed"

    shop = models.CharField(max_length=60)
    kind = models.CharField(max_length=20)
    files = models.JSONField()  # [{name, sha256, bytes}]
    identity = models.CharField(max_length=64, unique=True)  # of content, mapping and shop
    state = models.CharField(max_length=8, choices=State.choices, default=State.RUNNING)
    mapping = models.JSONField()
    counts = models.JSONField(default=dict)  # the ImportResult, once done
    error = models.TextField(default="")
    started_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)


class SavedMapping(models.Model):
    """A mapping that was used or corrected, for the next file with the same columns."""

    columns = models.CharField(max_length=64, unique=True)  # hash of the column names
    kind = models.CharField(max_length=20)
    mapping = models.JSONField()
    corrected = models.BooleanField(default=False)  # by a person, rather than recognised
    saved_at = models.DateTimeField()
