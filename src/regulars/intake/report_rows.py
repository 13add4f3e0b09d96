"""Rows in, rows out: the counts of each file, its reasons, and its file of rejects."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

import duckdb

from regulars.base.words import told
from regulars.intake import rejects, suppressed
from regulars.intake.assemble.source import Part
from regulars.intake.models import Import
from regulars.intake.read import original_rows
from regulars.intake.reasons import group_text, row_text
from regulars.intake.recognise import RecognisedFile
from regulars.intake.reject_rows import Reject
from regulars.intake.result import FileResult, RowCounts
from regulars.intake.units import Unit

_AT_ONCE = 200_000


def results(
    unit: Unit,
    parts: Sequence[Part],
    row: Import,
    counted: dict[tuple[int, str], int],
    refused: Sequence[Reject],
    folder: Path | None,
) -> list[FileResult]:
    """One result a file. folder : where rejects are written; None writes none."""
    answers = []
    for place, (file, part) in enumerate(zip(unit.files, parts, strict=True)):
        own = {reject.row: reject for reject in refused if reject.file == part.file}
        counts = RowCounts(set_aside=part.staged.set_aside)
        for (number, outcome), rows in counted.items():
            if number == part.file:
                counts.add(outcome, rows)
        if counts.rows_in != part.staged.rows_in:
            raise AssertionError(f"{file.name}: {part.staged.rows_in} rows came in, {counts.rows_in} are accounted for")
        name = None
        forgotten = {number for number, reject in own.items() if reject.code == suppressed.CODE}
        if counts.set_aside > len(forgotten) and folder is not None:
            path = rejects.path_of(folder, row.id, place, len(parts))
            origin = str(row.id) if len(parts) == 1 else f"{row.id}.{place}"
            rejects.write(path, file.titles, _reject_rows(file, part, own, row.shop), origin)
            name = path.name
        file.rows_about, file.exact = part.staged.rows_in, True
        answers.append(
            FileResult(
                name=file.name,
                kind=file.kind,
                import_id=row.id or 0,
                counts=counts,
                reasons=_grouped(part, own),
                about=file.sentence(),
                mapping=file.mapping,
                examples=[] if forgotten else _examples(file),
                titles=file.titles,
                first_rows=[] if forgotten else [list(example.cells) for example in file.examples],
                unused=dict.fromkeys(_unused(file)) if forgotten else _unused(file),
                rejects=name,
                remarks=[*file.cautions, *part.staged.cautions, *([] if forgotten else _left_empty(part))],
            )
        )
    return answers


def _grouped(part: Part, own: dict[int, Reject]) -> dict[str, int]:
    """Reasons without the single row's value, most frequent first."""
    reasons: Counter[str] = Counter()
    if part.staged.set_aside:
        with duckdb.connect() as con:
            found = con.execute(
                f'SELECT code, "column", count(*) FROM ({part.staged.rejects_sql()}) GROUP BY ALL'
            ).fetchall()
        for code, column, rows in found:
            reasons[_reading_text(code, column)] += rows
    reasons.update(group_text(reject.code) for reject in own.values())
    return dict(reasons.most_common())


_READING = told(
    {
        "not_a_date": "'{column}' is not a date",
        "not_an_amount": "'{column}' is not an amount",
        "not_a_number": "'{column}' is not a number",
        "too_many_cells": "The row has more cells than there are titles",
        "too_few_cells": "The row has too few cells",
        "unclosed_quote": "A quotation mark doesn't match",
        "too_long": "A cell is too long",
        "broken_json": "The line isn't whole JSON",
        "not_an_object": "The line isn't a JSON object with named fields",
        "empty": "The row is empty",
        "titles_again": "The row repeats the titles",
    }
)


def _reading_text(code: str, column: str) -> str:
    if code.startswith("missing_"):
        missing = code[8:].replace("_", " ").capitalize()
        return told(f"'{column}' is empty" if column else f"{missing} is missing")
    if code in _READING:
        return _READING[code].format(column=column)
    what = re.sub("^not_", "", code).replace("_", " ")
    return told(f"'{column}' is no {what}" if column else f"Is no {what}")


def _reject_rows(
    file: RecognisedFile, part: Part, own: dict[int, Reject], shop: str
) -> Iterator[tuple[Sequence[str | None], str]]:
    """The file's own cells of each row that was set aside, in the file's order, with the reason in words.

    Rows of somebody who was forgotten are left out: they are kept nowhere.
    """
    texts = {row: row_text(reject.code, reject.detail) for row, reject in own.items() if reject.code != suppressed.CODE}
    theirs = suppressed.recogniser(file, shop)
    with duckdb.connect() as con:
        rows = con.execute(f'SELECT "row", reason FROM ({part.staged.rejects_sql()}) ORDER BY 1').fetchall()
    texts |= dict(rows)
    numbers = sorted(texts)
    for start in range(0, len(numbers), _AT_ONCE):
        some = numbers[start : start + _AT_ONCE]
        _, cells = original_rows(file, some)
        for number, row in zip(some, cells, strict=True):
            if not theirs(row):
                yield row, texts[number]


def _examples(file: RecognisedFile) -> list[dict[str, str | None]]:
    at = {field: file.titles.index(title) for field, title in file.mapping.columns.items() if title in file.titles}
    return [
        {field: example.cells[index] if index < len(example.cells) else None for field, index in at.items()}
        for example in file.examples
    ]


def _unused(file: RecognisedFile) -> dict[str, str | None]:
    used = set(file.mapping.columns.values())
    return {
        title: next((row.cells[at] for row in file.examples if at < len(row.cells) and row.cells[at]), None)
        for at, title in enumerate(file.titles)
        if title not in used
    }


def _left_empty(part: Part) -> list[str]:
    return [
        told(
            f"'{one.column}': {one.cells:,} cell couldn't be read and stayed empty, for example '{one.example}'."
            if one.cells == 1
            else f"'{one.column}': {one.cells:,} cells couldn't be read and stayed empty, for example '{one.example}'."
        )
        for one in part.staged.left_out
    ]
