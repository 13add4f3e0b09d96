"""The folder of one import, `files/imports/<id>/`: typed rows between reading and the lake, deleted when it is done.

Reading a file is a matter of seconds, so it is done whole or again: a manifest, written last and in one move, says
that all files of the import are read. What follows is done in steps that may be repeated.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import msgspec

from regulars.intake.read.staged import Staged
from regulars.intake.recognise import RecognisedFile

Read = Callable[[RecognisedFile, Path], Staged]
_FORMAT = 2


class Manifest(msgspec.Struct):
    """All files of an import, read."""

    format: int
    staged: list[Staged]
    bytes: dict[str, int]
    """Size of every Parquet file, to see that none was cut short by a power failure."""


def staged(folder: Path, files: Sequence[RecognisedFile], read: Read) -> list[Staged]:
    """The files' typed rows: from an earlier attempt where it got so far, else read now."""
    known = _finished(folder)
    if known is not None:
        return known.staged
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    results: list[Staged] = []
    for number, file in enumerate(files):
        place = folder / f"file-{number}"
        place.mkdir()
        results.append(read(file, place))
    _note(folder, results)
    return results


def clear(folder: Path) -> None:
    """Remove the folder: typed rows hold personal data, and are needed no more."""
    (folder / "manifest.json").unlink(missing_ok=True)
    shutil.rmtree(folder, ignore_errors=True)


def _note(folder: Path, results: list[Staged]) -> None:
    paths = [path for one in results for path in (*one.parts, one.rejects)]
    manifest = Manifest(_FORMAT, results, {str(path): path.stat().st_size for path in paths})
    temporary = folder / "manifest.new"
    with temporary.open("wb") as out:
        out.write(msgspec.json.encode(manifest, enc_hook=str))
        out.flush()
        os.fsync(out.fileno())
    temporary.replace(folder / "manifest.json")


def _finished(folder: Path) -> Manifest | None:
    try:
        manifest = msgspec.json.decode((folder / "manifest.json").read_bytes(), type=Manifest, dec_hook=_path)
    except (FileNotFoundError, msgspec.DecodeError):
        return None
    whole = all(Path(path).is_file() and Path(path).stat().st_size == size for path, size in manifest.bytes.items())
    return manifest if whole and manifest.format == _FORMAT else None


def _path(kind: type[Any], value: Any) -> Any:
    return kind(value)
