"""Compaction: few large files in place of many small ones, sorted by customer."""

from __future__ import annotations

from regulars.lake import engine, runs
from regulars.lake.work import Work

SMALL_ROWS = 250_000
"""A file below this is small: a quarter of a full one."""
SMALL_FILES = 24
"""So many small files of one table are merged after a step: each costs half a millisecond in SQL, five in order."""
OVERLAP_SHARE = 0.25
"""A table with sorted files is sorted anew when this share of its rows lies beside its base."""


def everything(work: Work, table: str) -> None:
    """Stage the whole table in the order of its `sort`."""
    paths = work.paths(table)
    work.write(table, f"SELECT * FROM {work.scan(table)}{_order_by(work, table)}", ordered=True)
    work.drop(table, paths)


def some(work: Work, table: str, names: list[str]) -> None:
    """Stage one file (or few) for the table's files of these names."""
    if not set(names) <= set(work.names(table)):
        return  # another writer was here between the step and its compaction
    paths = [str(work.root / table / name) for name in names]
    merged = engine.scan(paths, work.specs[table].schema)
    work.write(table, f"SELECT * FROM {merged}{_order_by(work, table)}", ordered=True)
    work.drop(table, paths)


def due(work: Work, table: str) -> list[str]:
    """Files of the table that should become one: none, the small ones, or all."""
    rows = work.rows_by_path(table)
    if not work.specs[table].sorted_files:
        small = [path for path, count in rows.items() if count < SMALL_ROWS]
        return small if len(small) >= SMALL_FILES else []
    _, beside = runs.base_of([runs.span(path, work.specs[table].sort[0]) for path in rows])
    beside_rows = sum(file.rows for file in beside)
    small = [file.path for file in beside if file.rows < SMALL_ROWS]
    many = len(small) >= SMALL_FILES
    if beside_rows >= OVERLAP_SHARE * sum(rows.values()) and (many or beside_rows >= SMALL_ROWS):
        return list(rows)
    return small if many else []


def _order_by(work: Work, table: str) -> str:
    sort = ", ".join(engine.quoted(column) for column in work.specs[table].sort)
    return f" ORDER BY {sort}" if sort else ""
