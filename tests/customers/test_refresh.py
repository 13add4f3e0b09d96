"""Refresh: the lake's orders become a run, and the next one reuses what still holds."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import msgspec
import pytest
import time_machine

from regulars.base.errors import NotFound
from regulars.customers.models import Run
from regulars.customers.refresh import open_lake, refresh
from regulars.intake import pipeline
from regulars.platform.workspace import Workspace, open_workspace


def orders(path: Path, first: int, last: int) -> Path:
    """Forty customers; customer i buys every 10 + i days, on days first..last of 2024."""
    rows = [
        f"{i}-{day},{date(2024, 1, 1) + timedelta(day)},C{i},{20 + i}.00"
        for i in range(40)
        for day in range(0, last, 10 + i)
        if day >= first
    ]
    path.write_text("order number,date,customer id,total\n" + "\n".join(rows) + "\n")
    return path


def standing(workspace: Workspace, run: Run) -> list[dict[str, object]]:
    with open_lake(workspace).snapshot({"standing": run.standing_version}) as snapshot:
        return snapshot.table("standing").order_by("customer_id").to_pyarrow().to_pylist()


def test_nothing_to_judge(workspace: Workspace) -> None:
    with pytest.raises(NotFound, match="No order has been taken in"):
        refresh(workspace)


def test_the_same_again_gives_the_same(workspace: Workspace, tmp_path: Path) -> None:
    pipeline.import_files(workspace, [orders(tmp_path / "a.csv", 0, 300)])
    workspace = open_workspace(workspace.path)
    first = refresh(workspace)
    again = refresh(workspace)
    assert standing(workspace, again.run) == standing(workspace, first.run)
    assert msgspec.to_builtins(again.firm) == msgspec.to_builtins(first.firm)
    assert first.run.as_of == date(2024, 1, 1) + timedelta(max(d for i in range(40) for d in range(0, 300, 10 + i)))


def test_new_orders_are_seen_and_an_earlier_day_does_not_see_them(workspace: Workspace, tmp_path: Path) -> None:
    pipeline.import_files(workspace, [orders(tmp_path / "a.csv", 0, 200)])
    workspace = open_workspace(workspace.path)
    before = refresh(workspace, as_of=date(2024, 7, 1))
    pipeline.import_files(workspace, [orders(tmp_path / "b.csv", 200, 300)])
    after = refresh(workspace)
    assert after.firm.orders > before.firm.orders
    assert after.firm.as_of > before.firm.as_of
    back = refresh(workspace, as_of=date(2024, 7, 1))
    assert back.firm.orders == before.firm.orders
    assert standing(workspace, back.run) == standing(workspace, before.run)


@pytest.mark.hard
def test_refreshes_day_after_day_keep_the_standings_of_some_days(workspace: Workspace, tmp_path: Path) -> None:
    workspace.settings_path.write_text("[store]\nkeep_days = 2\n")
    workspace = open_workspace(workspace.path)
    file = tmp_path / "orders.csv"
    with time_machine.travel("2026-03-01", tick=True) as clock:
        for number in range(5):
            pipeline.import_files(workspace, [orders(file, 0, 100 + number)])
            run = refresh(workspace).run
            clock.shift(timedelta(days=1, minutes=1))
    assert len(list((workspace.lake_path / "standing").glob("*.parquet"))) == 3
    assert standing(workspace, run)
    assert standing(workspace, Run.objects.order_by("-id")[2])
