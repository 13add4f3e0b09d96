"""Tables of this room: answers that are given again when a program repeats its request."""

from __future__ import annotations

from typing import ClassVar

from django.db import models


class StoredAnswer(models.Model):
    """What came of a request with an `Idempotency-Key`. Its body names customers by number only."""

    key_id = models.BigIntegerField()  # the program's key
    repeat_digest = models.CharField(max_length=64)  # of its Idempotency-Key
    request_digest = models.CharField(max_length=64)  # of method, address and body
    begun_at = models.DateTimeField(db_index=True)
    status = models.IntegerField(null=True)  # null: still being worked on
    body = models.TextField(default="")

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["key_id", "repeat_digest"], name="api_storedanswer_once")
        ]
