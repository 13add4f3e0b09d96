"""Every byte that a workspace and its database have on disk, looked at in every way in which a text may be written."""

from __future__ import annotations

import gzip
import json
import zipfile
from collections.abc import Iterable, Iterator
from io import BytesIO
from pathlib import Path

import pyarrow.parquet as pq
from django.db import connection


def written(text: str) -> set[bytes]:
    """The ways: UTF-8, UTF-16, escaped in JSON."""
    escaped = json.dumps(text)[1:-1]
    return {
        form for way in (text, escaped) for form in (way.encode(), way.encode("utf-16-le"), way.encode("utf-16-be"))
    }


def found(folders: Iterable[Path], texts: Iterable[str]) -> dict[str, list[str]]:
    """Text -> files in which it is, as they lie there or unpacked; also names of files."""
    wanted = {text: written(text) for text in texts}
    hits: dict[str, list[str]] = {}
    for folder in folders:
        for path in sorted(folder.rglob("*")):
            if path.is_file():
                every = [str(path.relative_to(folder)).encode(), *contents(path)]
                for text, forms in wanted.items():
                    if any(form in content for content in every for form in forms):
                        hits.setdefault(text, []).append(str(path.relative_to(folder)))
    return hits


def in_rows(texts: Iterable[str]) -> set[str]:
    """Those of the texts that any row of the operations store says, wherever that store lies."""
    with connection.cursor() as cursor:
        said = []
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f"SELECT * FROM {connection.ops.quote_name(table)}")
            said += [str(row) for row in cursor.fetchall()]
    return {text for text in texts if any(text in row for row in said)}


def contents(path: Path) -> Iterator[bytes]:
    """A file's bytes, and what is packed in them."""
    try:
        raw = path.read_bytes()
    except FileNotFoundError:  # the database took it away meanwhile
        return
    yield raw
    yield from unpacked(raw)


def unpacked(raw: bytes) -> Iterator[bytes]:
    """What is inside a packed file: gzip, zip (with what is in its members), parquet."""
    if raw[:4] == b"PAR1" and raw[-4:] == b"PAR1":
        table = pq.read_table(BytesIO(raw))
        yield "\n".join(map(str, table.to_pylist())).encode()
        yield str(pq.read_metadata(BytesIO(raw)).to_dict()).encode()
    elif raw[:2] == b"\x1f\x8b":
        inner = gzip.decompress(raw)
        yield inner
        yield from unpacked(inner)
    elif raw[:2] == b"PK":
        with zipfile.ZipFile(BytesIO(raw)) as packed:
            for name in packed.namelist():
                inner = packed.read(name)
                yield inner
                yield from unpacked(inner)
