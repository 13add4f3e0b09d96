"""The verbs of files given in the browser: take them, look at them again, import them, drop them.

The files lie in `files/uploads/<id>/`, which nothing serves, and go when they are imported.
"""

from __future__ import annotations

import os
import re
import shutil
import unicodedata
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec
from django.db import transaction

from regulars.base import clock
from regulars.base.errors import BadInput, Conflict, NotFound
from regulars.intake import jobs
from regulars.intake.fields import KINDS
from regulars.intake.mapping import Mapping as ColumnMapping
from regulars.intake.models import Upload
from regulars.platform import audit
from regulars.platform.workspace import Workspace

LONGEST_NAME = 120
SMALL_BYTES = 20 << 20
"""Files up to this size in all are looked at without waiting behind heavy work."""
MOST_FILES = 20
_State = Upload.State


def folder_of(workspace: Workspace, upload_id: int) -> Path:
    """Where an upload's files lie."""
    return workspace.files_path / "uploads" / str(upload_id)


def safe_name(given: str) -> str:
    """A file's name without folders and what file systems, terminals or spreadsheets might trip over."""
    name = unicodedata.normalize("NFC", given.replace("\\", "/").rpartition("/")[2])
    name = "".join(" " if unicodedata.category(sign)[0] in "CZ" else sign for sign in name)
    name = re.sub(r"[<>:\"|?*']", "_", re.sub(r" +", " ", name)).strip(" .-~")
    stem, dot, ending = name.rpartition(".")
    if not dot:
        stem, ending = name, ""
    room = LONGEST_NAME - len(ending) - 1
    # The limit of file systems is in bytes.
    stem = stem.encode()[: max(room, 20)].decode(errors="ignore").rstrip(" .")
    return f"{stem or 'file'}{dot}{ending[:20]}"


def take(workspace: Workspace, files: Sequence[tuple[str, Path]]) -> Upload:
    """Keep files (name as given, where it lies now) and let them be looked at.

    The files are moved where the file system can, and must be on the workspace's disk. Raises BadInput without any.
    """
    if not files:
        raise BadInput("Choose a file first.")
    if len(files) > MOST_FILES:
        raise BadInput(f"At most {MOST_FILES} files can be given at once.")
    names: list[str] = []
    for given, _ in files:
        names.append(_unlike(safe_name(given), names))
    sizes = [path.stat().st_size for _, path in files]
    with transaction.atomic():
        upload = _create([{"name": name, "bytes": size} for name, size in zip(names, sizes, strict=True)])
        folder = folder_of(workspace, upload.pk)
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        for name, (_, path) in zip(names, files, strict=True):
            os.link(path, folder / name)
        audit.note("upload.added", object=f"upload {upload.pk}", files=len(names), bytes=sum(sizes))
        _look(upload)
    return upload


def take_mended(
    workspace: Workspace, name: str, text: str, *, rows: Sequence[str], import_id: int, file: int
) -> Upload:
    """Import mended rejects right away. text : a file as in `rejects`.  rows : digests of the rows as they were."""
    with transaction.atomic():
        upload = _create([{"name": safe_name(name), "bytes": len(text.encode())}])
        upload.mends = {"import": import_id, "file": file, "rows": list(rows)}
        upload.state = _State.QUEUED
        folder = folder_of(workspace, upload.pk)
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        (folder / upload.files[0]["name"]).write_text(text, encoding="utf-8", newline="")
        upload.save(update_fields=["mends", "state"])
        audit.note("rejects.mended", object=f"import {import_id}", rows=len(rows))
        jobs.take_in.enqueue(upload=upload.pk)
    return upload


def look_again(upload_id: int, *, kind: str, corrections: Mapping[str, ColumnMapping]) -> None:
    """Look at the files again with what a person said of them.

    Raises NotFound, Conflict when they are being worked on, BadInput for a mapping that can't be.
    """
    with transaction.atomic():
        upload = _idle(upload_id)
        _correct(upload, kind, corrections)
        _look(upload)


def start(upload_id: int, *, kind: str | None = None, corrections: Mapping[str, ColumnMapping] | None = None) -> None:
    """Import the files. Started already: nothing happens. Errors as for `look_again`."""
    with transaction.atomic():
        upload = _known(upload_id)
        if upload.state in (_State.QUEUED, _State.RUNNING, _State.DONE):
            return
        upload = _idle(upload_id)
        if corrections is not None:
            _correct(upload, upload.kind if kind is None else kind, corrections)
        upload.state, upload.stage, upload.error = _State.QUEUED, "", ""
        upload.rows_done, upload.rows_total = 0, None
        upload.changed_at = clock.now()
        upload.save()
        audit.note("import.started", object=f"upload {upload.pk}", files=len(upload.files))
        jobs.take_in.enqueue(upload=upload.pk)


def drop(workspace: Workspace, upload_id: int) -> None:
    """Forget files that weren't imported. Raises Conflict while they are being worked on; gone already: nothing."""
    with transaction.atomic():
        upload = Upload.objects.select_for_update().filter(pk=upload_id).first()
        if upload is None or upload.state == _State.DONE:
            return
        if upload.state in (_State.LOOKING, _State.RUNNING):
            raise Conflict("The files are being worked on just now. Wait until that is done.")
        upload.delete()
        audit.note("upload.dropped", object=f"upload {upload_id}")
        transaction.on_commit(lambda: shutil.rmtree(folder_of(workspace, upload_id), ignore_errors=True))


def _create(files: list[dict[str, Any]]) -> Upload:
    who, now = audit.actor(), clock.now()
    return Upload.objects.create(
        files=files,
        by_staff_id=who.id if who.kind == "staff" else None,
        by_name=who.name,
        made_at=now,
        changed_at=now,
    )


def _look(upload: Upload) -> None:
    upload.state, upload.stage, upload.error, upload.found = _State.WAITING, "", "", None
    upload.rows_done, upload.rows_total = 0, None
    upload.changed_at = clock.now()
    upload.save()
    small = sum(file["bytes"] for file in upload.files) <= SMALL_BYTES
    (jobs.look if small else jobs.look_long).enqueue(upload=upload.pk)


def _known(upload_id: int) -> Upload:
    upload = Upload.objects.select_for_update().filter(pk=upload_id).first()
    if upload is None:
        raise NotFound("These files aren't here any more. Give them again.")
    return upload


def _idle(upload_id: int) -> Upload:
    upload = _known(upload_id)
    if upload.state not in (_State.FOUND, _State.FAILED):
        raise Conflict("The files are being worked on already.")
    return upload


def _correct(upload: Upload, kind: str, corrections: Mapping[str, ColumnMapping]) -> None:
    if kind and kind not in KINDS:
        raise BadInput(f"There is no kind '{kind}'. There are: {', '.join(KINDS)}.")
    for name, mapping in corrections.items():
        mapping.check(name)
    upload.kind = kind
    upload.corrections = {name: msgspec.to_builtins(mapping) for name, mapping in corrections.items()}


def _unlike(name: str, others: Sequence[str]) -> str:
    stem, dot, ending = name.rpartition(".")
    base, number, taken = name, 1, {other.casefold() for other in others}
    while name.casefold() in taken:
        number += 1
        name = f"{stem} ({number}){dot}{ending}" if dot else f"{base} ({number})"
    return name
