"""What all steps of one assembly share: the connection, the rows, the firm's currency, and what was counted."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import duckdb

from regulars.intake.assemble.amounts import Units
from regulars.intake.assemble.profile import Profile
from regulars.intake.assemble.source import Sales
from regulars.intake.fields import Kind


@dataclass
class Assembly:
    """One import being put together. `tally` counts rows (or orders) by the rule that met them."""

    con: duckdb.DuckDBPyConnection
    sales: Sales
    lake: Mapping[str, str]
    """Table of the lake -> what to put behind FROM to read it."""
    shop: str
    import_id: int
    currency: str
    folder: Path
    units: Units = field(default_factory=lambda: Units({}, exact=False))
    profiles: dict[Kind, Profile] = field(default_factory=dict)
    may_repeat: bool = True
    """An order number may stand in several rows of the orders' files."""
    tally: Counter[str] = field(default_factory=Counter)

    def one(self, query: str) -> Any:
        """The first value of a query's first row."""
        row = self.con.execute(query).fetchone()
        return None if row is None else row[0]

    def any(self, relation: str) -> bool:
        """Whether a relation has rows."""
        return self.con.execute(f"SELECT 1 FROM {relation} LIMIT 1").fetchone() is not None

    def write(self, name: str, query: str, constants: Mapping[str, object] | None = None) -> Path:
        """The rows of a query as a Parquet file in the import's folder.

        constants : columns with one value, put into the path (`.../currency=EUR/orders.parquet`), where DuckDB reads
        them from: written out, ten of them would cost a third of the work.
        """
        folder = self.folder.joinpath(*(f"{column}={value}" for column, value in (constants or {}).items()))
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / f"{name}.parquet"
        # Dictionaries of numbers and ids cost a third of the writing, and the file is read once and thrown away.
        options = "FORMAT parquet, COMPRESSION snappy, DICTIONARY_SIZE_LIMIT 1"
        if constants:
            query = f"SELECT * EXCLUDE ({', '.join(constants)}) FROM ({query})"
        self.con.execute(f"COPY ({query}) TO '{path}' ({options})")
        return path
