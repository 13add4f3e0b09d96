"""The tables in a file, each with its layout and enough rows from all over it to recognise what they are."""

from __future__ import annotations

import io
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import IO, Any, Literal, cast

from regulars.base.errors import BadInput
from regulars.base.words import told
from regulars.intake.mapping import Mapping
from regulars.intake.open import encoding, excel, json_rows, packing, parquet, sniff
from regulars.intake.open.layout import Layout
from regulars.intake.open.records import Record, fit, records

_HEAD = 1 << 20
_BIGGEST_HEAD = 64 << 20
_BLOCK = 48 << 10
_BLOCKS = 24
_ROWS = 4_000
Cells = list[str | None]


@dataclass
class Table:
    """One table of a file: `head` are its first rows, `scattered` rows from later places, in the file's order."""

    name: str
    layout: Layout
    head: list[Cells]
    scattered: list[Cells] = field(default_factory=list)
    rows_about: int = 0
    exact: bool = False
    """`head` (with `scattered`) is the whole table."""
    cautions: list[str] = field(default_factory=list)

    def column(self, index: int) -> list[str]:
        """The cells of a column that aren't empty, in the file's order."""
        return [cell for row in (*self.head, *self.scattered) if (cell := row[index]) is not None and cell.strip()]


def tables(path: Path, mapping: Mapping | None = None) -> list[Table]:
    """Every table in the file: one for a CSV, one a sheet, one a file of a zip. Raises BadInput when there is none."""
    kind = packing.kind_of_bytes(packing.head(path))
    if kind.startswith("foreign: "):
        raise BadInput(f"{path.name} is {told(kind.removeprefix('foreign: '))}, not a table. {told(packing.CURE)}")
    if kind == "parquet":
        return [_parquet(path)]
    if kind == "xls" or (kind == "zip" and not packing.members(path)):
        return _excel(path, mapping)
    if kind == "zip":
        return [_text(path, "zip", member, mapping) for member in packing.members(path)]
    return [_text(path, "" if kind == "text" else kind, "", mapping)]


def table_of(path: Path, layout: Layout, mapping: Mapping | None) -> Table:
    """The one table of the file that `layout` describes, sampled again. Raises BadInput when it isn't there."""
    for table in tables(path, mapping):
        if (table.layout.sheet, table.layout.member) == (layout.sheet, layout.member):
            if table.layout.titles != layout.titles:
                break
            return table
    raise BadInput(f"{path.name} has changed since it was looked at. Start the import again.")


def _text(path: Path, compression: str, member: str, mapping: Mapping | None) -> Table:
    name = f"{path.name}, file '{member}'" if member else path.name
    head, blocks, size, cut_off = _bytes(path, compression, member)
    if not head.strip(b"\0\r\n \t"):
        raise BadInput(f"{name} has no text in it. Export it again, and look at its size before importing.")
    inner = packing.kind_of_bytes(head)
    if inner != "text":
        raise BadInput(f"{name} holds a file of another format. Unpack it first and import what is inside.")
    found = encoding.detect(head + b"".join(blocks), name)
    if mapping is not None and mapping.encoding:
        found = encoding.Encoding(_known_encoding(mapping.encoding), "cp1252")
    layout = Layout(
        format="delimited",
        compression=cast('Literal["", "gz", "zst", "bz2", "xz", "zip"]', compression),
        member=member,
        encoding=found.name,
        fallback_encoding=found.fallback,
        cut_off=cut_off,
    )
    cautions = [] if found.sure else [_unsure(found)]
    text = encoding.decode(_whole_lines(head, size, found.name), found).replace("\0", "").removeprefix("\ufeff")
    if _is_json(text, name):
        return _json(path, name, layout, cautions)
    layout.old_line_ends = "\r" in text and "\n" not in text
    block_texts = [encoding.decode(block, found).replace("\0", "") for block in blocks] if _seekable(found.name) else []
    return _delimited(name, layout, text, block_texts, size, len(head), mapping, cautions)


def _delimited(
    name: str,
    layout: Layout,
    text: str,
    blocks: list[str],
    size: int,
    head_size: int,
    mapping: Mapping | None,
    cautions: list[str],
) -> Table:
    head_lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    given = (mapping.delimiter if mapping else "") or sniff.hint(text)
    dialect = sniff.dialect([line for line in head_lines[:400] if line.strip()][:200], given)
    layout.delimiter, layout.quote, layout.escape = dialect
    first = list(islice(records(head_lines, dialect), _ROWS + 60))
    start = 1 if sniff.hint(text) else 0
    _find_titles(layout, [r.cells for r in first], start, mapping)
    width = len(layout.titles)
    layout.plain_head = all(line.strip() for line in head_lines[: layout.skip]) and all(
        dialect.quote == "" or line.count(dialect.quote) % 2 == 0 for line in head_lines[: layout.skip]
    )
    body = [fit(record, width) for record in first[layout.skip :]]
    head = [record.cells for record in body if not record.fault][:_ROWS]
    scattered = [
        record.cells
        for block in blocks
        for record in islice(records(block.replace("\r\n", "\n").split("\n")[1:-1], dialect), 400)
        if len(record.cells) == width and not record.fault
    ]
    exact = head_size >= size and len(first) < _ROWS + 60
    used = max(1, sum(len(line) + 1 for line in head_lines[: layout.skip + len(body)]))
    about = len(body) if exact else max(len(body), round(len(body) * size / min(used, len(text) + 1)))
    if not body and not exact and layout.skip:
        about = 0
    return Table(name, layout, head, scattered, about, exact, cautions)


def _find_titles(layout: Layout, rows: list[Cells], start: int, mapping: Mapping | None) -> None:
    """Set header_row, skip and titles from the first rows (or from what the mapping says)."""
    body = rows[start:]
    told = mapping is not None and mapping.header_row >= 0
    index = mapping.header_row - 1 - start if mapping is not None and told else sniff.header(body)
    if index >= 0:
        if index >= len(body):
            raise BadInput(f"There is no row {index + 1} for the titles: the file has only {len(body)} rows.")
        layout.header_row, layout.skip = start + index + 1, start + index + 1
        layout.titles = sniff.unique_titles(_without_empty_end(body[index], body[index + 1 :]))
    else:
        layout.header_row, layout.skip = 0, start
        width = max((len(row) for row in body[:200]), key=[len(row) for row in body[:200]].count, default=1)
        layout.titles = sniff.unique_titles([None] * max(1, width))


def _without_empty_end(titles: Cells, below: list[Cells]) -> Cells:
    """Titles less trailing blanks under which nothing stands; more where data rows are wider."""
    last = max((i for i, cell in enumerate(titles) if cell and cell.strip()), default=0)
    usual = sorted(len(row) - next((i for i, c in enumerate(reversed(row)) if c), 0) for row in below[:500]) or [0]
    width = max(last + 1, usual[len(usual) // 2] if below else 0)
    return [*titles[:width], *([None] * (width - len(titles)))]


def _excel(path: Path, mapping: Mapping | None) -> list[Table]:
    wanted = mapping.sheet if mapping else ""
    names = [name for name in excel.sheets(path) if not wanted or name == wanted]
    if not names:
        raise BadInput(f"{path.name} has no sheet '{wanted}'; it has {', '.join(excel.sheets(path))}.")
    result = []
    for sheet in names:
        rows = [r.cells for r in excel.rows(path, sheet) if any(r.cells)]
        if rows:
            shown = path.name if len(names) == 1 else f"{path.name}, sheet '{sheet}'"
            result.append(_rows_table(shown, Layout(format="excel", sheet=sheet), rows, mapping))
    if not result:
        raise BadInput(f"{path.name} has no filled cells.")
    return result


def _rows_table(name: str, layout: Layout, rows: list[Cells], mapping: Mapping | None) -> Table:
    _find_titles(layout, rows, 0, mapping)
    body = [fit(Record(row), len(layout.titles)).cells for row in rows[layout.skip :]]
    step = max(1, (len(body) - _ROWS) // _ROWS)
    return Table(name, layout, body[:_ROWS], body[_ROWS::step], len(body), len(body) <= _ROWS or step == 1)


def _parquet(path: Path) -> Table:
    titles, head, scattered, rows = parquet.sample(path, _ROWS)
    layout = Layout(format="parquet", titles=titles, skip=0)
    return Table(path.name, layout, head, scattered, rows, rows <= len(head))


def _json(path: Path, name: str, layout: Layout, cautions: list[str]) -> Table:
    layout.format, layout.skip, layout.header_row = "json", 0, 1
    with open_json(path, layout) as stream:
        layout.titles = sniff.unique_titles(json_rows.titles(stream, _ROWS))
    if not layout.titles:
        raise BadInput(f"{name} has no JSON objects with fields in it, one for each order, say.")
    with open_json(path, layout) as stream:
        head = [r.cells for r in islice(json_rows.records(stream, layout.titles), _ROWS) if not r.fault]
        position = max(1, stream.tell()) if layout.compression == "" else path.stat().st_size
    about = max(len(head), round(len(head) * path.stat().st_size / position)) if len(head) >= _ROWS else len(head)
    return Table(name, layout, head, [], about, len(head) < _ROWS, cautions)


def open_json(path: Path, layout: Layout) -> Any:
    """The unpacked byte stream of a JSON file."""
    return packing.stream(path, layout.compression, layout.member)


def _bytes(path: Path, compression: str, member: str) -> tuple[bytes, list[bytes], int, bool]:
    """The head, blocks from all over, the unpacked size (estimated when packed) and whether the last line is open."""
    with packing.stream(path, compression, member) as stream:
        head = _read_head(stream)
        if compression:
            blocks, size, last = _stream_blocks(stream, head)
            return head, blocks, size, not last.endswith((b"\n", b"\r"))
        size = path.stat().st_size
        blocks = []
        if size > len(head):
            step = max(_BLOCK, (size - len(head)) // _BLOCKS)
            for offset in range(len(head), size, step):
                stream.seek(offset)
                blocks.append(stream.read(_BLOCK))
        stream.seek(max(0, size - 4))
        return head, blocks, size, not stream.read(4).rstrip(b"\0").endswith((b"\n", b"\r"))


def _read_head(stream: IO[bytes]) -> bytes:
    buffer = io.BytesIO()
    while buffer.tell() < _BIGGEST_HEAD:
        piece = stream.read(_HEAD)
        buffer.write(piece)
        if (
            len(piece) < _HEAD
            or (buffer.getvalue().count(b"\n") if buffer.tell() <= 4 * _HEAD else piece.count(b"\n")) > 50
        ):
            break
    return buffer.getvalue()


def _stream_blocks(stream: IO[bytes], head: bytes) -> tuple[list[bytes], int, bytes]:
    """Blocks of a packed stream, read through to its end, so that a damaged end is found before anything is kept."""
    blocks: list[bytes] = []
    size, last, every, count = len(head), head[-4:], 4, 0
    for count, piece in enumerate(iter(lambda: stream.read(packing.CHUNK), b""), start=1):
        size += len(piece)
        last = piece[-4:]
        if count % every == 0:
            blocks.append(piece[:_BLOCK])
        if len(blocks) > 2 * _BLOCKS:
            blocks, every = blocks[1::2], every * 2
    return blocks, size, last


def _whole_lines(head: bytes, size: int, name: str) -> bytes:
    """The head without the line that is cut at its end."""
    if len(head) >= size or not _seekable(name) or b"\n" not in head:
        return head
    return head[: head.rindex(b"\n") + 1]


def _seekable(name: str) -> bool:
    return not name.startswith(("utf-16", "utf-32", "utf_16", "utf_32"))


def _is_json(text: str, name: str) -> bool:
    start = text.lstrip()[:2000]
    if start[:1] == "{":
        return '"' in start and ":" in start
    return start[:1] == "[" and start[1:].lstrip()[:1] in ("{", "]") and (":" in start or name.endswith(".json"))


def _known_encoding(name: str) -> str:
    import codecs

    try:
        return codecs.lookup(name).name
    except LookupError:
        raise BadInput(
            f"There is no encoding '{name}'. Usual ones are utf-8, cp1252, cp1257, cp1250 and utf-16."
        ) from None


def _unsure(found: encoding.Encoding) -> str:
    if found.name == "utf-8":
        return told(
            f"Most of the file is UTF-8, some lines aren't: those are read as {found.fallback}. Look at the names."
        )
    return told(
        f"The letters are read as {found.name}, which is a guess: look whether names in the examples are right."
    )
