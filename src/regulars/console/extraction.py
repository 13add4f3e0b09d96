"""Finds the messages of `base.words` in programs: what is said, what is told, errors, the sentences of reasons."""

from __future__ import annotations

import ast
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from regulars.base import errors

TELLING = frozenset(
    {"told"} | {name for name, kind in vars(errors).items() if isinstance(kind, type)} | {"Unreachable"}
)
"""Calls whose first argument is an English sentence for people; f-strings become messages with figures."""
PASSED_THROUGH = frozenset({"told", "len", "str", "round", "sorted"})
SENTENCES = "report/sentences.toml"


@dataclass(frozen=True)
class Found:
    """A message, or its singular and plural; `context` where words mean several things."""

    message: str | tuple[str, str]
    context: str | None = None


def of_program(text: str) -> Iterator[Found]:
    """Every message of a Python program."""
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Call):
            yield from _of_call(node)


def of_sentences(path: Path) -> Iterator[Found]:
    """The sentences of reasons."""
    for given in tomllib.loads(path.read_text(encoding="utf-8")).values():
        for sentence in [given] if isinstance(given, str) else given:
            yield Found(sentence)


def _of_call(call: ast.Call) -> Iterator[Found]:
    name = call.func.id if isinstance(call.func, ast.Name) else getattr(call.func, "attr", "")
    texts = [_plain(part) for part in call.args]
    match name, texts:
        case "say" | "noted", [_, *_]:
            yield from (Found(message) for part in _branches(call.args[0]) if (message := _plain(part)))
        case "say_in", [str() as context, str() as message, *_]:
            yield Found(message, context)
        case "say_many", [str() as one, str() as many, *_]:
            yield Found((one, many))
        case "_field", [_, _, str() as meaning, *_]:  # what a column of a file can mean
            yield Found(meaning)
        case "counted", [_, str() as one, str() as many]:
            yield Found((one, many))
        case _ if name in TELLING and call.args:
            yield from (Found(message) for part in _branches(call.args[0]) if (message := _template(part)))


def _branches(part: ast.expr) -> Iterator[ast.expr]:
    match part:
        case ast.IfExp():
            yield from _branches(part.body)
            yield from _branches(part.orelse)
        case ast.Dict():
            for value in part.values:
                yield from _branches(value)
        case ast.Tuple() | ast.List() | ast.Set():
            for value in part.elts:
                yield from _branches(value)
        case ast.Call(args=[ast.Dict() as table]):  # a read-only view of it
            yield from _branches(table)
        case _:
            yield part


def _plain(part: ast.expr) -> str | None:
    return part.value if isinstance(part, ast.Constant) and isinstance(part.value, str) else None


def _template(part: ast.expr) -> str | None:
    """The message that an f-string is: its expressions become `{name}`, `{name:n}` or `{name:told}`."""
    if not isinstance(part, ast.JoinedStr):
        return _plain(part)
    names: dict[str, str] = {}
    written = []
    for piece in part.values:
        if isinstance(piece, ast.FormattedValue):
            kind = ":told" if _is_told(piece.value) else ":n" if _is_grouped(piece.format_spec) else ""
            written.append(f"{{{_name(piece.value, names)}{kind}}}")
        elif text := _plain(piece):
            written.append(text)
    return "".join(written)


def _name(value: ast.expr, names: dict[str, str]) -> str:
    """A name for a figure; another one for each expression."""
    wanted = next(
        (
            part.id if isinstance(part, ast.Name) else part.attr
            for part in ast.walk(value)
            if isinstance(part, ast.Name | ast.Attribute) and getattr(part, "id", "") not in PASSED_THROUGH
        ),
        "figure",
    )
    wanted = wanted.strip("_").lower() or "figure"
    name, again = wanted, 1
    while names.setdefault(name, ast.dump(value)) != ast.dump(value):
        again += 1
        name = f"{wanted}_{again}"
    return name


def _is_told(value: ast.expr) -> bool:
    return isinstance(value, ast.Call) and isinstance(value.func, ast.Name) and value.func.id == "told"


def _is_grouped(spec: ast.expr | None) -> bool:
    return isinstance(spec, ast.JoinedStr) and [_plain(part) for part in spec.values] == [","]
