"""Histories kept between refreshes: used only for the run that names them, and gone when somebody is forgotten."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path

import msgspec
import pytest
from tests.customers.test_refresh import orders, standing

from regulars.customers import forget, kept_histories
from regulars.customers.models import Customer, Run
from regulars.customers.refresh import Refreshed, refresh
from regulars.insight import onward
from regulars.intake import pipeline
from regulars.platform.workspace import Workspace, open_workspace

LAST = 300


@pytest.fixture(autouse=True)
def _however_few(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kept_histories, "LEAST", 1)


@pytest.fixture
def used(monkeypatch: pytest.MonkeyPatch) -> list[bool]:
    """For each time that histories were needed, whether they were brought onward."""
    found: list[bool] = []

    def watched(*given: object, inner: Callable[..., object] = onward.onward, **more: object) -> object:
        known = inner(*given, **more)
        found.append(known is not None)
        return known

    monkeypatch.setattr("regulars.insight.picture.onward", watched)
    return found


@pytest.fixture
def shop(workspace: Workspace, tmp_path: Path) -> Workspace:
    pipeline.import_files(workspace, [orders(tmp_path / "a.csv", 0, LAST)])
    return open_workspace(workspace.path)


def on(shop: Workspace, after: int) -> Refreshed:
    return refresh(shop, as_of=date(2024, 1, 1) + timedelta(LAST + after))


def few_more(shop: Workspace, path: Path) -> None:
    """New orders of three customers, one of them new."""
    rows = [f"m{i},{date(2024, 1, 1) + timedelta(LAST + 1)},C{i},33.00" for i in (3, 9, 77)]
    path.write_text("order number,date,customer id,total\n" + "\n".join(rows) + "\n")
    pipeline.import_files(shop, [path])


def test_the_next_day_gives_what_it_would_from_the_start(shop: Workspace, tmp_path: Path, used: list[bool]) -> None:
    first = on(shop, 0).run
    few_more(shop, tmp_path / "more.csv")
    brought = on(shop, 2)
    rows = standing(shop, brought.run)
    Run.objects.filter(pk=brought.run.pk).delete()  # the run before is the last one again, without what it kept
    Run.objects.filter(pk=first.pk).update(standing_version=brought.run.standing_version)
    kept_histories.forget(shop.lake_path)
    read = on(shop, 2)
    assert used == [False, True, False]
    assert rows == standing(shop, read.run)
    assert msgspec.to_builtins(brought.firm) == msgspec.to_builtins(read.firm)


def test_it_goes_when_somebody_is_forgotten_and_then_all_is_read(shop: Workspace, used: list[bool]) -> None:
    on(shop, 0)
    assert (shop.lake_path / "histories.arrow").exists()
    forget.ask(shop, [Customer.objects.order_by("pk").values_list("pk", flat=True)[7]])
    forget.work(shop)
    assert not list(shop.lake_path.glob("histories*"))
    on(shop, 1)
    assert used == [False, False]


def test_what_another_run_kept_is_not_used(shop: Workspace, used: list[bool]) -> None:
    """As after a restore: the store is of an earlier run than the file, or the other way round."""
    on(shop, 0)
    before = (shop.lake_path / "histories.arrow").read_bytes()
    on(shop, 1)
    (shop.lake_path / "histories.arrow").write_bytes(before)
    on(shop, 2)
    assert used == [False, True, False]


@pytest.mark.parametrize("harm", [b"", b"ARROW1\0\0not really"])
def test_a_file_that_cannot_be_read_only_costs_time(shop: Workspace, used: list[bool], harm: bytes) -> None:
    on(shop, 0)
    (shop.lake_path / "histories.arrow").write_bytes(harm)
    on(shop, 1)
    assert used == [False, False]


def test_few_customers_are_read_each_time(shop: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kept_histories, "LEAST", 1_000)
    assert on(shop, 0).run.parameters["histories"] == ""
    assert not list(shop.lake_path.glob("histories*"))
