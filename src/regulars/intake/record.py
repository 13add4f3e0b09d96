"""The record of imports: which one this is, whether it was begun before, and how it ended.

An import is known by the content of its files, its mapping and its shop. One that was cut off is taken up under the
same id; the same files after it was done are a new import, which then finds everything unchanged (or, since rates or
earlier orders came in meanwhile, can use rows that it had to set aside).
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import msgspec

from regulars.base import clock
from regulars.intake.models import Import
from regulars.intake.recognise import RecognisedFile
from regulars.platform import audit

_BLOCK = 1 << 20


def sha256(path: Path) -> str:
    """Of a file's bytes."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def begin(files: Sequence[RecognisedFile], digests: Sequence[str], *, kind: str, shop: str) -> Import:
    """The import of these files: the one that was begun and never ended, or a new one."""
    mappings = [msgspec.to_builtins(file.mapping) for file in files]
    base = [
        shop,
        kind,
        *digests,
        *(file.name for file in files),
        msgspec.json.encode(mappings, order="sorted").decode(),
    ]
    times, who = 0, audit.actor()
    while True:
        identity = _identity([*base, str(times)])
        known = Import.objects.filter(identity=identity).first()
        if known is None:
            return Import.objects.create(
                shop=shop,
                kind=kind,
                files=[
                    {"name": file.name, "sha256": digest, "bytes": file.size}
                    for file, digest in zip(files, digests, strict=True)
                ],
                identity=identity,
                mapping=mappings,
                started_at=clock.now(),
                by_staff_id=who.id if who.kind == "staff" else None,
                by_name=who.name,
            )
        if known.state in (Import.State.RUNNING, Import.State.FAILED):
            return known
        times += 1


def pending(row: Import, counts: dict[str, Any] | None) -> dict[str, Any]:
    """Counts that must be taken before the lake changes: those of an earlier attempt, else `counts`, now noted."""
    if "pending" not in row.counts and counts is not None:
        row.counts = {**row.counts, "pending": counts}
        row.save(update_fields=["counts"])
    return dict(row.counts.get("pending", {}))


def finish(row: Import, result: dict[str, Any]) -> None:
    """Note the import as done."""
    row.counts = result
    row.state = Import.State.DONE
    row.error = ""
    row.finished_at = clock.now()
    row.save(update_fields=["counts", "state", "error", "finished_at"])


def fail(row: Import, error: Exception) -> None:
    """Note why the import could not be done; the same files take it up again."""
    row.state = Import.State.FAILED
    row.error = str(error)
    row.save(update_fields=["state", "error"])


def _identity(parts: Iterable[str]) -> str:
    digest = hashlib.sha256()
    for part in parts:
        digest.update(part.encode() + b"\0")
    return digest.hexdigest()
