"""How far an upload is, kept where a page can read it: at most twice a second, so that telling costs nothing."""

from __future__ import annotations

from time import monotonic

from regulars.base import clock
from regulars.intake.models import Upload

EVERY_SECONDS = 0.5


class Told:
    """A `base.progress.Progress` that notes stage and rows of an upload."""

    def __init__(self, upload_id: int) -> None:
        self._upload_id = upload_id
        self._last = 0.0

    def __call__(self, stage: str, done: int = 0, total: int | None = None, unit: str = "") -> None:
        now = monotonic()
        if now - self._last < EVERY_SECONDS:
            return
        self._last = now
        counted = unit == "rows"
        Upload.objects.filter(pk=self._upload_id).update(
            stage=stage[:200],
            rows_done=done if counted else 0,
            rows_total=total if counted else None,
            changed_at=clock.now(),
        )
