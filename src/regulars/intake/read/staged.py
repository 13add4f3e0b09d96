"""What reading leaves behind: typed rows and set-aside rows, as Parquet files."""

from __future__ import annotations

from pathlib import Path

import msgspec

from regulars.intake.fields import Kind, staged_columns


class LeftOut(msgspec.Struct, frozen=True):
    """Cells of a column the rows can do without, that couldn't be read and were left empty."""

    column: str
    cells: int
    example: str


class Staged(msgspec.Struct):
    """One file, read: every data row is in `parts` or in `rejects`, exactly once."""

    kind: Kind
    parts: list[Path]
    """Every data row in the file's order, then (where there are such) the suspect ones again, read with patience.

    `sql` gives the good rows of both with their numbers: never read these files in another way.
    """
    rejects: Path
    """Columns row, column, code, reason."""
    rows_in: int
    kept: int
    set_aside: int
    fields: tuple[str, ...]
    """Columns that `parts` really hold, `row` first."""
    reasons: dict[str, int]
    """Reason code -> rows."""
    left_out: list[LeftOut]
    cautions: list[str]
    cut_off: bool = False
    """The file's last line has no line end: it may have been cut there."""
    read_as: dict[str, str] = msgspec.field(default_factory=dict)
    """Columns that the first of `parts` keeps shorter or leaves to another one: name -> SQL of its value there."""

    def sql(self, *, only: tuple[str, ...] | None = None) -> str:
        """A SELECT of all (or `only` these) columns of the kind in their types; what the file lacks is NULL."""
        columns = staged_columns(self.kind)
        names = only if only is not None else tuple(columns)
        every, *mended = (f"read_parquet('{str(path).replace(chr(39), chr(39) * 2)}'" for path in self.parts)
        listed = [self._column(name, columns[name], "file_row_number + 1") for name in names]
        numbered = ", ".join(
            f"{self.read_as[name]} AS {name}" if name in self.read_as else plain
            for name, plain in zip(names, listed, strict=True)
        )
        query = f"SELECT {numbered} FROM {every}, file_row_number=true)"
        for part in mended:
            again = ", ".join(self._column(name, columns[name], '"row"') for name in names)
            query += f" WHERE NOT suspect UNION ALL SELECT {again} FROM {part}) WHERE problem IS NULL"
        return query

    def _column(self, name: str, type_: str, number: str) -> str:
        if name == "row":
            return f'{number} AS "row"'
        return name if name in self.fields else f"NULL::{type_} AS {name}"

    def rejects_sql(self) -> str:
        """A SELECT of row, column, code, reason of the rows set aside."""
        path = str(self.rejects).replace("'", "''")
        return f'SELECT "row", "column", code, reason FROM read_parquet(\'{path}\')'
