"""Settings on the screen: kept with their comments, refused at the field, at work at once, noted in the audit log."""

from __future__ import annotations

import os

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from tests.members import browser, member
from tests.stores import every_database

from regulars.base import clock
from regulars.base.errors import BadInput
from regulars.intake.models import Import
from regulars.platform import settings_actions, store
from regulars.platform.jobs.pruning import prune
from regulars.platform.models import AuditEntry, Schedule
from regulars.platform.workspace import Workspace

FIRM = "/console/settings/"
FIELDS = {"verb": "firm", "name": "", "currency": "", "time_zone": "UTC", "country": "", "language": "en"}
FIELDS |= {"margin_rate": "", "colour": "#0f766e"}
PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 64


@every_database
def test_the_firm_is_kept_and_holds_at_once(workspace: Workspace) -> None:
    workspace.settings_path.write_text('# ours\n[firm]\ncountry = "FI" # home\n', encoding="utf-8")
    client = browser(member("owner"))
    told = FIELDS | {"name": "Kohvik & Co", "country": "fi", "margin_rate": "35", "time_zone": "Europe/Tallinn"}
    assert client.post(FIRM, told).status_code == 302
    text = workspace.settings_path.read_text(encoding="utf-8")
    assert "# ours" in text
    assert 'country = "FI" # home' in text
    assert "colour" not in text
    firm = store.opened().settings.firm
    assert (firm.name, firm.margin_rate, firm.time_zone) == ("Kohvik & Co", 0.35, "Europe/Tallinn")
    assert "Kohvik &amp; Co" in client.get(FIRM).text
    entry = AuditEntry.objects.get(action="settings.changed")
    assert (entry.object, entry.details) == ("firm", {"settings": ["margin_rate", "name", "time_zone"]})
    client.post(FIRM, told | {"margin_rate": ""})
    assert store.opened().settings.firm.margin_rate is None


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("currency", "EURO", "at most 3"),
        ("currency", "E1", "three letters"),
        ("country", "1", "two letters"),
        ("margin_rate", "135", "less than or equal to 100"),
        ("colour", "red", "#0f766e"),
        ("time_zone", "Mars/Olympus", "Select a valid choice"),
        ("language", "xx-!!", "Select a valid choice"),
    ],
)
def test_what_is_wrong_is_said_at_its_field(workspace: Workspace, field: str, value: str, words: str) -> None:
    answer = browser(member("owner")).post(FIRM, FIELDS | {"name": "New", field: value})
    assert answer.status_code == 400
    place = answer.text.index(f'id="id_{field}"')
    assert words in answer.text[place:].split('class="field"')[0]
    assert not workspace.settings_path.exists()


def test_the_currency_is_fixed_after_the_first_import(workspace: Workspace) -> None:
    client = browser(member("owner"))
    client.post(FIRM, FIELDS | {"currency": "sek"})
    assert store.opened().settings.firm.currency == "SEK"
    Import.objects.create(
        shop="shop", kind="orders", files=[], identity="x", mapping=[], started_at=clock.now(), state=Import.State.DONE
    )
    assert client.post(FIRM, FIELDS | {"currency": "EUR"}).status_code == 302
    assert store.opened().settings.firm.currency == "SEK"


def test_what_the_environment_says_cannot_be_changed_here(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(os.environ, "REGULARS_NAME", "Theirs")
    client = browser(member("owner"))
    assert "REGULARS_NAME" in client.get(FIRM).text
    client.post(FIRM, FIELDS | {"name": "Ours"})
    assert not workspace.settings_path.exists()
    with pytest.raises(BadInput, match="REGULARS_NAME"):
        settings_actions.change(workspace, "firm", {"name": "Ours"})


def test_a_wrong_value_leaves_the_file_alone(workspace: Workspace) -> None:
    workspace.settings_path.write_text('[firm]\nname = "Ours"\n', encoding="utf-8")
    with pytest.raises(BadInput):
        settings_actions.change(workspace, "firm", {"name": "New", "time_zone": "Nowhere"})
    assert store.opened().settings.firm.name == "Ours"


def test_a_file_that_became_unreadable_leaves_the_settings_as_they_were(workspace: Workspace) -> None:
    workspace.settings_path.write_text('[firm]\nname = "Ours"\n', encoding="utf-8")
    assert store.opened().settings.firm.name == "Ours"
    workspace.settings_path.write_text("[firm\n", encoding="utf-8")
    assert store.opened().settings.firm.name == "Ours"


def test_where_the_store_is_does_not_change_under_a_running_process(workspace: Workspace) -> None:
    workspace.settings_path.write_text('[store]\nkeep_days = 99\n[firm]\nname = "Ours"\n', encoding="utf-8")
    opened = store.opened().settings
    assert (opened.firm.name, opened.store.keep_days) == ("Ours", workspace.settings.store.keep_days)


def test_a_logo_is_a_picture(workspace: Workspace) -> None:
    client = browser(member("owner"))
    for content in (b"<svg onload=alert(1)>", b"MZ", PNG + b"\0" * (1 << 20)):
        given = SimpleUploadedFile("logo.png", content, "image/png")
        assert client.post(FIRM, {"verb": "logo", "logo": given}).status_code == 400
    client.post(FIRM, {"verb": "logo", "logo": SimpleUploadedFile("../../x.svg", PNG)})
    name = store.opened().settings.firm.logo
    assert name.endswith(".png")
    assert client.get("/staff/logo").content == PNG
    client.post(FIRM, {"verb": "logo", "logo": SimpleUploadedFile("b.png", PNG + b"2")})
    assert [path.name for path in workspace.files_path.glob("logo-*")] == [store.opened().settings.firm.logo]
    client.post(FIRM, {"verb": "no logo"})
    assert store.opened().settings.firm.logo == ""


def test_the_password_of_mail_is_never_shown_and_stays(workspace: Workspace) -> None:
    client = browser(member("owner"))
    told = {
        "host": "smtp.x.ee",
        "port": "587",
        "security": "tls",
        "user": "u",
        "password": " hush ",
        "sender": "a@x.ee",
    }
    client.post(f"{FIRM}mail/", told)
    assert store.opened().settings.mail.password == " hush "
    assert "hush" not in client.get(f"{FIRM}mail/").text
    client.post(f"{FIRM}mail/", told | {"password": "", "port": "465"})
    assert (store.opened().settings.mail.password, store.opened().settings.mail.port) == (" hush ", 465)
    assert client.post(f"{FIRM}mail/", told | {"sender": "nobody"}).status_code == 400
    assert all("hush" not in str(entry.details) for entry in AuditEntry.objects.all())


def test_who_only_looks_changes_nothing(workspace: Workspace) -> None:
    client = browser(member("viewer"))
    assert "disabled" in client.get(FIRM).text
    assert client.post(FIRM, FIELDS | {"name": "X"}).status_code == 403
    assert client.get(f"{FIRM}mail/").status_code == 403
    assert str(workspace.path) in client.get(f"{FIRM}places/").text


@every_database
def test_a_dead_job_is_tried_again_or_dropped(workspace: Workspace) -> None:
    from django_tasks_db.models import DBTaskResult

    client = browser(member("owner"))
    numbers = [prune.enqueue() for _ in range(2)]
    told = {"traceback": "ValueError: no luck <b>", "exception_class_path": "builtins.ValueError"}
    DBTaskResult.objects.update(status="FAILED", finished_at=clock.now(), **told)
    page = client.get(f"{FIRM}jobs/").text
    assert "2 jobs gave up" in page
    assert "no luck &lt;b&gt;" in page
    client.post(f"{FIRM}jobs/", {"verb": "restart", "thing": numbers[0]})
    client.post(f"{FIRM}jobs/", {"verb": "drop", "thing": numbers[1]})
    assert [row.status for row in DBTaskResult.objects.all()] == ["READY"]
    assert browser(member("analyst")).post(f"{FIRM}jobs/", {"verb": "drop", "thing": numbers[0]}).status_code == 403


def test_schedules_pause_and_run(workspace: Workspace) -> None:
    from regulars.platform.jobs import queries, ticker

    ticker.adopt("UTC")
    client = browser(member("owner"))
    client.post(f"{FIRM}jobs/", {"verb": "pause", "thing": "refresh"})
    assert Schedule.objects.get(name="refresh").paused
    client.post(f"{FIRM}jobs/", {"verb": "resume", "thing": "refresh"})
    assert not Schedule.objects.get(name="refresh").paused
    client.post(f"{FIRM}jobs/", {"verb": "run", "thing": "refresh"})
    assert [job.name for job in queries.waiting()] == ["refresh"]
    assert client.post(f"{FIRM}jobs/", {"verb": "run", "thing": "nonsense"}).status_code == 404
