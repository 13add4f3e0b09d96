"""The rows of a file as they stand in it, for the ones that were set aside."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from pathlib import Path

from regulars.intake.open import source
from regulars.intake.recognise.result import RecognisedFile


def original_rows(file: RecognisedFile, rows: Sequence[int]) -> tuple[list[str], list[list[str]]]:
    """The file's titles, and the cells of these data rows (1-based, as `Staged` numbers them) in rising order."""
    wanted = sorted(set(rows))
    found: list[list[str]] = []
    if wanted:
        with tempfile.TemporaryDirectory(prefix="reading-") as work:
            place = 0
            records = source.data_rows(file.path, file.layout, Path(work), fitted=False)
            for number, record in enumerate(records, start=1):
                if number == wanted[place]:
                    cells = [cell or "" for cell in record.cells]
                    found.append(cells + [""] * (len(file.titles) - len(cells)))
                    place += 1
                    if place == len(wanted):
                        break
    return list(file.titles), found
