"""A backup brings back what was there, to the byte; whom somebody forgot since stays forgotten."""

from __future__ import annotations

import hashlib
import zipfile
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import msgspec
import pytest
from django.db import connection
from tests.privacy import everywhere
from tests.privacy.canaries import flock, number_of, plant, shop_file, totals
from tests.stores import Stores, every_database, other_database_when_hard

from regulars.base import clock
from regulars.base.errors import BadInput, Conflict, NotFound
from regulars.customers import forget
from regulars.customers.actions_people import create
from regulars.customers.forget_again import forget_again
from regulars.customers.models import Customer
from regulars.customers.models.privacy import Erasure
from regulars.customers.refresh import open_lake, refresh
from regulars.intake import pipeline
from regulars.platform import store
from regulars.platform.backups import archive, tables
from regulars.platform.backups import make as making
from regulars.platform.backups.make import make
from regulars.platform.backups.restore import restore
from regulars.platform.models import AuditEntry, Worker
from regulars.platform.workspace import Workspace


def content(workspace: Workspace) -> dict[str, str]:
    """A hash of every table of store and lake, and of every file."""
    found = {}
    for name in tables.names():
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT * FROM {connection.ops.quote_name(name)}")
            found[name] = _hash(sorted(map(repr, cursor.fetchall())))
    with open_lake(workspace).snapshot() as snapshot:
        for name in snapshot.versions:
            found[f"lake {name}"] = _hash(sorted(map(repr, snapshot.table(name).to_pyarrow().to_pylist())))
    for folder in (workspace.files_path, workspace.rejects_path):
        for path in folder.rglob("*.*"):
            if path.is_file() and path.name != ".lock":
                found[str(path.relative_to(workspace.path))] = hashlib.sha256(path.read_bytes()).hexdigest()
    return found


def _hash(rows: list[str]) -> str:
    return hashlib.sha256("\n".join(rows).encode()).hexdigest()


@pytest.fixture
def firm(workspace: Workspace, tmp_path: Path) -> Workspace:
    """A workspace with orders, a refresh, rejects and settings."""
    workspace = workspace.remember(name="Kohvik OÜ")
    workspace = _reopened(workspace)
    pipeline.import_files(workspace, [shop_file(tmp_path / "orders.csv", flock())])
    refresh(workspace)
    return workspace


def _reopened(workspace: Workspace) -> Workspace:
    kept = store.opened().settings.store.database
    settings = msgspec.structs.replace(
        workspace.settings, store=msgspec.structs.replace(workspace.settings.store, database=kept)
    )
    return replace(workspace, settings=settings)


def elsewhere(stores: Stores, database: str, path: Path, like: Workspace) -> Workspace:
    """An empty workspace with the same secret key."""
    path.mkdir()
    (path / "secret.key").write_text(like.secret_key())
    return stores.workspace(database, path)


@every_database
def test_what_is_restored_is_what_was_there(firm: Workspace, stores: Stores, database: str, tmp_path: Path) -> None:
    manifest = make(firm, tmp_path / "b.zip")
    before = content(firm)
    other = elsewhere(stores, database, tmp_path / "other", firm)
    found = restore(other, tmp_path / "b.zip")
    assert found == manifest
    opened = store.opened()
    assert opened.settings.firm.name == "Kohvik OÜ"
    assert content(opened) == before
    assert open_lake(opened).check() == []
    Customer.objects.create(id=9_999, import_id=0)
    AuditEntry.objects.create(at=clock.now(), actor="system", actor_name="", action="test")  # numbers go on


@other_database_when_hard
def test_only_an_empty_workspace_is_written_to_unless_asked(
    firm: Workspace, tmp_path: Path, database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    make(firm, tmp_path / "b.zip")
    before = content(firm)
    with pytest.raises(Conflict, match="--replace"):
        restore(firm, tmp_path / "b.zip")
    Customer.objects.all().delete()
    Worker.objects.create(name="w", machine="m", process=1, started_at=clock.now(), beat_at=clock.now())
    with pytest.raises(Conflict, match="running"):
        restore(firm, tmp_path / "b.zip", replace=True)
    Worker.objects.all().delete()
    restore(firm, tmp_path / "b.zip", replace=True)
    assert content(store.opened()) == before
    assert not list(firm.path.glob(".restore-*"))


def test_what_is_no_whole_backup_is_refused(firm: Workspace, tmp_path: Path) -> None:
    path = tmp_path / "b.zip"
    make(firm, path)
    with pytest.raises(NotFound, match="no file"):
        restore(firm, tmp_path / "none.zip", replace=True)
    (tmp_path / "text.zip").write_text("hello")
    with pytest.raises(BadInput, match="isn't a backup"):
        restore(firm, tmp_path / "text.zip", replace=True)
    whole = path.read_bytes()
    (tmp_path / "cut.zip").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(BadInput, match="isn't a backup"):
        restore(firm, tmp_path / "cut.zip", replace=True)
    with zipfile.ZipFile(path) as given, zipfile.ZipFile(tmp_path / "other.zip", "w") as out:
        for name in given.namelist():
            out.writestr(name, given.read(name) + (b"x" if name == "lake/head.json" else b""))
    before = content(firm)
    with pytest.raises(BadInput, match=r"head\.json isn't what was written"):
        restore(firm, tmp_path / "other.zip", replace=True)
    assert content(firm) == before


def test_another_secret_key_is_noticed(firm: Workspace, stores: Stores, tmp_path: Path) -> None:
    make(firm, tmp_path / "b.zip")
    other = stores.workspace("sqlite", tmp_path / "other")
    with pytest.raises(Conflict, match="another secret key"):
        restore(other, tmp_path / "b.zip")
    assert not (other.path / "secret.key").exists(), "so that it can be put there"
    restore(other, tmp_path / "b.zip", new_key=True)
    assert Customer.objects.count() == 33


def test_secrets_of_other_places_are_not_in_it(firm: Workspace, tmp_path: Path) -> None:
    firm.settings_path.write_text('[mail]\nhost = "smtp.example"\npassword = "hush-hush"\n')
    make(firm, tmp_path / "b.zip")
    key = firm.secret_key()
    (tmp_path / "alone").mkdir()
    (tmp_path / "b.zip").rename(tmp_path / "alone" / "b.zip")
    assert everywhere.found([tmp_path / "alone"], ["hush-hush", key]) == {}
    assert everywhere.found([tmp_path / "alone"], ["smtp.example"])


def test_a_backup_that_dies_leaves_no_half_file(
    firm: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def die(*_: object) -> None:
        raise KeyboardInterrupt

    make(firm, tmp_path / "b.zip")
    first = (tmp_path / "b.zip").read_bytes()
    with monkeypatch.context() as patch:
        patch.setattr(archive.Writer, "add", die)
        with pytest.raises(KeyboardInterrupt):
            make(firm, tmp_path / "b.zip")
    assert (tmp_path / "b.zip").read_bytes() == first
    assert not list(tmp_path.glob("*.part"))
    assert not list(firm.path.glob(".backup-*"))


@other_database_when_hard
def test_whom_somebody_forgot_since_stays_forgotten(
    workspace: Workspace, stores: Stores, database: str, tmp_path: Path
) -> None:
    birds = flock()
    plant(workspace, birds, shop_file(tmp_path / "old.csv", birds))
    (tmp_path / "moved").mkdir()
    make(workspace, tmp_path / "moved" / "b.zip")
    before, texts = totals(workspace), [text for one in birds for text in one.texts]
    assert everywhere.found([tmp_path / "moved"], texts), "a backup from before has them"
    forget.ask(workspace, [number_of(one) for one in birds])
    forget.work(workspace)
    (tmp_path / "moved" / "forgotten.log").write_bytes((workspace.path / "forgotten.log").read_bytes())

    other = elsewhere(stores, database, tmp_path / "other", workspace)
    restore(
        other,
        tmp_path / "moved" / "b.zip",
        before=lambda made, manifest, folders: (forget_again(made, manifest.made_at, folders), None)[1],
        after=lambda made: (forget.work(made), None)[1],
    )
    opened = store.opened()
    assert Customer.objects.count() == 30
    assert totals(opened) == before
    assert everywhere.found([other.path], texts) == {}


@other_database_when_hard
def test_who_came_back_before_the_backup_stays(firm: Workspace, database: str, tmp_path: Path) -> None:
    with clock.fixed(clock.now() - timedelta(days=2)):
        forget.ask(firm, [1])
        forget.work(firm)
    there = Customer.objects.count()
    manifest = make(firm, tmp_path / "b.zip")
    assert forget_again(firm, manifest.made_at, []) == 0
    assert Customer.objects.count() == there


@every_database
def test_who_is_forgotten_while_a_backup_is_made_stays_forgotten(
    workspace: Workspace, stores: Stores, database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who was made by hand has neither keys nor orders: only a number."""
    known, unknown, stays = (create(source="form", name=f"Canary {letter}") for letter in "ABC")
    lake_held = making._lake

    def forgotten_meanwhile(*given: Workspace | Path) -> list[tuple[str, Path]]:
        forget.ask(workspace, [known])
        return lake_held(*given)  # type: ignore[arg-type]  # as it was given

    with monkeypatch.context() as patch:
        patch.setattr(making, "_lake", forgotten_meanwhile)
        manifest = make(workspace, tmp_path / "b.zip")
    assert manifest.made_at <= Erasure.objects.get().asked_at
    # A request whose transaction began before the backup did, and ended after its copy was taken.
    with clock.fixed(manifest.made_at - timedelta(seconds=5)):
        forget.ask(workspace, [unknown])
    restore(
        workspace,
        tmp_path / "b.zip",
        replace=True,
        before=lambda made, manifest, folders: (forget_again(made, manifest.made_at, folders), None)[1],
    )
    forget.work(store.opened())
    assert list(Customer.objects.values_list("pk", flat=True)) == [stays]
