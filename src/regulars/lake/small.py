"""Small keyed tables: people, products, costs, rates, spend, and what insight keeps between runs."""

from __future__ import annotations

from regulars.base.errors import BadInput
from regulars.lake import engine
from regulars.lake.step import Source
from regulars.lake.work import Work


def append(work: Work, table: str, source: Source) -> None:
    """Stage rows to be added."""
    work.write(table, f"SELECT * FROM {_bind(work, table, source)} {_order(work, table)}", ordered=True)


def replace(work: Work, table: str, source: Source) -> None:
    """Stage rows as the whole content of the table."""
    view = _bind(work, table, source)
    work.drop(table, work.paths(table))
    work.write(table, f"SELECT * FROM {view} {_order(work, table)}", ordered=True)


def upsert(work: Work, table: str, source: Source) -> None:
    """Stage rows that replace those with the same key; rows that are there just so already are left alone.

    Raises BadInput when a key comes twice with different content.
    """
    spec = work.specs[table]
    if not spec.key:
        raise BadInput(f"The table {table} has no key to replace rows by: append to it.")
    view = _bind(work, table, source)
    keys = ", ".join(engine.quoted(column) for column in spec.key)
    columns = ", ".join(engine.quoted(name) for name in spec.schema.names)
    con = work.con
    con.execute(
        f"CREATE OR REPLACE TEMP TABLE fresh_{table} AS "
        f"SELECT DISTINCT * FROM {view} EXCEPT SELECT {columns} FROM {work.scan(table)}"
    )
    twins = con.execute(
        f"SELECT {keys} FROM fresh_{table} GROUP BY ALL HAVING count(*) > 1 ORDER BY ALL LIMIT 3"
    ).fetchall()
    if twins:
        named = "; ".join(" ".join(str(part) for part in row) for row in twins)
        raise BadInput(f"In the rows for {table} some keys come twice with different content: {named}. Give each once.")
    work.delete(table, f"fresh_{table}", spec.key)
    work.write(table, f"SELECT * FROM fresh_{table} {_order(work, table)}", ordered=True)


def _bind(work: Work, table: str, source: Source) -> str:
    """A view with exactly the table's columns, typed; columns that may be null may be left out."""
    spec = work.specs[table]
    given = work.columns(work.bind(f"given_{table}", source))
    missing = [field.name for field in spec.schema if not field.nullable and field.name not in given]
    if missing:
        raise BadInput(f"The rows for {table} lack the columns {', '.join(missing)}.")
    columns = ", ".join(
        (engine.quoted(field.name) if field.name in given else "NULL")
        + f"::{engine.type_name(field.type)} AS {engine.quoted(field.name)}"
        for field in spec.schema
    )
    work.con.execute(f"CREATE OR REPLACE TEMP VIEW in_{table} AS SELECT {columns} FROM given_{table}")
    return f"in_{table}"


def _order(work: Work, table: str) -> str:
    sort = ", ".join(engine.quoted(column) for column in work.specs[table].sort)
    return f"ORDER BY {sort}" if sort else ""
