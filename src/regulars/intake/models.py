"""Tables of this room: files on their way in, imports, saved mappings."""

from __future__ import annotations

from django.db import models


class Import(models.Model):
    """One file (or files that belong together) taken in, or being taken in."""

    class State(models.TextChoices):
        RUNNING = "running"  # also: interrupted; taken up again by the same file
        DONE = "done"
        FAILED = "failed"
        UNDOING = "undoing"  # also: interrupted; the same job takes it up again
        UNDONE = "undone"

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
    by_staff_id = models.BigIntegerField(null=True)  # null: the command line, or a program
    by_name = models.CharField(max_length=200, default="", db_default="")  # as it was then; kept when they leave
    undone_at = models.DateTimeField(null=True)


class Upload(models.Model):
    """Files that somebody gave in the browser: looked at first, then imported. They lie in `files/uploads/<id>/`."""

    class State(models.TextChoices):
        WAITING = "waiting"  # to be looked at
        LOOKING = "looking"
        FOUND = "found"  # what was recognised waits for a person's word
        QUEUED = "queued"  # to be imported
        RUNNING = "running"
        DONE = "done"
        FAILED = "failed"

    files = models.JSONField()  # [{name, bytes}]
    state = models.CharField(max_length=8, choices=State.choices, default=State.WAITING)
    kind = models.CharField(max_length=20, default="")  # what a person says the files are
    corrections = models.JSONField(default=dict)  # file's name -> the mapping as a person corrected it
    found = models.JSONField(null=True)  # what the dry run answered
    result = models.JSONField(null=True)  # the ImportResult
    mends = models.JSONField(null=True)  # {import, file, rows}: the rejects that these rows are, by their digests
    stage = models.CharField(max_length=200, default="")  # in words
    rows_done = models.BigIntegerField(default=0)
    rows_total = models.BigIntegerField(null=True)
    error = models.TextField(default="")
    by_staff_id = models.BigIntegerField(null=True)
    by_name = models.CharField(max_length=200, default="")
    made_at = models.DateTimeField()
    changed_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)

    @property
    def working(self) -> bool:
        """Whether a worker has it, or will have it without anybody's doing."""
        return self.state in (self.State.WAITING, self.State.LOOKING, self.State.QUEUED, self.State.RUNNING)


class SavedMapping(models.Model):
    """A mapping that was used or corrected, for the next file with the same columns."""

    columns = models.CharField(max_length=64, unique=True)  # hash of the column names
    kind = models.CharField(max_length=20)
    mapping = models.JSONField()
    corrected = models.BooleanField(default=False)  # by a person, rather than recognised
    saved_at = models.DateTimeField()
