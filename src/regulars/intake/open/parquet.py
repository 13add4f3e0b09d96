"""Parquet files: their columns as text, so that one way of reading serves all formats."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pyarrow.parquet as pq

from regulars.base.errors import BadInput


def sample(path: Path, rows: int) -> tuple[list[str], list[list[str | None]], list[list[str | None]], int]:
    """Titles, the first rows, rows from later row groups, and the number of rows. Raises BadInput when damaged."""
    try:
        count = pq.ParquetFile(path).metadata.num_rows
        con = duckdb.connect()
        con.execute("SET TimeZone='UTC'; SET memory_limit='512MB'; SET enable_progress_bar=false")
        described = con.execute("DESCRIBE SELECT * FROM read_parquet($1)", [str(path)]).fetchall()
        cells = ", ".join(as_text(name, type_) for name, type_, *_ in described)
        head = con.execute(f"SELECT {cells} FROM read_parquet($1) LIMIT {rows}", [str(path)]).fetchall()
        scattered: list[tuple[str | None, ...]] = []
        if count > rows:
            step = max(1, (count - rows) // 8)
            near = " OR ".join(f"file_row_number BETWEEN {at} AND {at + 249}" for at in range(rows, count, step))
            query = f"SELECT {cells} FROM read_parquet($1, file_row_number=true) WHERE {near}"
            scattered = con.execute(query, [str(path)]).fetchall()
    except (duckdb.Error, OSError, ValueError) as error:
        raise BadInput(
            f"{path.name} isn't a whole Parquet file: {str(error).splitlines()[0]}. Export it again."
        ) from None
    return [str(name) for name, *_ in described], [list(r) for r in head], [list(r) for r in scattered], count


def relation(path: Path) -> str:
    """A SELECT of c0, c1, ... as text in the file's order."""
    quoted = str(path).replace("'", "''")
    with duckdb.connect() as con:
        described = con.execute(f"DESCRIBE SELECT * FROM read_parquet('{quoted}')").fetchall()
    cells = ", ".join(f"{as_text(name, type_)} AS c{i}" for i, (name, type_, *_) in enumerate(described))
    return f"SELECT {cells} FROM read_parquet('{quoted}')"


def as_text(name: str, type_: str) -> str:
    """SQL for a column as text: whole numbers without ".0", times in ISO form, zoned times in UTC with +00."""
    column = '"' + name.replace('"', '""') + '"'
    if type_ in ("DOUBLE", "FLOAT"):
        whole = f"{column} = trunc({column}) AND abs({column}) < 1e15"
        return f"CASE WHEN {whole} THEN CAST(CAST({column} AS BIGINT) AS VARCHAR) ELSE CAST({column} AS VARCHAR) END"
    if type_.startswith("TIMESTAMP") and "ZONE" not in type_:
        return f"CAST(CAST({column} AS TIMESTAMP) AS VARCHAR)"
    if "ZONE" in type_:
        return f"strftime({column}, '%Y-%m-%d %H:%M:%S.%f+00')"
    return f"CAST({column} AS VARCHAR)"
