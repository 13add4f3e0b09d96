"""What an import answers. In each file and in all: rows_in = kept + set_aside + unchanged + replaced."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Any

import msgspec

from regulars.insight.figures import Reason
from regulars.intake.mapping import Mapping


class RowCounts(msgspec.Struct):
    """What became of rows. A row shares the fate of the order (or refund, customer, product ...) that it is part of."""

    kept: int = 0
    set_aside: int = 0
    unchanged: int = 0
    replaced: int = 0

    @property
    def rows_in(self) -> int:
        """All data rows."""
        return self.kept + self.set_aside + self.unchanged + self.replaced

    def add(self, outcome: str, rows: int) -> None:
        """Count `rows` more rows with this outcome."""
        setattr(self, outcome, getattr(self, outcome) + rows)


class FileResult(msgspec.Struct):
    """One file (or sheet) of an import."""

    name: str
    kind: str
    import_id: int
    counts: RowCounts
    reasons: dict[str, int]
    """Why rows were set aside, in plain words -> rows."""
    about: str
    """How the file was understood, in one sentence."""
    mapping: Mapping
    examples: list[dict[str, str | None]] = []
    """The first rows, by field."""
    titles: list[str] = []
    """The columns' titles, in the file's order."""
    first_rows: list[list[str | None]] = []
    """The cells of the first rows, by column."""
    unused: dict[str, str | None] = {}
    """Title of a column that isn't used -> an example; None where the first rows have nothing in it."""
    rejects: str | None = None
    """Name of the file in `rejects/` with the rows that were set aside."""
    remarks: list[str] = []
    """What reading noticed: cells left empty, another encoding, ..."""


class ImportResult(msgspec.Struct):
    """Everything one `regulars import` did, or with `dry_run` would do."""

    files: list[FileResult]
    rules: dict[str, int]
    """Rule of docs/importing.md -> rows or orders that it met."""
    cautions: list[Reason]
    """What would spoil the report, and what was assumed."""
    currency: str
    orders: dict[str, int]
    """new, unchanged, replaced: orders (a replaced one may be from an earlier import that a refund was found for)."""
    new_customers: int = 0
    skipped: list[str] = []
    """Files that weren't used, and why."""
    dry_run: bool = False
    seconds: float = 0.0

    @property
    def counts(self) -> RowCounts:
        """All files together."""
        return total(file.counts for file in self.files)

    @property
    def reasons(self) -> dict[str, int]:
        """Why rows were set aside, in plain words -> rows, most frequent first."""
        together: Counter[str] = Counter()
        for file in self.files:
            together.update(file.reasons)
        return dict(together.most_common())

    @property
    def import_ids(self) -> list[int]:
        """Ids of the imports, in the order in which they were done."""
        return list(dict.fromkeys(file.import_id for file in self.files))

    def mapping_toml(self) -> str:
        """The mapping that was used, of the first file; `Mapping.from_toml` reads it back."""
        return self.files[0].mapping.to_toml() if self.files else ""

    def as_json(self) -> dict[str, Any]:
        """For machines; the shape is in docs/commandline.md and docs/importing.md."""
        return {
            **counts_json(self.counts),
            "reasons": self.reasons,
            "rules": self.rules,
            "orders": self.orders,
            "new_customers": self.new_customers,
            "currency": self.currency,
            "cautions": [msgspec.to_builtins(caution) for caution in self.cautions],
            "files": [_file_json(file) for file in self.files],
            "skipped": self.skipped,
            "import_ids": self.import_ids,
            "rejects": [file.rejects for file in self.files if file.rejects],
            "dry_run": self.dry_run,
            "seconds": round(self.seconds, 3),
        }


def counts_json(counts: RowCounts) -> dict[str, int]:
    """The five counts."""
    return {"rows_in": counts.rows_in, **msgspec.structs.asdict(counts)}


def total(parts: Iterable[RowCounts]) -> RowCounts:
    """The sum."""
    together = RowCounts()
    for part in parts:
        for outcome, rows in msgspec.structs.asdict(part).items():
            together.add(outcome, rows)
    return together


def _file_json(file: FileResult) -> dict[str, Any]:
    return {
        "name": file.name,
        "kind": file.kind,
        "import_id": file.import_id,
        **counts_json(file.counts),
        "reasons": file.reasons,
        "about": file.about,
        "columns": file.mapping.columns,
        "unused": file.unused,
        "rejects": file.rejects,
        "remarks": file.remarks,
    }
