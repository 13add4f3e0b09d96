"""What imports leave behind of people: files on their way in, rows that were set aside, examples in records.

None of it names its customer, so it is found by what they are known by: a row that mentions them goes.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext_noop as _

from regulars.intake import rejects
from regulars.intake.models import Import, SavedMapping, Upload
from regulars.platform import registry, store
from regulars.platform.personal import OPERATIONS
from regulars.platform.registry import NotPersonal, PersonalData
from regulars.platform.traces import Traces
from regulars.platform.workspace import Workspace

ROOM = "intake"
FILES = "files in the workspace"


def register() -> None:
    """Add the entries to the inventory."""
    registry.personal_data.add(
        PersonalData(
            name="import records",
            label=_("Example rows in the records of imports"),
            room=ROOM,
            purpose=_("Lets people see that a file was read rightly."),
            where=OPERATIONS,
            columns=(
                *_columns("Import", "files mapping counts error"),
                *_columns("Upload", "files corrections found result mends error"),
                *_columns("SavedMapping", "mapping"),
            ),
            people=lambda: 0,
            export=_nothing_told,
            erase=lambda _ids: 0,
            sweep=_clean_records,
            keep=lambda: timedelta(days=store.opened().settings.privacy.import_days),
            expire=_forget_examples,
            due=lambda before: len(_with_examples(before)) + _done(before).count(),
        ),
        PersonalData(
            name="import files",
            label=_("Files given in the browser, and rows that were set aside"),
            room=ROOM,
            purpose=_("Waits for somebody to import or mend them."),
            where=FILES,
            columns=(),
            people=lambda: 0,
            export=_nothing_told,
            erase=lambda _ids: 0,
            sweep=_clean_files,
            keep=lambda: timedelta(days=store.opened().settings.privacy.reject_days),
            expire=_drop_rejects,
            due=lambda before: len(_old_rejects(before)),
        ),
    )
    registry.not_personal.add(*_not_personal())


def _columns(table: str, names: str) -> Iterator[str]:
    return (f"intake.{table}.{name}" for name in names.split())


def _not_personal() -> Iterable[NotPersonal]:
    yield NotPersonal(
        "intake.Import",
        (
            "shop",
            "kind",
            "identity",
            "state",
            "started_at",
            "finished_at",
            "by_staff_id",
            "by_name",
            "undone_at",
        ),
        "says which import it was, and who of the staff began it",
    )
    yield NotPersonal(
        "intake.Upload",
        (
            "state",
            "kind",
            "stage",
            "rows_done",
            "rows_total",
            "by_staff_id",
            "by_name",
            "made_at",
            "changed_at",
            "finished_at",
        ),
        "says how far it is, and who of the staff began it",
    )
    yield NotPersonal("intake.SavedMapping", ("columns", "kind", "corrected", "saved_at"), "says what columns mean")


def _nothing_told(_customer_ids: Sequence[int]) -> Iterable[Mapping[str, Any]]:
    """Told by the file that the person's orders came in, not by examples of it."""
    return ()


def _clean_records(traces: Traces) -> int:
    """Rows that mention them leave the records; what an import that was cut off had counted is counted again."""
    changed = 0
    for model, names in (
        (Import, ("files", "mapping", "counts", "error")),
        (Upload, ("files", "corrections", "found", "result", "error")),
        (SavedMapping, ("mapping",)),
    ):
        for row in model._default_manager.order_by("pk").iterator(chunk_size=50):
            before = {name: getattr(row, name) for name in names}
            after = {name: traces.removed(value) for name, value in before.items()}
            if isinstance(row, Import) and row.state != Import.State.DONE:
                after["counts"].pop("pending", None)
            if after != before or (isinstance(row, Import) and row.state != Import.State.DONE):
                model._default_manager.filter(pk=row.pk).update(**after)
                changed += after != before
    return changed


def _clean_files(traces: Traces) -> int:
    """Rows that mention them leave rejects and waiting files; typed rows of unfinished imports are read again."""
    from regulars.intake import staging, swept  # what reads files takes time to load

    workspace = store.opened()
    changed = 0
    for path in sorted(workspace.rejects_path.glob("*.csv")):
        changed += _clean_rejects(path, traces)
    for path in _waiting(workspace):
        changed += swept.clean(path, traces)
    for folder in (workspace.files_path / "imports").glob("[0-9]*"):
        staging.clear(folder)
    shutil.rmtree(workspace.files_path / "imports" / "mended", ignore_errors=True)
    return changed


def _waiting(workspace: Workspace) -> list[Path]:
    found = (workspace.files_path / "uploads").rglob("*")
    return sorted(path for path in found if path.is_file() and path.name != ".lock")


def _clean_rejects(path: Path, traces: Traces) -> int:
    titles, every = rejects.rows(path)
    left = [cells for cells in every if not traces.in_row(map(rejects.unguarded, cells))]
    if len(left) == len(every):
        return 0
    if not left:
        path.unlink()
        return len(every)
    temporary = path.with_suffix(".new")
    temporary.write_text(rejects.as_csv([titles, *left]), encoding="utf-8", newline="")
    temporary.replace(path)
    return len(every) - len(left)


def _forget_examples(before: datetime) -> int:
    """Take examples out of the records of imports that ended by then."""
    found = _with_examples(before)
    for number, left in found.items():
        Import.objects.filter(pk=number).update(counts=left)
    return len(found) + _done(before).delete()[0]


def _with_examples(before: datetime) -> dict[int, Any]:
    """Imports that ended by then and still show examples -> their counts without these."""
    found = {}
    for row in Import.objects.filter(finished_at__lt=before).iterator(chunk_size=50):
        left = _without_examples(row.counts)
        if left != row.counts:
            found[row.pk] = left
    return found


def _done(before: datetime) -> QuerySet[Upload]:
    return Upload.objects.filter(state=Upload.State.DONE, finished_at__lt=before)


def _without_examples(counts: Any) -> Any:
    if not isinstance(counts, dict) or not isinstance(counts.get("files"), list):
        return counts
    files = [
        {**file, **{name: type(file[name])() for name in ("examples", "first_rows", "unused") if name in file}}
        for file in counts["files"]
    ]
    return {**counts, "files": files}


def _drop_rejects(before: datetime) -> int:
    old = _old_rejects(before)
    for path in old:
        path.unlink()
    return len(old)


def _old_rejects(before: datetime) -> list[Path]:
    return [path for path in store.opened().rejects_path.glob("*.csv") if path.stat().st_mtime < before.timestamp()]
