"""Where insight reads from: anything that answers `.table(name)` with the lake's columns (`lake.tables`).

A `lake.Snapshot` is a source; `Frames` is one made of Arrow tables in memory, for notebooks, tests and simulations.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol, runtime_checkable

import pyarrow as pa

from regulars.lake.engine import name_what_ibis_calls
from regulars.lake.tables import TABLES


@runtime_checkable
class Source(Protocol):
    """Tables of one moment; the same source always answers the same."""

    @property
    def con(self) -> Any:
        """The Ibis backend that runs expressions over `table`."""

    @property
    def versions(self) -> Mapping[str, int]:
        """The version of each table, so that a run can name what it used."""

    def table(self, name: str) -> Any:
        """The table as an Ibis expression, empty (but typed) when nothing was ever written to it."""


def fetch(expression: Any) -> Any:
    """The result of an expression over a source's tables: an Arrow table, array or scalar.

    Ibis's `to_pyarrow` does the same, but loads pandas (0.3 s) to no use.
    """
    found = expression.get_backend()._to_duckdb_relation(expression).to_arrow_table()
    return expression.__pyarrow_result__(found)


class Frames:
    """Arrow tables in memory as a source. Missing tables are empty; missing nullable columns are null."""

    def __init__(self, tables: Mapping[str, pa.Table], *, threads: int | None = None) -> None:
        import ibis  # slow to load, and not needed to read kept parameters and figures

        name_what_ibis_calls()
        self.con = ibis.duckdb.connect(**({"threads": threads} if threads else {}))
        self.versions: Mapping[str, int] = {}
        self._arrow = {name: _conform(name, table) for name, table in tables.items()}
        self._ibis: dict[str, Any] = {}

    def table(self, name: str) -> Any:
        """The table as an Ibis expression."""
        if name not in self._ibis:
            self.con.con.register(f"frame_{name}", self.arrow(name))
            self._ibis[name] = self.con.table(f"frame_{name}")
        return self._ibis[name]

    def arrow(self, name: str) -> pa.Table:
        """The table as Arrow."""
        found = self._arrow.get(name)
        return TABLES[name].schema.empty_table() if found is None else found


def _conform(name: str, table: pa.Table) -> pa.Table:
    columns = []
    for field in TABLES[name].schema:
        if field.name in table.column_names:
            columns.append(table.column(field.name).cast(field.type))
        else:
            columns.append(pa.nulls(table.num_rows, field.type))
    return pa.Table.from_arrays(columns, names=TABLES[name].schema.names)
