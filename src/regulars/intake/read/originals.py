"""The rows of a file as they stand in it, for the ones that were set aside."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from pathlib import Path

from regulars.intake.open import source
from regulars.intake.recognise.result import RecognisedFile


def original_rows(file: RecognisedFile, rows: Sequence[int]) -> tuple[list[str], list[list[str]]]:
    """The file's titles, and the cells of these data rows (1-based, as `Staged` numbers them) in rising order."""
    width = len(file.titles)
    with tempfile.TemporaryDirectory(prefix="reading-") as work:
        found = source.pick(file.path, file.layout, Path(work), sorted(set(rows)))
        cells = [[cell or "" for cell in row] for row in found]
    return list(file.titles), [row + [""] * (width - len(row)) for row in cells]
