"""Where insight reads from: anything that answers `.table(name)` with the lake's columns (`lake.tables`).

A `lake.Snapshot` is a source; `Frames` is one made of Arrow tables in memory, for notebooks, tests and simulations.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
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
        self._registered: set[str] = set()

    def table(self, name: str) -> Any:
        """The table as an Ibis expression."""
        return self.con.table(self.view(name))

    def view(self, name: str) -> str:
        """What the table is called within `con`."""
        called = f"frame_{name}"
        if name not in self._registered:
            self.con.con.register(called, self.arrow(name))
            self._registered.add(name)
        return called

    def arrow(self, name: str) -> pa.Table:
        """The table as Arrow."""
        found = self._arrow.get(name)
        return TABLES[name].schema.empty_table() if found is None else found


_KEPT = 256
_compiled: dict[tuple[Any, ...], str] = {}


@dataclass(frozen=True)
class Question:
    """What is asked of sources again and again. Of `Frames` it is built and compiled once for each set of `given`.

    Ibis takes 20-70 ms for a middling expression, which counts where a few customers are judged within a second.
    build : takes the tables, then what is given (hashable), and returns a table made of nothing else.
    """

    tables: tuple[str, ...]
    build: Callable[..., Any]

    def ask(self, source: Source, *given: Any) -> pa.Table:
        """The answer."""
        if not isinstance(source, Frames):
            return fetch(self._built(source, given))
        key = (self.build, given)
        if key not in _compiled:
            if len(_compiled) >= _KEPT:
                _compiled.clear()
            _compiled[key] = source.con.compile(self._built(source, given))
        for name in self.tables:
            source.view(name)
        return source.con.con.sql(_compiled[key]).to_arrow_table()

    def _built(self, source: Source, given: tuple[Any, ...]) -> Any:
        return self.build(*(source.table(name) for name in self.tables), *given)


def _conform(name: str, table: pa.Table) -> pa.Table:
    columns = []
    for field in TABLES[name].schema:
        if field.name in table.column_names:
            columns.append(table.column(field.name).cast(field.type))
        else:
            columns.append(pa.nulls(table.num_rows, field.type))
    return pa.Table.from_arrays(columns, names=TABLES[name].schema.names)
