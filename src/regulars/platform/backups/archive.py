"""The file of a backup: a zip with a manifest at its end that names every member with its size and hash."""

from __future__ import annotations

import hashlib
import os
import zipfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import IO

import msgspec

from regulars.base.errors import BadInput, NotFound

FORMAT = 1
MANIFEST = "manifest.json"
PART = ".part"
_BLOCK = 1 << 20


class Member(msgspec.Struct, frozen=True):
    """One file of a backup."""

    bytes: int
    sha256: str


class Manifest(msgspec.Struct, kw_only=True):
    """What a backup says of itself."""

    format: int = FORMAT
    release: str
    made_at: datetime
    firm: str
    database: str
    """sqlite | postgresql"""
    migrations: dict[str, str]
    """App -> its last migration."""
    tables: dict[str, int]
    """Rows of each table of the operations store."""
    secret: str
    """A hash by which the workspace's secret key is known again."""
    members: dict[str, Member] = {}


class Writer:
    """Adds members to a new backup. `names` must be unlike each other."""

    def __init__(self, packed: zipfile.ZipFile) -> None:
        self._packed = packed
        self.members: dict[str, Member] = {}

    def add(self, name: str, source: Path) -> None:
        """A file as it is."""
        with source.open("rb") as given:
            self.stream(name, iter(lambda: given.read(_BLOCK), b""))

    def stream(self, name: str, blocks: Iterable[bytes | memoryview]) -> None:
        """A member from its content, block by block."""
        # Parquet is packed already: packing it again takes time and gains nothing.
        method = zipfile.ZIP_STORED if name.endswith((".parquet", ".gz", ".zip", ".xlsx")) else zipfile.ZIP_DEFLATED
        info = zipfile.ZipInfo(name)
        info.compress_type, info.external_attr = method, 0o600 << 16
        digest, size = hashlib.sha256(), 0
        with self._packed.open(info, "w", force_zip64=True) as out:
            for block in blocks:
                out.write(block)
                digest.update(block)
                size += len(block)
        self.members[name] = Member(size, digest.hexdigest())


@contextmanager
def written(path: Path) -> Iterator[tuple[Writer, Callable[[Manifest], None]]]:
    """A new backup at `path`, which is there only once it is whole; the second value takes the manifest at the end."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f"{path.name}{PART}")
    try:
        with temporary.open("wb") as file:
            os.fchmod(file.fileno(), 0o600)
            with zipfile.ZipFile(file, "w", compresslevel=1) as packed:
                writer = Writer(packed)

                def finish(manifest: Manifest) -> None:
                    manifest.members = dict(writer.members)
                    packed.writestr(MANIFEST, msgspec.json.format(msgspec.json.encode(manifest), indent=1))

                yield writer, finish
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


class Archive:
    """A backup that is open for reading."""

    def __init__(self, path: Path, packed: zipfile.ZipFile, manifest: Manifest) -> None:
        self.path, self.manifest, self._packed = path, manifest, packed

    def read(self, name: str) -> IO[bytes]:
        """A member's content."""
        return self._packed.open(name)

    def prove(self) -> None:
        """Read every member and compare it with the manifest. Raises BadInput that names the first one that differs."""
        for name, member in self.manifest.members.items():
            try:
                with self.read(name) as content:
                    same = hashlib.file_digest(content, "sha256").hexdigest() == member.sha256  # type: ignore[arg-type]  # a zip's member reads like a file
            except (zipfile.BadZipFile, KeyError, OSError, EOFError):
                same = False
            if not same:
                raise BadInput(f"{self.path.name} is damaged: {name} isn't what was written. Take another backup.")

    def extract(self, prefix: str, folder: Path) -> None:
        """Write the members whose names begin with `prefix` below `folder`, under their names."""
        for name in self.manifest.members:
            if name.startswith(prefix):
                target = folder / name
                if not target.resolve().is_relative_to(folder.resolve()):
                    raise BadInput(f"{self.path.name} names a file outside the workspace ({name}). Don't trust it.")
                target.parent.mkdir(parents=True, exist_ok=True)
                with self.read(name) as content, target.open("wb") as out:
                    for block in iter(lambda: content.read(_BLOCK), b""):
                        out.write(block)


@contextmanager
def opened(path: Path) -> Iterator[Archive]:
    """Read a backup. Raises NotFound, or BadInput for a file that isn't one."""
    if not path.is_file():
        raise NotFound(f"There is no file {path}.")
    try:
        packed = zipfile.ZipFile(path)
    except zipfile.BadZipFile:
        raise BadInput(f"{path.name} isn't a backup of Regulars, or was cut off. Take another one.") from None
    with packed:
        try:
            manifest = msgspec.json.decode(packed.read(MANIFEST), type=Manifest)
        except (KeyError, msgspec.MsgspecError, zipfile.BadZipFile):
            raise BadInput(f"{path.name} isn't a backup of Regulars.") from None
        if manifest.format > FORMAT:
            raise BadInput(f"{path.name} was made by a newer release ({manifest.release}). Upgrade Regulars first.")
        yield Archive(path, packed, manifest)
