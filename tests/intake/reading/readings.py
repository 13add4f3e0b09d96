"""Files written on the spot, recognised and read."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import duckdb

from regulars.intake.read import Staged, read
from regulars.intake.recognise import RecognisedFile, recognise

HEAD = "order number,date,customer,total\n"


class Readings:
    """`take` writes, recognises and reads one file; `rows` gives staged columns, `reasons` what was set aside."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.file: RecognisedFile
        self.staged: Staged

    def write(self, content: str | bytes, name: str = "orders.csv") -> Path:
        path = self.folder / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    def recognise(self, content: str | bytes, name: str = "orders.csv", **options: Any) -> RecognisedFile:
        self.file = recognise([self.write(content, name)], **options).files[0]
        return self.file

    def take(
        self,
        content: str | bytes,
        name: str = "orders.csv",
        *,
        zone: str = "UTC",
        currency: str | None = "EUR",
        **options: Any,
    ) -> Staged:
        self.recognise(content, name, **options)
        return self.read(zone, currency)

    def read(self, zone: str = "UTC", currency: str | None = "EUR") -> Staged:
        self.staged = read(self.file, self.folder / "out", time_zone=zone, firm_currency=currency)
        assert self.staged.rows_in == self.staged.kept + self.staged.set_aside
        assert self.query(f"SELECT count(*) FROM ({self.staged.sql()})") == [(self.staged.kept,)]
        assert self.query(f"SELECT count(*) FROM ({self.staged.rejects_sql()})") == [(self.staged.set_aside,)]
        both = f'SELECT "row" FROM ({self.staged.sql()}) UNION ALL SELECT "row" FROM ({self.staged.rejects_sql()})'
        assert self.query(f'SELECT list_sort(list("row")) FROM ({both})') in (
            [(list(range(1, self.staged.rows_in + 1)),)],
            [(None,)],
        )
        return self.staged

    def rows(self, *columns: str) -> list[tuple[Any, ...]]:
        listed = ", ".join(f"CAST({c} AS VARCHAR)" if c.endswith("_at") else f'"{c}"' for c in columns)
        return self.query(f'SELECT {listed} FROM ({self.staged.sql()}) ORDER BY "row"')

    def column(self, name: str) -> list[Any]:
        return [value for (value,) in self.rows(name)]

    def reasons(self) -> list[str]:
        return [r for (r,) in self.query(f'SELECT reason FROM ({self.staged.rejects_sql()}) ORDER BY "row"')]

    def query(self, sql: str) -> list[tuple[Any, ...]]:
        with duckdb.connect() as con:
            con.execute("SET TimeZone='UTC'")
            return con.execute(sql).fetchall()


def good(count: int, start: int = 0) -> str:
    return "".join(f"A{i},2024-{i % 12 + 1:02}-{i % 28 + 1:02},C{i % 7},{i}.50\n" for i in range(start, start + count))


def numbered(days: list[str], extra: str = "") -> str:
    return "order,date,customer,total\n" + "".join(f"{i},{d},C{i % 7},{i}.50{extra}\n" for i, d in enumerate(days))
