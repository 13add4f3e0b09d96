"""Orders written once: files in the table's own shape, which a step may take in as they are.

Writing is most of the work of an import. Who puts orders together so writes them as the table keeps them, with the ids
that they will have if nothing comes between; the step looks whether that held, and else reads them like any others.
"""

from __future__ import annotations

from pathlib import Path

import duckdb

from regulars.lake import engine
from regulars.lake.tables import TABLES, TableSpec

ROW_GROUP = 122_880
GROUPS_PER_FILE = 8
"""A file has about a million rows: a correction rewrites the files it touches, so they should not be too large."""
LAYOUT = (
    # Dictionaries are for statuses and currencies; those of ids cost a quarter of the writing and save nothing.
    f"FORMAT parquet, ROW_GROUP_SIZE {ROW_GROUP}, ROW_GROUPS_PER_FILE {GROUPS_PER_FILE}, DICTIONARY_SIZE_LIMIT 1000"
)
"""Options of COPY for the files of a table."""


def typed(spec: TableSpec, missing: frozenset[str] = frozenset()) -> str:
    """SQL: the table's columns in their types and their order; NULL for those that are `missing`."""
    return ", ".join(
        f"{'NULL' if field.name in missing else engine.quoted(field.name)}::{engine.type_name(field.type)} "
        f"AS {engine.quoted(field.name)}"
        for field in spec.schema
    )


def write(con: duckdb.DuckDBPyConnection, query: str, folder: Path, *, after: int) -> list[Path]:
    """Write the orders of a query (as OrderBatch describes them) as files that a batch `numbered_after` takes.

    after : the last order id in use; an order's id is this + its `order_key`, which must be 1 or more.
    """
    spec = TABLES["orders"]
    given = {str(row[0]) for row in con.execute(f"DESCRIBE {query}").fetchall()} | {"order_id", "version"}
    columns = typed(spec, frozenset(spec.schema.names) - given)
    numbered = f"SELECT *, order_key + {int(after)} AS order_id, 1 AS version FROM ({query})"
    con.execute(f"COPY (SELECT {columns} FROM ({numbered})) TO {engine.literal(str(folder))} ({LAYOUT})")
    return sorted(folder.glob("*.parquet"))
