"""Other thresholds that somebody tries out, before they hold."""

from __future__ import annotations

from django.db import models


class Trial(models.Model):
    """Thresholds tried out on everybody: what would change, as of the data of that moment."""

    class State(models.TextChoices):
        WAITING = "waiting"
        RUNNING = "running"
        DONE = "done"
        FAILED = "failed"

    thresholds = models.JSONField()  # those that aren't as by default
    state = models.CharField(max_length=8, choices=State.choices, default=State.WAITING)
    stage = models.CharField(max_length=100, default="")
    error = models.TextField(default="")
    run_id = models.BigIntegerField(null=True)  # the refresh that it was compared with
    versions = models.JSONField(default=dict)  # of the lake's tables that were read
    result = models.JSONField(null=True)  # insight.tryout.Difference
    by_staff_id = models.BigIntegerField(null=True)
    by_name = models.CharField(max_length=200, default="")
    asked_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)

    @property
    def working(self) -> bool:
        """Whether a worker has it, or will have it without anybody's doing."""
        return self.state in (self.State.WAITING, self.State.RUNNING)
