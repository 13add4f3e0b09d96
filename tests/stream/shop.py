"""A shop for tests of the stream: what its servers and pages send, and a firm that sold before."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any

import pyarrow as pa

from regulars.customers.refresh import open_lake
from regulars.intake import pipeline
from regulars.platform.workspace import Workspace
from regulars.stream import inbox
from regulars.stream.applier import apply
from regulars.stream.items import Item, Source

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
TODAY = NOW.date()
SERVER = Source(key_id=1, name="server", shop="shop", trusted=True, channel="segment")
PAGE = Source(key_id=2, name="page", shop="shop", trusted=False, channel="browser")
_numbers = count(1)


def item(
    kind: str, name: str = "", *, user: str | None = None, visit: str | None = None, at: datetime = NOW, **body: Any
) -> Item:
    return Item(
        message_id=body.pop("message", f"m{next(_numbers)}"),
        kind=kind,
        name=name or kind,
        user_id=user,
        anonymous_id=visit,
        previous_id=body.pop("previous", None),
        group_id=body.pop("group", None),
        occurred_at=at,
        received_at=NOW,
        bot=False,
        body=body,
    )


def event(
    name: str,
    number: str | int,
    *,
    user: str | None = None,
    visit: str | None = None,
    at: datetime = NOW,
    message: str = "",
    **properties: Any,
) -> Item:
    more = {"message": message} if message else {}
    return item("track", name, user=user, visit=visit, at=at, properties={"order_id": number} | properties, **more)


def send(*items: Item, source: Source = SERVER) -> list[str]:
    """Accepted and applied."""
    answers = inbox.accept(source, items)
    while apply():
        pass
    return [answer.outcome for answer in answers]


def file_of_orders(path: Path, rows: list[tuple[str, str, str, str]]) -> Path:
    """Number, day, customer's id, total."""
    lines = ["order_number,ordered_at,customer_ref,total", *(",".join(row) for row in rows)]
    path.write_text("\n".join(lines) + "\n")
    return path


def past(workspace: Workspace, folder: Path) -> None:
    """Fifteen customers, C1 to C15, of whom five left half a year ago; the last order is of yesterday."""
    rows = []
    for who in range(1, 16):
        for number in range(12):
            back = 1 + number * (8 + who) + (180 if who > 10 else 0)
            day = TODAY - timedelta(back)
            rows.append((f"F{who}-{number}", day.isoformat(), f"C{who}", f"{20 + who}.50"))
    pipeline.import_files(workspace, [file_of_orders(folder / "past.csv", rows)])


def in_lake(workspace: Workspace, table: str = "orders", where: str = "true") -> list[dict[str, Any]]:
    """Rows of the lake."""

    def read(now: Any) -> list[dict[str, Any]]:
        now.table(table)
        found: pa.Table = now.con.raw_sql(f"SELECT * FROM {table} WHERE {where} ORDER BY ALL").to_arrow_table()
        rows: list[dict[str, Any]] = found.to_pylist()
        return rows

    return open_lake(workspace).read(read)


def ago(days: float) -> datetime:
    return NOW - timedelta(days=days)


def day(back: int) -> date:
    return TODAY - timedelta(back)
