"""A shop with a workspace of its own, to import small files into and look at what came of it."""

from __future__ import annotations

from pathlib import Path
from textwrap import dedent
from typing import Any

import pytest

from regulars.platform import store
from regulars.platform.workspace import open_workspace


class Shop:
    """Imports texts as files; answers from the lake in major units where it says `money`."""

    def __init__(self, home: Path, files: Path) -> None:
        self.home = home
        self.files = files
        store.start(open_workspace(home))

    def file(self, name: str, text: str) -> Path:
        path = self.files / name
        path.write_text(dedent(text).lstrip("\n"), encoding="utf-8")
        return path

    def take(self, *paths: Path, **options: Any) -> Any:
        from regulars.intake.pipeline import import_files

        workspace = open_workspace(self.home)
        store.start(workspace)
        result = import_files(workspace, paths, **options)
        for file in result.as_json()["files"]:
            assert file["rows_in"] == sum(file[name] for name in ("kept", "set_aside", "unchanged", "replaced"))
            assert sum(file["reasons"].values()) == file["set_aside"]
        return result

    def text(self, text: str, name: str = "orders.csv", **options: Any) -> Any:
        return self.take(self.file(name, text), **options)

    def settings(self, text: str) -> None:
        (self.home / "regulars.toml").write_text(text, encoding="utf-8")

    def ask(self, query: str) -> list[tuple[Any, ...]]:
        """SQL over the lake's tables."""
        from regulars.intake.command import open_lake

        with open_lake(open_workspace(self.home)).snapshot() as snapshot:
            for name in ("orders", "lines", "refunds", "occasions", "order_versions", "people", "products", "costs"):
                snapshot.table(name)
            for name in ("rates", "spend", "refund_notices"):
                snapshot.table(name)
            return list(snapshot.con.raw_sql(query).fetchall())

    def orders(self, *columns: str) -> dict[str, Any]:
        """Order number -> one column, or a tuple of several."""
        names = columns or ("status", "net")
        rows = self.ask(f"SELECT external_id, {', '.join(names)} FROM orders ORDER BY 1")
        return {row[0]: row[1] if len(names) == 1 else row[1:] for row in rows}

    def refunds(self) -> list[tuple[str, str, int]]:
        """(order number, day, amount)."""
        return self.ask(
            "SELECT external_id, r.day::VARCHAR, amount FROM refunds r JOIN orders USING (order_id) ORDER BY ALL"
        )

    def keys(self) -> dict[int, str]:
        """Customer id -> what the shop calls them; ids depend on the order in which files came."""
        from regulars.customers.queries import external_ids

        store.start(open_workspace(self.home))
        table = external_ids()
        return dict(zip(table["customer_id"].to_pylist(), table["external_id"].to_pylist(), strict=True))

    def state(self) -> list[Any]:
        """Everything that must be the same however the files came in: no ids of orders, imports, versions."""
        keys = self.keys()
        orders = """customer_id, external_id, ordered_at::VARCHAR, day, currency, rate, original, gross, discount,
            refund, tax, shipping, net, cost, channel, status"""
        queries = (
            f"SELECT {orders} FROM orders",
            "SELECT l.customer_id, external_id, l.* EXCLUDE (order_id, customer_id) "
            "FROM lines l JOIN orders USING (order_id)",
            "SELECT r.customer_id, external_id, r.day, amount FROM refunds r JOIN orders USING (order_id)",
            "SELECT * FROM occasions",
            "SELECT * FROM people",
        )
        return [sorted(((keys[row[0]], *row[1:]) for row in self.ask(query)), key=repr) for query in queries]

    def rejects(self, name: str) -> list[str]:
        return (self.home / "rejects" / name).read_text(encoding="utf-8").splitlines()


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    return _shop(tmp_path, "one")


@pytest.fixture
def other_shop(tmp_path: Path) -> Shop:
    """A second workspace, for comparisons. Use one after the other: they share Django."""
    return _shop(tmp_path, "two")


def _shop(folder: Path, name: str) -> Shop:
    files = folder / f"{name}-files"
    files.mkdir()
    return Shop(folder / name, files)
