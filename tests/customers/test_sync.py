"""The store's pictures become what the last run says, as differences, on both databases."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import pytest
from tests.stores import every_database

from regulars.base.errors import NotFound
from regulars.customers.models import Customer, NameWord, Picture, Recent, Run, StandingChange
from regulars.customers.refresh import refresh
from regulars.customers.sync import due, sync
from regulars.intake import pipeline
from regulars.platform.models import Event
from regulars.platform.workspace import Workspace

pytestmark = every_database
START = date(2024, 1, 1)


def orders(path: Path, first: int, last: int, customers: int = 40) -> Path:
    """Customer i buys every 10 + i days, on days first..last; every third has a name."""
    rows = [
        f"{i}-{day},{START + timedelta(day)},C{i},{'Älis Käsk ' + str(i) if i % 3 == 0 else ''},{20 + i}.00"
        for i in range(customers)
        for day in range(0, last, 10 + i)
        if day >= first
    ]
    path.write_text("order number,date,customer id,name,total\n" + "\n".join(rows) + "\n", encoding="utf-8")
    return path


@pytest.fixture
def judged(workspace: Workspace, tmp_path: Path) -> Workspace:
    pipeline.import_files(workspace, [orders(tmp_path / "a.csv", 0, 300)])
    refresh(workspace)
    return workspace


def test_nothing_to_sync(workspace: Workspace) -> None:
    assert due() is None
    with pytest.raises(NotFound, match="nothing to show yet"):
        sync(workspace)


def test_the_first_sync_makes_a_picture_of_everybody(judged: Workspace) -> None:
    run = due()
    assert run is not None
    done = sync(judged)
    assert (done.pictures, done.removed, done.recent) == (40, 0, 40)
    assert due() is None
    assert Run.objects.get(pk=run.pk).synced_at
    assert Picture.objects.count() == Recent.objects.count() == Customer.objects.count() == 40
    assert set(Picture.objects.values_list("label", flat=True)) >= {"C1", "Älis Käsk 3"}
    assert NameWord.objects.filter(word="kask").count() == 14
    assert not StandingChange.objects.exists()
    assert not Event.objects.exists()


def test_the_same_again_writes_nothing(judged: Workspace) -> None:
    sync(judged)
    done = sync(judged)
    assert (done.pictures, done.removed, done.recent) == (0, 0, 0)
