"""Business hours on the screen: kept in the file's own way of writing, refused at the field, shown as they come out."""

from __future__ import annotations

from typing import Any

import pytest
import time_machine
from tests.members import browser, member
from tests.stores import every_database

from regulars.console.settings.hours_form import Form
from regulars.platform import settings_actions, store
from regulars.platform.models import AuditEntry
from regulars.platform.settings import Hours
from regulars.platform.workspace import Workspace

PAGE = "/console/settings/hours/"


def fields(**other: Any) -> dict[str, Any]:
    """What the form sends as it is, but for some fields."""
    told = Form(now=Hours(), firm_country=None, fixed={}).initial | {"verb": "keep"} | other
    return {name: value for name, value in told.items() if value is not False}


@every_database
@time_machine.travel("2026-11-23T10:00Z", tick=False)
def test_hours_are_kept_and_hold_at_once(workspace: Workspace) -> None:
    workspace.settings_path.write_text('# ours\n[hours]\nsaturday = ["10-14"] # market\n', encoding="utf-8")
    client = browser(member("owner"))
    told = fields(monday="9.30-12, 13–17", saturday="10-14", closed="24.12.\n2026-12-31", open="2026-12-24 10-12")
    told |= {"country": "EE"}
    assert client.post(PAGE, told).status_code == 302
    text = workspace.settings_path.read_text(encoding="utf-8")
    assert 'saturday = ["10:00-14:00"] # market' in text
    assert "tuesday" not in text
    now = store.opened().settings.hours
    assert now == Hours(
        monday=("09:30-12:00", "13:00-17:00"),
        saturday=("10:00-14:00",),
        country="EE",
        closed=("12-24", "2026-12-31"),
        open=("2026-12-24 10:00-12:00",),
    )
    entry = AuditEntry.objects.get(action="settings.changed")
    assert entry.object == "hours"
    assert entry.details["now"]["monday"] == ["09:30-12:00", "13:00-17:00"]
    page = client.get(PAGE).text
    assert "Open now." in page
    assert "09:30–12:00, 13:00–17:00" in page
    assert "Independence Day" in page
    client.post(PAGE, fields())
    assert store.opened().settings.hours == Hours()
    assert AuditEntry.objects.filter(action="settings.changed").count() == 2
    client.post(PAGE, fields())
    assert AuditEntry.objects.filter(action="settings.changed").count() == 2


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("monday", "17-9", "the end after the beginning"),
        ("friday", "9-13, 12-17", "overlap"),
        ("country", "XX", "Select a valid choice"),
        ("closed", "soon", "no closed day"),
        ("open", "2026-12-24", "no day with its own hours"),
        ("closed", "\n".join(["12-24"] * 201), "At most 200 lines"),
    ],
)
def test_what_is_wrong_is_said_at_its_field(workspace: Workspace, field: str, value: str, words: str) -> None:
    answer = browser(member("owner")).post(PAGE, fields(**{field: value}))
    assert answer.status_code == 400
    place = answer.text.index(f'id="id_{field}"')
    assert words in answer.text[place:].split('class="field"')[0]
    assert not workspace.settings_path.exists()


def test_a_part_that_the_country_does_not_have_is_said(workspace: Workspace) -> None:
    answer = browser(member("owner")).post(PAGE, fields(country="DE", subdivision="ZZ"))
    assert answer.status_code == 400
    assert "Those of DE are: BB" in answer.text
    assert (
        browser(member("owner", email="2@x.ee")).post(PAGE, fields(country="DE", subdivision="BY")).status_code == 302
    )
    assert "BY, HB" in browser(member("viewer")).get(PAGE).text


def test_what_the_environment_says_cannot_be_changed_here(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REGULARS_HOURS_MONDAY", "8-12")
    client = browser(member("owner"))
    assert "REGULARS_HOURS_MONDAY" in client.get(PAGE).text
    client.post(PAGE, fields(monday="9-12", tuesday="9-12"))
    assert (store.opened().settings.hours.tuesday, settings_actions.from_environment("hours")) == (
        ("09:00-12:00",),
        {"monday": "REGULARS_HOURS_MONDAY"},
    )


def test_who_only_looks_changes_nothing(workspace: Workspace) -> None:
    client = browser(member("viewer"))
    assert "disabled" in client.get(PAGE).text
    assert client.post(PAGE, fields(monday="")).status_code == 403
    assert browser(member("agent")).get(PAGE).status_code == 403
    assert browser(member("owner")).post(PAGE, {}).status_code == 400
    assert not workspace.settings_path.exists()
