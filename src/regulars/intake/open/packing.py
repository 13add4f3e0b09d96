"""What a file is by its first bytes, and unpacking gz, zst, bz2, xz and zip as a stream."""

from __future__ import annotations

import bz2
import contextlib
import gzip
import lzma
import shutil
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import IO, cast

from regulars.base.errors import BadInput
from regulars.base.words import told

CHUNK = 1 << 20
_SPARE_DISK = 256 << 20

_PACKED = {b"\x1f\x8b": "gz", b"\x28\xb5\x2f\xfd": "zst", b"BZh": "bz2", b"\xfd7zXZ": "xz", b"PK\x03\x04": "zip"}
_FOREIGN = told(
    {
        b"%PDF": "a PDF document",
        b"\x89PNG": "a picture (PNG)",
        b"\xff\xd8\xff": "a picture (JPEG)",
        b"GIF8": "a picture (GIF)",
        b"SQLite format 3": "an SQLite database",
        b"MZ": "a Windows program",
        b"\x7fELF": "a program",
        b"7z\xbc\xaf": "a 7-Zip archive",
        b"Rar!": "a RAR archive",
        b"{\\rtf": "a word processor's document (RTF)",
        b"ORC": "an ORC file",
        b"Obj\x01": "an Avro file",
        b"ARROW1": "an Arrow file",
    }
)
CURE = told("Export the orders as CSV, Excel, Parquet or JSON lines and import that.")


def head(path: Path, size: int = 4096) -> bytes:
    """The first bytes of a file. Raises BadInput when it can't be opened or is empty."""
    try:
        if path.is_dir():
            raise BadInput(f"{path.name} is a folder: name the files in it.")
        with path.open("rb") as file:
            data = file.read(size)
    except FileNotFoundError:
        raise BadInput(f"There is no file {path.name}. Check the name and the folder.") from None
    except OSError as error:
        raise BadInput(f"{path.name} can't be opened: {error.strerror or error}.") from None
    if not data:
        raise BadInput(f"{path.name} is empty (0 bytes). Export it again, and look at its size before importing.")
    return data


def kind_of_bytes(data: bytes) -> str:
    """How it is packed ("gz", "zip", ...), "parquet", "xls", "foreign: what it is" or "text" (which may be binary)."""
    if data.startswith(b"PAR1"):
        return "parquet"
    if data.startswith(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"):
        return "xls"
    for magic, name in _PACKED.items():
        if data.startswith(magic):
            return name
    for magic, name in _FOREIGN.items():
        if data.startswith(magic) and (len(magic) > 2 or b"\0" in data[:64]):
            return f"foreign: {name}"
    return "text"


def members(path: Path) -> list[str]:
    """Names of the files inside a zip worth reading; [] when the zip is itself a workbook (xlsx, ods).

    Raises BadInput when the zip is damaged, locked or holds nothing.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            names = archive.namelist()
            if "[Content_Types].xml" in names or "mimetype" in names:
                return []
            if any(info.flag_bits & 1 for info in archive.infolist()):
                raise BadInput(f"{path.name} is locked with a password. Unpack it first and import what is inside.")
    except zipfile.BadZipFile:
        raise BadInput(f"{path.name} is a damaged zip: it may be cut off. Download it again.") from None
    names = [n for n in names if not n.endswith("/") and not Path(n).name.startswith((".", "__MACOSX", "~$"))]
    names = [n for n in names if not n.startswith("__MACOSX/")]
    if not names:
        raise BadInput(f"{path.name} is a zip without files in it.")
    return names


@contextlib.contextmanager
def stream(path: Path, compression: str, member: str = "") -> Iterator[IO[bytes]]:
    """The file's content unpacked, as a stream. Raises BadInput when the packing is damaged or cut off."""
    try:
        with contextlib.ExitStack() as stack:
            yield _opened(path, compression, member, stack)
    except (EOFError, lzma.LZMAError, zlib.error, zipfile.BadZipFile, gzip.BadGzipFile) as error:
        raise _damaged(path, error) from None
    except OSError as error:
        if compression:
            raise _damaged(path, error) from None
        raise


def _opened(path: Path, compression: str, member: str, stack: contextlib.ExitStack) -> IO[bytes]:
    match compression:
        case "":
            return stack.enter_context(path.open("rb"))
        case "gz":
            return cast("IO[bytes]", stack.enter_context(gzip.open(path, "rb")))
        case "bz2":
            return cast("IO[bytes]", stack.enter_context(bz2.open(path, "rb")))
        case "xz":
            return cast("IO[bytes]", stack.enter_context(lzma.open(path, "rb")))
        case "zip":
            archive = stack.enter_context(zipfile.ZipFile(path))
            return stack.enter_context(archive.open(member))
        case _:
            import pyarrow as pa

            return cast("IO[bytes]", stack.enter_context(pa.CompressedInputStream(pa.OSFile(str(path)), "zstd")))


def unpack(path: Path, compression: str, member: str, to: Path) -> None:
    """Write the unpacked content to `to`, never filling the disk. Raises BadInput when damaged or too big."""
    with stream(path, compression, member) as source, to.open("wb") as target:
        written = 0
        while chunk := source.read(CHUNK):
            if written % (64 * CHUNK) == 0 and shutil.disk_usage(to.parent).free < len(chunk) + _SPARE_DISK:
                raise BadInput(
                    f"{path.name} unpacks to more than the disk can hold. Free some space, or split the file."
                )
            target.write(chunk)
            written += CHUNK


def _damaged(path: Path, error: Exception) -> BadInput:
    cut = isinstance(error, EOFError) or "truncat" in str(error).lower() or "end of" in str(error).lower()
    why = told("ends too early, so a part of it is missing" if cut else f"can't be unpacked ({error})")
    return BadInput(f"{path.name} {told(why)}. Nothing was taken in; download or export it again.")
