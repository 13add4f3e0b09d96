"""Staged rows made by hand, and a lake to take them into: assembly without files and without Django."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa

from regulars.intake.assemble import build, outcome
from regulars.intake.assemble.assembly import Assembly
from regulars.intake.assemble.notices import NOTICES
from regulars.intake.assemble.source import FILE_PLACES, Part, Sales
from regulars.intake.fields import DERIVED, staged_columns
from regulars.intake.read import Staged
from regulars.lake import TABLES, Lake, OrderBatch, Step, engine


@dataclass
class Taken:
    """Rows by outcome, and the rows that were set aside."""

    rows: dict[str, int]
    set_aside: list[int]
    tally: dict[str, int]


class Bench:
    """Takes in rows given as dictionaries; customers get ids in the order of their keys' first appearance."""

    def __init__(self, currency: str = "EUR") -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="regulars-bench-"))
        self.lake = Lake(self.folder / "lake", memory_limit="400MB", threads=1)
        self.lake.define(NOTICES)
        self.ids: dict[str, int] = {}
        self.imports = 0
        self.currency = currency

    def __enter__(self) -> Bench:
        return self

    def __exit__(self, *error: object) -> None:
        shutil.rmtree(self.folder)

    def take(self, *, several: bool = False, per_line: Sequence[str] = (), **kinds: Any) -> Taken:
        parts = [
            Part(number, self.staged(kind, rows, number))
            for kind, given in kinds.items()
            for number, rows in enumerate(given if several else [given])
        ]
        parts = [Part(number, part.staged, per_line=per_line) for number, part in enumerate(parts)]
        return self._assemble(Sales(parts))

    def take_table(self, query: str, rows: int) -> Taken:
        path = self.folder / "table.parquet"
        with duckdb.connect() as con:
            con.execute("SET TimeZone = 'UTC'")
            con.execute(f"COPY ({query}) TO '{path}' (FORMAT parquet)")
            fields = tuple(name for name, *_ in con.execute(f"DESCRIBE SELECT * FROM '{path}'").fetchall())
        return self._assemble(Sales([Part(0, _staged("orders", path, rows, fields))]))

    def staged(self, kind: Any, rows: list[dict[str, Any]], number: int) -> Staged:
        """Rows as a Parquet file of the staged types, with the derived columns."""
        names = list(dict.fromkeys(name for row in rows for name in row))
        derived = [(DERIVED[name][0], name) for name in names if name in DERIVED and name != "status"]
        types = staged_columns(kind)
        columns = ['i AS "row"', *(f"{name}::{types[name]} AS {name}" for name in names)]
        columns += [f"{name}::DATE AS {column}" for column, name in derived]
        path = self.folder / f"{kind}-{number}-{self.imports}.parquet"
        with duckdb.connect() as con:
            con.execute("SET TimeZone = 'UTC'")
            con.execute(f"CREATE TABLE given (i BIGINT, {', '.join(f'{name} VARCHAR' for name in names)})")
            values = [
                [i, *(None if row.get(n) is None else str(row[n]) for n in names)] for i, row in enumerate(rows, 1)
            ]
            con.executemany(f"INSERT INTO given VALUES ({', '.join('?' * (len(names) + 1))})", values)
            con.execute(f"COPY (SELECT {', '.join(columns)} FROM given ORDER BY i) TO '{path}' (FORMAT parquet)")
        return _staged(kind, path, len(rows), ("row", *names, *(column for column, _ in derived)))

    def ask(self, query: str) -> list[tuple[Any, ...]]:
        with self.lake.snapshot() as snapshot:
            for name in (*TABLES, NOTICES.name):
                snapshot.table(name)
            return list(snapshot.con.raw_sql(query).fetchall())

    def state(self) -> list[Any]:
        names = {number: key for key, number in self.ids.items()}
        orders = "customer_id, external_id, day, gross, discount, refund, shipping, net, cost, status"
        queries = (
            f"SELECT {orders} FROM orders",
            "SELECT l.customer_id, external_id, product_id, quantity, l.net FROM lines l JOIN orders USING (order_id)",
            "SELECT r.customer_id, external_id, r.day, amount FROM refunds r JOIN orders USING (order_id)",
            "SELECT * FROM occasions",
        )
        return [sorted(((names[row[0]], *row[1:]) for row in self.ask(query)), key=repr) for query in queries]

    def _assemble(self, sales: Sales) -> Taken:
        self.imports += 1
        folder = self.folder / f"import-{self.imports}"
        folder.mkdir()
        with engine.connect(folder, "400MB", 1) as con:
            assembly = Assembly(con, sales, self._tables(), "shop", self.imports, self.currency, folder)
            build.prepare(assembly)
            build.documents(assembly)
            files = build.finish(assembly, self._assign, self._find)
            batch = OrderBatch(files.orders, self.imports, files.lines, files.refunds)
            result = self.lake.commit(Step(key=f"import:{self.imports}", orders=batch, upsert=files.upserts))
            assembly.lake = self._tables()
            rows: dict[str, int] = {}
            for (_, name), number in outcome.rows(assembly, result.orders, taking=files.refunds is not None).items():
                rows[name] = rows.get(name, 0) + number
            aside = [place % FILE_PLACES for (place,) in con.execute("SELECT place FROM left_out").fetchall()]
            return Taken(rows, aside, dict(assembly.tally))

    def _tables(self) -> dict[str, str]:
        specs = {**TABLES, NOTICES.name: NOTICES}
        with self.lake.snapshot() as snapshot:
            return {name: engine.scan(snapshot.files(name), spec.schema) for name, spec in specs.items()}

    def _assign(self, keys: pa.Table) -> pa.Table:
        rows = keys.to_pylist()
        numbers = [self.ids.setdefault(_key(row), len(self.ids) + 1) for row in rows]
        return pa.table({"key": [row["key"] for row in rows], "customer_id": pa.array(numbers, pa.int64())})

    def _find(self, keys: pa.Table) -> pa.Table:
        found = [(row["key"], self.ids[_key(row)]) for row in keys.to_pylist() if _key(row) in self.ids]
        return pa.table(
            {
                "key": pa.array([key for key, _ in found], pa.int64()),
                "customer_id": pa.array([number for _, number in found], pa.int64()),
            }
        )


def _key(row: dict[str, Any]) -> str:
    return str(row["customer_ref"] or row["email"] or row["phone"] or f"guest {row['guest']}")


def _staged(kind: Any, path: Path, rows: int, fields: tuple[str, ...]) -> Staged:
    with duckdb.connect() as con:
        con.execute(
            f'COPY (SELECT * EXCLUDE ("row"), false AS suspect FROM \'{path}\' ORDER BY "row") '
            f"TO '{path}.new' (FORMAT parquet)"
        )
    Path(f"{path}.new").replace(path)
    return Staged(kind, [path], path, rows, rows, 0, fields, {}, [], [])
