"""Who was forgotten is found nowhere: not in the workspace, not in the database's files, not after an old file."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import psycopg
import pytest
from tests.privacy import everywhere
from tests.privacy.canaries import Canary, flock, number_of, plant, shop_file, totals
from tests.stores import Stores, other_database_when_hard

from regulars.base import clock
from regulars.customers import forget, subject
from regulars.customers.models import Customer, Forgotten
from regulars.customers.models.privacy import Erasure
from regulars.customers.refresh import refresh
from regulars.customers.sync import sync
from regulars.intake import pipeline
from regulars.lake import Lake
from regulars.platform import scrubbing
from regulars.platform.models import AuditEntry
from regulars.platform.workspace import Workspace

Places = Callable[[], list[Path]]


@pytest.fixture
def places(workspace: Workspace, stores: Stores, database: str) -> Places:
    """The folders in which everything lies, with what the database still had in memory."""

    def settled() -> list[Path]:
        if database == "sqlite":
            return [workspace.path]
        with psycopg.connect(str(stores._made["postgresql"]), autocommit=True) as con:
            con.execute("ALTER SYSTEM SET wal_recycle = off")  # as docs/privacy.md asks for
            con.execute("SELECT pg_reload_conf()")
            for _ in range(2):
                con.execute("SELECT pg_switch_wal()")
                con.execute("CHECKPOINT")
        return [workspace.path, stores.server]

    return settled


@pytest.fixture
def birds() -> list[Canary]:
    return flock()


def texts(birds: list[Canary]) -> list[str]:
    return [text for one in birds for text in one.texts]


def forget_all(workspace: Workspace, birds: list[Canary]) -> None:
    forget.ask(workspace, [number_of(one) for one in birds])
    forget.work(workspace)


@other_database_when_hard
def test_nothing_is_left_of_who_was_forgotten(
    workspace: Workspace, places: Places, birds: list[Canary], tmp_path: Path
) -> None:
    file = shop_file(tmp_path / "old.csv", birds)
    plant(workspace, birds, file)
    hidden = set(texts(birds)) - set(everywhere.found(places(), texts(birds)))
    assert hidden == set(), "the search finds everything that was planted"
    before, others = totals(workspace), Customer.objects.count() - 3

    forget_all(workspace, birds)

    assert everywhere.found(places(), texts(birds)) == {}
    assert totals(workspace) == before
    assert Customer.objects.count() == others
    assert AuditEntry.objects.filter(action="customer.viewed", customer_id=None).count() == 3
    (request,) = Erasure.objects.all()
    assert (request.stage, request.customer_ids, request.traces) == ("done", [], {})

    again = pipeline.import_files(workspace, [file])
    counts = again.counts
    assert counts.rows_in == counts.kept + counts.set_aside + counts.unchanged + counts.replaced
    assert again.reasons["It belongs to somebody who was forgotten"] == 9
    assert counts.set_aside == 10, "with the row that couldn't be read"
    refresh(workspace)
    sync(workspace)
    assert everywhere.found(places(), texts(birds)) == {}
    assert totals(workspace) == before
    assert Customer.objects.count() == others
    assert Forgotten.objects.count() >= 12


def test_who_asks_is_told_what_came_in_of_them(workspace: Workspace, birds: list[Canary], tmp_path: Path) -> None:
    plant(workspace, birds, shop_file(tmp_path / "old.csv", birds))
    held = subject.as_json(subject.told(workspace, number_of(birds[0])))
    unknown = {text for text in birds[0].streamed if text not in held}
    assert {text.partition("-")[0] for text in unknown} == {"held"}, "a refund waits that nobody knows the order of"
    assert not [text for text in birds[1].streamed if text in held]


LEFT_OUT = {
    "the lake": (Lake, "erase"),
    "the disk": (scrubbing, "scrub"),
    "the files": (forget, "_erase_from_files"),
}


@pytest.mark.parametrize("step", LEFT_OUT)
def test_a_step_that_is_left_out_would_be_seen(
    workspace: Workspace,
    places: Places,
    birds: list[Canary],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    step: str,
) -> None:
    """Negative control."""
    plant(workspace, birds, shop_file(tmp_path / "old.csv", birds))
    monkeypatch.setattr(*LEFT_OUT[step], lambda *_args, **_options: None)
    forget_all(workspace, birds)
    assert everywhere.found(places(), texts(birds))


def test_without_the_list_of_the_forgotten_an_old_file_brings_them_back(
    workspace: Workspace, birds: list[Canary], tmp_path: Path
) -> None:
    """Negative control."""
    file = shop_file(tmp_path / "old.csv", birds)
    pipeline.import_files(workspace, [file])
    forget_all(workspace, birds)
    Forgotten.objects.all().delete()
    pipeline.import_files(workspace, [file])
    assert everywhere.found([workspace.path], texts(birds))


def test_who_comes_back_later_is_a_new_customer(workspace: Workspace, birds: list[Canary], tmp_path: Path) -> None:
    pipeline.import_files(workspace, [shop_file(tmp_path / "old.csv", birds)])
    number = number_of(birds[0])
    forget_all(workspace, birds[:1])
    later = shop_file(tmp_path / "later.csv", birds, start=clock.today() + timedelta(days=1), suffix="-later")
    pipeline.import_files(workspace, [later])
    assert number_of(birds[0]) > number
    assert Customer.objects.count() == 33
