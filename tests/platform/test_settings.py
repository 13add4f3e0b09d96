from __future__ import annotations

from pathlib import Path

import pytest
from django.db import connection
from django.db.migrations.recorder import MigrationRecorder
from tests.stores import every_database

from regulars.base.errors import BadInput, Damaged
from regulars.platform import settings, store
from regulars.platform.workspace import Workspace, open_workspace


def test_the_environment_wins_over_the_file(tmp_path: Path) -> None:
    file = tmp_path / "regulars.toml"
    file.write_text('[firm]\ncurrency = "EUR"\nmargin_rate = 0.2\n')
    loaded = settings.load(file, {"REGULARS_MARGIN_RATE": "0.4", "REGULARS_TIME_ZONE": "Europe/Riga"})
    assert (loaded.firm.currency, loaded.firm.margin_rate, loaded.firm.time_zone) == ("EUR", 0.4, "Europe/Riga")


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("[firm]\ncurency = 'EUR'", "curency"),
        ("[firm]\ncurrency = 'eur'", "three capital letters"),
        ("[firm]\nmargin_rate = 35", "0.35 for 35%"),
        ("[firm]\ntime_zone = 'Mars/Base'", "Mars/Base"),
        ("[firm]\nlanguage = 'klingon!'", "klingon"),
        ("[store]\ndurability = 'none'", "durability"),
        ("firm = 3", "firm"),
        ("[firm", "line"),
    ],
)
def test_a_wrong_setting_is_named(tmp_path: Path, text: str, named: str) -> None:
    file = tmp_path / "regulars.toml"
    file.write_text(text)
    with pytest.raises(BadInput, match=named):
        settings.load(file, {})


def test_what_is_remembered_keeps_comments(tmp_path: Path) -> None:
    home = tmp_path / "my shop ä"
    workspace = open_workspace(home)
    workspace.settings_path.write_text("# ours\n[firm]\nname = 'Kohvik'  # the café\n")
    workspace = open_workspace(home).remember(currency="EUR")
    assert workspace.settings.firm.currency == "EUR"
    text = workspace.settings_path.read_text()
    assert "# ours" in text
    assert "# the café" in text


def test_a_file_is_no_workspace(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    with pytest.raises(BadInput, match="--home"):
        open_workspace(tmp_path / "file")


@pytest.mark.parametrize("database", ["sqlite"])
def test_a_broken_database_is_said(tmp_path: Path) -> None:
    workspace = open_workspace(tmp_path / "home")
    workspace.database_path.write_bytes(b"this is no database, whatever its name says" * 100)
    with pytest.raises(Damaged, match=r"regulars\.sqlite3"):
        store.start(workspace)


def test_migrations_run_once_and_match_the_models(tmp_path: Path) -> None:
    from django.core.management import call_command

    store.start(open_workspace(tmp_path / "home"))
    call_command("makemigrations", "--check", "--dry-run", verbosity=0)
    store.start(open_workspace(tmp_path / "home"))


@every_database
def test_only_a_store_without_all_tables_is_migrated(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []
    monkeypatch.setattr("django.core.management.call_command", lambda name, **_: asked.append(name))
    store.start(workspace, store.SERVER)
    assert asked == []
    MigrationRecorder(connection).record_unapplied("platform", "0002_background_work")
    store.start(workspace, store.SERVER)
    assert asked == ["migrate"]
