"""Recognition for an import: rejects that come back, mappings that were corrected before, the firm's usual currency."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Mapping as Named
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import duckdb
import msgspec

from regulars.base import clock
from regulars.base.errors import BadInput
from regulars.intake import rejects
from regulars.intake.assemble.source import Part
from regulars.intake.fields import Kind
from regulars.intake.mapping import Mapping
from regulars.intake.models import Import, SavedMapping
from regulars.intake.recognise import Defaults, Recognised, RecognisedFile
from regulars.intake.recognise import recognise as look_at
from regulars.platform.workspace import Workspace


@dataclass(frozen=True)
class Found:
    """What the files of a command are."""

    recognised: Recognised


def recognise(
    paths: Sequence[Path],
    kind: Kind | None,
    mapping: Mapping | None,
    workspace: Workspace,
    folder: Path,
    *,
    dry_run: bool,
    corrections: Named[str, Mapping] | None = None,
) -> Found:
    """Say what the files are; a corrected mapping is remembered, rejects are read as the file that they came from.

    corrections : shown name of a file -> the mapping that a person gave it.
    """
    firm = workspace.settings.firm
    defaults = Defaults(firm.currency, firm.time_zone, firm.country)
    together = Recognised([], [], [], [])
    plain: list[Path] = []
    for path in paths:
        origin = rejects.origin_of(path)
        known = None if origin is None else _mapping_of(*origin)
        if known is None:
            plain.append(path)
        else:
            together.files += _mended(path, known, folder, defaults)
    if plain:
        given = corrections or {}
        found = look_at(
            plain,
            kind=kind,
            mapping=mapping,
            defaults=defaults,
            corrections=given if mapping is None else None,
            known=lambda titles: _saved(titles, kind) if mapping is None else None,
        )
        if mapping is None:
            found.files = [file if file.name in given else _as_corrected(file, kind, defaults) for file in found.files]
            if not dry_run:
                for file in found.files:
                    if file.name in given:
                        _remember(file)
        elif not dry_run:
            for file in found.files:
                _remember(file)
        shift = len(together.files)
        together.joins = [msgspec.structs.replace(j, left=j.left + shift, right=j.right + shift) for j in found.joins]
        together.files += found.files
        together.cautions, together.skipped = found.cautions, found.skipped
    if not together.files:
        raise BadInput("There is nothing to import: name one file or several.")
    return Found(together)


def usual_currency(parts: Sequence[Part]) -> str | None:
    """The currency of most rows of orders and lines; None where no file says any."""
    rows: Counter[str] = Counter()
    with duckdb.connect() as con:
        con.execute("SET TimeZone = 'UTC'")
        for part in parts:
            if part.staged.kind not in ("orders", "lines", "payments", "refunds") or not part.staged.kept:
                continue
            if "currency" in part.staged.fields:
                query = f"SELECT currency, count(*) FROM ({part.staged.sql(only=('currency',))}) GROUP BY 1"
                for currency, number in con.execute(query).fetchall():
                    rows[currency or part.currency] += number
            else:
                rows[part.currency] += part.staged.kept
    del rows[""]
    return max(rows, key=lambda code: (rows[code], code)) if rows else None


def _mended(path: Path, mapping: Mapping, folder: Path, defaults: Defaults) -> list[RecognisedFile]:
    digest = hashlib.sha256(path.read_bytes()).hexdigest()[:16]
    to = folder / "mended" / digest / f"{path.stem}.csv"
    to.parent.mkdir(parents=True, exist_ok=True)
    rejects.restore(path, to)
    # What the restored file looks like is known; what its columns mean is as in the file that it came from.
    mapping = msgspec.structs.replace(mapping, delimiter=",", encoding="utf-8", sheet="", header_row=1)
    files = look_at([to], mapping=mapping, defaults=defaults).files
    for file in files:
        file.name = path.name
    return files


def _mapping_of(import_id: int, file: int) -> Mapping | None:
    row = Import.objects.filter(id=import_id).first()
    if row is None or file >= len(row.mapping):
        return None
    return msgspec.convert(row.mapping[file], Mapping)


def _as_corrected(file: RecognisedFile, kind: Kind | None, defaults: Defaults) -> RecognisedFile:
    mapping = _saved(file.titles, kind)
    if mapping is None:
        return file
    again = look_at([file.path], mapping=mapping, defaults=defaults).files
    return next((one for one in again if one.name == file.name), file)


def _saved(titles: Sequence[str], kind: Kind | None) -> Mapping | None:
    """How a person corrected a file with these titles before."""
    saved = SavedMapping.objects.filter(columns=_columns(titles), corrected=True).first()
    if saved is None or (kind is not None and saved.kind != kind):
        return None
    return msgspec.convert(saved.mapping, Mapping)


def _remember(file: RecognisedFile) -> None:
    SavedMapping.objects.update_or_create(
        columns=_columns(file.titles),
        defaults={
            "kind": file.kind,
            "mapping": msgspec.to_builtins(file.mapping),
            "corrected": True,
            "saved_at": clock.now(),
        },
    )


def _columns(titles: Sequence[str]) -> str:
    return hashlib.sha256("\0".join(titles).encode()).hexdigest()
