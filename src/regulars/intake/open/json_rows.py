"""JSON lines and JSON arrays as rows of text cells, object by object in bounded memory.

Nested objects give titles with dots ("customer.email"); a list of lines inside an order ("line_items") gives one row
a line with the order's cells repeated.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from itertools import islice
from typing import IO, Any

import msgspec

from regulars.intake.open.records import Record

_LISTS = ("line_items", "lines", "items", "order_lines", "products", "orderlines", "lineitems")
_CHUNK = 1 << 18
_LONGEST = 64 << 20
_DEEPEST = 4


def objects(stream: IO[bytes]) -> Iterator[dict[str, Any] | str]:
    """Each object in turn; a text instead where one can't be read: the fault's code."""
    start = _first_bytes(stream)
    if start.lstrip()[:1] == b"[" or _wrapped(start):
        yield from _array(start, stream)
    else:
        yield from _lines(start, stream)


def rows_of(item: dict[str, Any]) -> list[dict[str, str | None]]:
    """The rows of one object: one, or one for each line that it holds."""
    inner = next(
        (key for key in _LISTS if isinstance(item.get(key), list) and item[key] and isinstance(item[key][0], dict)),
        None,
    )
    head: dict[str, str | None] = {}
    _flatten({key: value for key, value in item.items() if key != inner}, "", head, 0)
    if inner is None:
        return [head]
    rows = []
    for line in item[inner]:
        row = dict(head)
        _flatten(line if isinstance(line, dict) else {"value": line}, f"{inner}.", row, 0)
        rows.append(row)
    return rows


def titles(stream: IO[bytes], most: int) -> list[str]:
    """Every title among the first `most` objects, in order of appearance; at most 2,000."""
    found: dict[str, None] = {}
    for item in islice(objects(stream), most):
        if isinstance(item, dict):
            for row in rows_of(item)[:50]:
                found.update(dict.fromkeys(row))
        if len(found) > 2000:
            break
    return list(found)[:2000]


def records(stream: IO[bytes], columns: list[str]) -> Iterator[Record]:
    """One record a row in the columns' order; values under other titles are dropped."""
    for item in objects(stream):
        if isinstance(item, str):
            yield Record([None] * len(columns), item)
            continue
        for row in rows_of(item):
            yield Record([row.get(title) for title in columns])


def _lines(start: bytes, stream: IO[bytes]) -> Iterator[dict[str, Any] | str]:
    rest = start
    while True:
        *whole, rest = rest.split(b"\n")
        for line in whole:
            if line.strip():
                yield _decode(line)
        piece = stream.read(_CHUNK)
        if not piece:
            break
        rest += piece
        if len(rest) > _LONGEST and b"\n" not in rest:
            yield "too_long"
            rest = _after_line(stream)
    if rest.strip():
        yield _decode(rest)


def _decode(line: bytes) -> dict[str, Any] | str:
    try:
        item = msgspec.json.decode(line.strip().removeprefix(b"\xef\xbb\xbf"))
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return "broken_json"
    return item if isinstance(item, dict) else "not_an_object"


def _after_line(stream: IO[bytes]) -> bytes:
    while piece := stream.read(_CHUNK):
        if b"\n" in piece:
            return piece.split(b"\n", 1)[1]
    return b""


def _first_bytes(stream: IO[bytes]) -> bytes:
    return stream.read(_CHUNK).removeprefix(b"\xef\xbb\xbf")


def _wrapped(start: bytes) -> bool:
    """True for an object around the list, such as {"orders": [...]}, written over several lines or in one."""
    import re

    return re.match(rb'\s*\{\s*"[^"\n]{1,60}"\s*:\s*\[\s*(?:\{|$)', start) is not None and b"]}\n{" not in start


def _array(start: bytes, stream: IO[bytes]) -> Iterator[dict[str, Any] | str]:
    decoder = json.JSONDecoder(parse_float=str)
    import codecs

    letters = codecs.getincrementaldecoder("utf-8")("replace")
    text = letters.decode(start)
    position = text.index("[") + 1
    ended = False
    while True:
        while position < len(text) and text[position] in " \t\r\n,":
            position += 1
        if position < len(text) and text[position] == "]":
            return
        try:
            item, position = decoder.raw_decode(text, position)
            yield item if isinstance(item, dict) else "not_an_object"
            continue
        except (json.JSONDecodeError, RecursionError):
            if ended or len(text) - position > _LONGEST:
                if text[position:].strip():
                    yield "broken_json"
                return
        piece = stream.read(max(_CHUNK, len(text) - position))
        ended = not piece
        text, position = text[position:] + letters.decode(piece, final=ended), 0


def _flatten(value: dict[str, Any], prefix: str, into: dict[str, str | None], depth: int) -> None:
    for key, inner in value.items():
        title = f"{prefix}{key}"
        if isinstance(inner, dict) and depth < _DEEPEST and inner:
            _flatten(inner, f"{title}.", into, depth + 1)
        else:
            into[title] = _text(inner)


def _text(value: Any) -> str | None:
    match value:
        case None | "":
            return None
        case str():
            return value.replace("\0", "")
        case bool():
            return "true" if value else "false"
        case float():
            return str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)
        case int():
            return str(value)
        case _:
            return json.dumps(value, ensure_ascii=False)[:10_000]
