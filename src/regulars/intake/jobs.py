"""Background work of imports: looking at files, taking them in, undoing, and clearing away what nobody imported.

Each may be done again after a kill: a dry run changes nothing, an import goes on where it was, an undo as well.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from regulars.base.words import told
from regulars.platform.jobs import HEAVY, job, schedule

if TYPE_CHECKING:
    from regulars.intake.mapping import Mapping
    from regulars.intake.models import Upload

KEPT = timedelta(days=7)
"""For how long files wait for a person's word."""


@job(name="look at files", retries=1)
def look(upload: int) -> None:
    """Recognise the files of an upload and say what importing them would do."""
    from regulars.intake.models import Upload

    row = _begin(upload, (Upload.State.WAITING, Upload.State.LOOKING), Upload.State.LOOKING)
    if row is not None:
        _do(row, dry_run=True)


@job(name="look at large files", retries=1, lane=HEAVY)
def look_long(upload: int) -> None:
    """The same for files that take minutes."""
    look(upload=upload)


@job(name="import files", retries=3, lane=HEAVY)
def take_in(upload: int) -> None:
    """Import the files of an upload, then let everybody be judged anew."""
    from regulars.intake.models import Upload

    row = _begin(upload, (Upload.State.QUEUED, Upload.State.RUNNING, Upload.State.FAILED), Upload.State.RUNNING)
    if row is not None:
        _do(row, dry_run=False)


@job(name="undo an import", retries=3, lane=HEAVY)
def undo(number: int) -> None:
    """Take an import back, then let everybody be judged anew."""
    from regulars.customers.jobs import refresh
    from regulars.intake.undo import finish

    if finish(_workspace(), number):
        refresh.enqueue(once=True)


@job(name="prune uploads", retries=1)
def prune() -> int:
    """Remove files that nobody imported within a week; returns how many uploads."""
    from regulars.base import clock
    from regulars.intake import uploads
    from regulars.intake.models import Upload

    old = Upload.objects.filter(
        changed_at__lt=clock.now() - KEPT, state__in=(Upload.State.FOUND, Upload.State.FAILED, Upload.State.WAITING)
    )
    numbers = list(old.values_list("pk", flat=True))
    for number in numbers:
        uploads.drop(_workspace(), number)
    return len(numbers)


def register() -> None:
    """Let old uploads go by themselves."""
    schedule("prune uploads", "25 3 * * *", prune)


def _workspace() -> Any:
    """With the settings as they are now."""
    from regulars.platform import store
    from regulars.platform.workspace import open_workspace

    return open_workspace(store.opened().path)


def _begin(number: int, states: tuple[str, ...], to: str) -> Upload | None:
    """The upload, now being worked on; None where there is nothing to do any more."""
    from regulars.base import clock
    from regulars.intake.models import Upload

    taken = Upload.objects.filter(pk=number, state__in=states).update(state=to, error="", changed_at=clock.now())
    return Upload.objects.get(pk=number) if taken else None


def _do(row: Upload, *, dry_run: bool) -> None:
    import msgspec

    from regulars.base.errors import RegularsError
    from regulars.intake import uploads
    from regulars.intake.mapping import Mapping
    from regulars.intake.pipeline import import_files
    from regulars.intake.progress import Told
    from regulars.platform.audit import Actor, acting

    workspace = _workspace()
    folder = uploads.folder_of(workspace, row.pk)
    corrections = {name: msgspec.convert(given, Mapping) for name, given in row.corrections.items()}
    try:
        with acting(Actor("staff", row.by_staff_id, row.by_name)):
            result = import_files(
                workspace,
                [folder / file["name"] for file in row.files],
                kind=row.kind or None,
                corrections=corrections,
                dry_run=dry_run,
                progress=Told(row.pk),
            )
    except RegularsError as error:  # a person must do something: trying again would end the same
        _fail(row, str(error))
        if dry_run:
            _to_map_by_hand(row)
        return
    except Exception as error:
        name = type(error).__name__
        _fail(row, told(f"Something went wrong that wasn't foreseen ({name}). It is tried again by itself."))
        raise
    if dry_run:
        _found(row, result, corrections)
    else:
        _done(row, result)


def _found(row: Upload, result: Any, corrections: dict[str, Mapping]) -> None:
    import msgspec

    from regulars.base import clock
    from regulars.intake import by_hand, uploads

    shown = result.as_json()
    for answer, file in zip(shown["files"], result.files, strict=True):
        answer |= {
            "mapping": msgspec.to_builtins(file.mapping),
            "titles": file.titles,
            "first_rows": file.first_rows,
            "corrected": file.name in corrections,
        }
    if shown["skipped"]:
        folder = uploads.folder_of(_workspace(), row.pk)
        shown["unknown"] = by_hand.unknown(
            [folder / file["name"] for file in row.files], {file.name for file in result.files}
        )
    row.found, row.state, row.stage, row.changed_at = shown, row.State.FOUND, "", clock.now()
    row.save(update_fields=["found", "state", "stage", "changed_at"])


def _done(row: Upload, result: Any) -> None:
    import shutil

    from django.db import transaction

    from regulars.base import clock
    from regulars.customers.jobs import refresh
    from regulars.intake import rejects, uploads
    from regulars.platform import store

    workspace = store.opened()
    if row.mends:
        rejects.remove(workspace.rejects_path, row.mends["import"], row.mends["file"], row.mends["rows"])
    with transaction.atomic():
        row.result, row.state, row.stage, row.found = result.as_json(), row.State.DONE, "", None
        row.changed_at = row.finished_at = clock.now()
        row.save(update_fields=["result", "state", "stage", "found", "changed_at", "finished_at"])
        refresh.enqueue(once=True)
    shutil.rmtree(uploads.folder_of(workspace, row.pk), ignore_errors=True)


def _to_map_by_hand(row: Upload) -> None:
    """Keep the first rows of what wasn't recognised, until somebody says what is what, or the files go."""
    from regulars.intake import by_hand, uploads

    folder = uploads.folder_of(_workspace(), row.pk)
    unknown = by_hand.unknown([folder / file["name"] for file in row.files], ())
    row.found = {"files": [], "unknown": unknown} if unknown else None
    row.save(update_fields=["found"])


def _fail(row: Upload, why: str) -> None:
    from regulars.base import clock

    row.state, row.error, row.changed_at = row.State.FAILED, why, clock.now()
    row.save(update_fields=["state", "error", "changed_at"])
