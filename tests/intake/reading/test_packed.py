"""Packed files, whole and cut off (CHECKS 10)."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import random
import zipfile

import pyarrow as pa
import pytest
from tests.intake.reading.readings import HEAD, Readings, good

from regulars.base.errors import BadInput


def packed(kind: str, data: bytes) -> bytes:
    match kind:
        case "gz":
            return gzip.compress(data)
        case "bz2":
            return bz2.compress(data)
        case "xz":
            return lzma.compress(data)
        case "zst":
            sink = pa.BufferOutputStream()
            with pa.CompressedOutputStream(sink, "zstd") as stream:
                stream.write(data)
            return bytes(sink.getvalue())
        case _:
            buffer = io.BytesIO()
            with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
                archive.writestr("orders.csv", data)
                archive.writestr("__MACOSX/._orders.csv", b"\x00\x05")
            return buffer.getvalue()


@pytest.mark.parametrize("kind", ["gz", "zst", "bz2", "xz", "zip"])
def test_packed_files(readings: Readings, kind: str) -> None:
    staged = readings.take(packed(kind, (HEAD + good(500)).encode()), f"orders.csv.{kind}")
    assert staged.kept == 500


@pytest.mark.parametrize("kind", ["gz", "zst", "bz2", "xz", "zip"])
@pytest.mark.parametrize("share", [0.3, 0.9, 0.999])
def test_packed_files_that_are_cut_off(readings: Readings, kind: str, share: float) -> None:
    rows = "".join(f"A{i},2024-01-05,{random.Random(i).random()},{i}.50\n" for i in range(20_000))
    data = packed(kind, (HEAD + rows).encode())
    with pytest.raises(BadInput, match=r"damaged|ends too early|can't be unpacked|no text"):
        readings.take(data[: int(len(data) * share)], f"orders.csv.{kind}")


def test_reading_leaves_only_its_results(readings: Readings) -> None:
    readings.take(packed("gz", (HEAD + good(30) + "X,31/02/2024,C1,5.00\n").encode()), "orders.csv.gz")
    assert {path.name for path in (readings.folder / "out").iterdir()} == {
        "rows.parquet",
        "mended.parquet",
        "rejects.parquet",
    }
