"""Pictures are insight's table, column by column, after any sequence of refreshes."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import count
from pathlib import Path

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.costly import tried
from tests.stores import Stores, every_database

from regulars.customers.models import Customer, Picture, Run
from regulars.customers.refresh import open_lake, refresh
from regulars.customers.sync import sync
from regulars.customers.sync_columns import FOLLOWS, NOT_JUDGED, columns
from regulars.platform.workspace import Workspace

START = date(2024, 1, 1)
_numbers = count()


def buy(workspace: Workspace, bought: list[tuple[int, int, int]], number: int) -> None:
    """Orders of (customer, day, amount), as one import."""
    rows = [(f"{number}-{place}", *row) for place, row in enumerate(bought)]
    names, who, day, net = (list(column) for column in zip(*rows, strict=True))
    days = pa.array([START + timedelta(d) for d in day], pa.date32())
    n = len(rows)
    table = pa.table(
        {
            "order_key": list(range(n)), "shop": ["shop"] * n, "external_id": names, "customer_id": who, "day": days,
            "ordered_at": days.cast(pa.timestamp("us")).cast(pa.timestamp("us", tz="UTC")), "currency": ["EUR"] * n,
            "rate": [1.0] * n, "original": net, "gross": net, "discount": [0] * n, "refund": [0] * n, "tax": [0] * n,
            "shipping": [0] * n, "net": net, "status": ["placed"] * n, "import_id": [number] * n,
            "fingerprint": [hash(row) for row in rows],
        }
    )  # fmt: skip
    open_lake(workspace).upsert_orders(table, import_id=number)
    Customer.objects.bulk_create([Customer(pk=w, import_id=1) for w in set(who)], ignore_conflicts=True)


def check(workspace: Workspace, run: Run, *, exact: bool) -> None:
    chosen = columns(run.as_of, 2)
    with open_lake(workspace).snapshot({"standing": run.standing_version}) as snapshot:
        snapshot.table("standing")
        listed = ", ".join(f"{c.value} AS {c.name}" for c in chosen if not c.value.startswith("c."))
        table = snapshot.con.raw_sql(f"SELECT s.customer_id, {listed} FROM standing s").to_arrow_table()
    judged = {row["customer_id"]: row for row in table.to_pylist()}
    pictures = {picture.customer_id: picture for picture in Picture.objects.all()}
    assert set(pictures) == set(Customer.objects.values_list("pk", flat=True))
    for who, picture in pictures.items():
        if who not in judged:
            assert picture.standing == NOT_JUDGED
            continue
        for column in chosen:
            if column.value.startswith("c."):
                continue
            have, want = getattr(picture, column.name), judged[who][column.name]
            if exact or column.slack is None or want is None or have is None:
                assert have == want or (column.slack is FOLLOWS and not exact), (who, column.name)
            elif column.slack is not FOLLOWS:
                off = abs((have - want).days) if column.kind == "date" else abs(have - want)
                size = 0 if column.kind == "date" else abs(have)
                assert off <= max(column.slack.least, column.slack.part * size) * 1.0001, (who, column.name)


orders = st.lists(st.tuples(st.integers(1, 12), st.integers(0, 300), st.integers(100, 20_000)), min_size=1, max_size=40)


@every_database
@tried(2, 4)
@given(steps=st.lists(st.tuples(orders, st.integers(100, 320)), min_size=1, max_size=3))
def test_after_any_sequence_of_refreshes(
    stores: Stores, database: str, tmp_path: Path, steps: list[tuple[list[tuple[int, int, int]], int]]
) -> None:
    workspace = stores.workspace(database, tmp_path / f"home{next(_numbers)}")
    buy(workspace, [(1, 0, 1000)], 1)
    for number, (bought, day) in enumerate(steps, start=2):
        buy(workspace, bought, number)
        done = refresh(workspace, as_of=START + timedelta(day))
        sync(workspace)
        check(workspace, done.run, exact=number == 2)
        assert sync(workspace).pictures == 0


@every_database
def test_the_check_sees_a_wrong_figure(stores: Stores, database: str, tmp_path: Path) -> None:
    """Negative control."""
    workspace = stores.workspace(database, tmp_path / "control")
    buy(workspace, [(who, who * day % 300, 1000 * who) for who in range(1, 9) for day in range(1, 9)], 1)
    done = refresh(workspace)
    sync(workspace)
    check(workspace, done.run, exact=True)
    Picture.objects.filter(pk=3).update(occasions=99)
    with pytest.raises(AssertionError, match="occasions"):
        check(workspace, done.run, exact=True)
