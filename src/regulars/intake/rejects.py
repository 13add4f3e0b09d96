"""`rejects/<import>.csv`: rows that were set aside, in the file's own columns, with the reason behind them.

The file can be mended and imported again as it is. The title of the reason's column names the import, so that the same
mapping is used, and the column itself is left out. A cell that a spreadsheet would take for a formula is written with
an apostrophe before it, which is taken off when the file comes back.
"""

from __future__ import annotations

import csv
import hashlib
import io
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

TITLE = "why set aside (import {})"
_TITLE = re.compile(r"why set aside \(import (\d+)(?:\.(\d+))?\)")
_FORMULA = re.compile(r"'*[=+\-@\t\r]")
# Where lists are parted by semicolons, a spreadsheet parts a cell in the middle, quoted or not.
_INSIDE = re.compile(r"""([;|\t\r\n])(?=[ "']*[=+\-@])""")
_GUARDED_INSIDE = re.compile(r"""([;|\t\r\n])'(?=[ "']*[=+\-@])""")
_NUMBER = re.compile(r"[+-]?[\d.,\s']*\d")


def path_of(folder: Path, import_id: int, file: int, files: int) -> Path:
    """Where the rejects of one file of an import go."""
    return folder / (f"{import_id}.csv" if files == 1 else f"{import_id}.{file}.csv")


def write(path: Path, titles: Sequence[str], rows: Iterable[tuple[Sequence[str | None], str]], origin: str) -> None:
    """Write rows with their reasons, in one move. origin : "12", or "12.1" for the second file of import 12."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_suffix(".new")
    with temporary.open("w", encoding="utf-8", newline="") as file:
        out = csv.writer(file)
        out.writerow([*map(guarded, titles), TITLE.format(origin)])
        for cells, reason in rows:
            padded = [*cells, *[None] * (len(titles) - len(cells))][: len(titles)]
            out.writerow([*map(guarded, padded), reason])
    temporary.replace(path)


def guarded(cell: str | None) -> str:
    """The cell so that no spreadsheet runs it; numbers with a sign stay as they are."""
    text = _INSIDE.sub(r"\1'", (cell or "").replace("\0", ""))
    return f"'{text}" if _FORMULA.match(text) and not _NUMBER.fullmatch(text) else text


def unguarded(cell: str) -> str:
    """What `guarded` was given."""
    text = cell[1:] if cell.startswith("'") and _FORMULA.match(cell[1:]) else cell
    return _GUARDED_INSIDE.sub(r"\1", text)


def origin_of(path: Path) -> tuple[int, int] | None:
    """The import and the file in it whose rejects this is, or None for any other file."""
    try:
        with path.open("rb") as file:
            start = file.read(64 * 1024)
    except OSError:
        return None
    try:
        first = next(
            _records(io.StringIO(start.decode("utf-8-sig", errors="strict" if len(start) < 65536 else "ignore")))
        )
    except (UnicodeDecodeError, StopIteration, csv.Error):
        return None
    found = _TITLE.fullmatch(first[-1].strip()) if first else None
    return (int(found[1]), int(found[2] or 0)) if found else None


def restore(path: Path, to: Path) -> None:
    """Write the rejects without the column of reasons and without guards, as a file like the first one."""
    with path.open(encoding="utf-8-sig", newline="") as given, to.open("w", encoding="utf-8", newline="") as file:
        out = csv.writer(file)
        for cells in _records(given):
            if cells:
                out.writerow([unguarded(cell) for cell in cells[:-1]])


def path_in(folder: Path, import_id: int, file: int) -> Path | None:
    """Where the rejects of an import's file are; None where there are none (any more)."""
    for name in (f"{import_id}.csv", f"{import_id}.{file}.csv"):
        if (folder / name).exists() and (name.count(".") == 2 or file == 0):
            return folder / name
    return None


def rows(path: Path) -> tuple[list[str], list[list[str]]]:
    """Titles and rows as they lie there, guards and reasons included."""
    with path.open(encoding="utf-8-sig", newline="") as given:
        every = [cells for cells in _records(given) if cells]
    return every[0], every[1:]


def digest(cells: Sequence[str]) -> str:
    """What a row is known by."""
    return hashlib.sha256("\0".join(cells).encode()).hexdigest()[:32]


def remove(folder: Path, import_id: int, file: int, digests: Sequence[str]) -> None:
    """Take rows out of a file of rejects, each as often as it is named; the file goes when none is left."""
    path = path_in(folder, import_id, file)
    if path is None:
        return
    titles, every = rows(path)
    gone = Counter(digests)
    left = []
    for cells in every:
        if gone[mark := digest(cells)]:
            gone[mark] -= 1
        else:
            left.append(cells)
    if not left:
        path.unlink()
        return
    temporary = path.with_suffix(".new")
    temporary.write_text(as_csv([titles, *left]), encoding="utf-8", newline="")
    temporary.replace(path)


def as_csv(lines: Iterable[Sequence[str]]) -> str:
    """Rows as the text of a file of rejects."""
    text = io.StringIO(newline="")
    csv.writer(text).writerows(lines)
    return text.getvalue()


def _records(text: Iterable[str]) -> Iterator[list[str]]:
    lines = iter(text)
    first = next(lines, "")
    delimiter = max(",;\t", key=first.count)  # a spreadsheet may save it with its own delimiter
    csv.field_size_limit(1 << 30)
    yield from csv.reader(_chain(first, lines), delimiter=delimiter)


def _chain(first: str, rest: Iterator[str]) -> Iterator[str]:
    yield first
    yield from rest
