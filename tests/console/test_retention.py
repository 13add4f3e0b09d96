"""Data retention on the screen: what is over, what other periods would delete, and who may decide it."""

from __future__ import annotations

from datetime import timedelta

import pytest
from tests.members import browser, member
from tests.stores import every_database
from tests.stream.sent import SERVER, event

from regulars.base import clock
from regulars.console.settings.retention import DECIDED_BY, TABLES
from regulars.platform import audit, retention, store
from regulars.platform.models import AuditEntry
from regulars.platform.registry import personal_data
from regulars.platform.settings import Privacy, Stream
from regulars.platform.workspace import Workspace
from regulars.stream import drainer, inbox
from regulars.stream.items import Refused
from regulars.stream.models import Entry, SetAside

PAGE = "/console/settings/retention/"
FIELDS = {"audit_days": 730, "event_days": 400, "reject_days": 90, "import_days": 30, "unused_months": 12}
FIELDS |= {"keep_ids_days": 7, "keep_quarantine_days": 30}


@every_database
def test_a_shorter_period_is_looked_at_and_kept(workspace: Workspace) -> None:
    for _ in range(3):
        audit.note("customer.viewed", customer_id=1)
    AuditEntry.objects.update(at=clock.now() - timedelta(days=100))
    client = browser(member("owner"))
    page = client.post(PAGE, FIELDS | {"audit_days": 60, "verb": "try"}).text
    assert "730 days → <b>60</b>" in page
    assert "0 → <b>3</b>" in page
    assert AuditEntry.objects.count() == 3
    assert not workspace.settings_path.exists()
    assert client.post(PAGE, FIELDS | {"audit_days": 60, "verb": "keep"}).status_code == 302
    assert store.opened().settings.privacy == Privacy(audit_days=60)
    entry = AuditEntry.objects.get(action="settings.changed")
    assert (entry.details["was"], entry.details["now"]) == ({"audit_days": 730}, {"audit_days": 60})
    assert ">3<" in client.get(PAGE).text


@every_database
def test_the_streams_periods_are_looked_at_and_kept(workspace: Workspace) -> None:
    inbox.accept(SERVER, [event("m1"), Refused({"a": 1}, "no_user", "Say who it was.")])
    drainer.drain_all(workspace)
    Entry.objects.update(work=Entry.Work.DONE, received_at=clock.now() - timedelta(days=5))
    SetAside.objects.update(at=clock.now() - timedelta(days=9))
    client = browser(member("owner"))
    shorter = FIELDS | {"keep_ids_days": 3, "keep_quarantine_days": 8, "audit_days": 60}
    page = client.post(PAGE, shorter | {"verb": "try"}).text
    assert "7 days → <b>3</b>" in page
    assert "30 days → <b>8</b>" in page
    assert page.count("0 → <b>1</b>") == 2
    assert not workspace.settings_path.exists()
    assert client.post(PAGE, shorter | {"verb": "keep"}).status_code == 302
    settings = store.opened().settings
    assert (settings.stream, settings.privacy) == (
        Stream(keep_ids_days=3, keep_quarantine_days=8),
        Privacy(audit_days=60),
    )
    told = dict(AuditEntry.objects.filter(action="settings.changed").values_list("object", "details"))
    assert told["stream"]["was"] == {"keep_ids_days": 7, "keep_quarantine_days": 30}
    found = retention.expire.do()
    assert (found["events that came in"], found["refused events"]) == (1, 1)


def test_what_the_environment_decides_is_closed(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REGULARS_STREAM_KEEP_IDS_DAYS", "9")
    client = browser(member("owner"))
    assert "REGULARS_STREAM_KEEP_IDS_DAYS" in client.get(PAGE).text
    assert client.post(PAGE, FIELDS | {"keep_quarantine_days": 20, "verb": "keep"}).status_code == 302
    assert store.opened().settings.stream == Stream(keep_ids_days=9, keep_quarantine_days=20)


@pytest.mark.parametrize("value", ["0", "-1", "x", "", "99999999"])
def test_what_is_no_period_is_refused_at_its_field(workspace: Workspace, value: str) -> None:
    answer = browser(member("owner")).post(PAGE, FIELDS | {"audit_days": value, "verb": "keep"})
    assert answer.status_code == 400
    assert "errorlist" in answer.text
    assert not workspace.settings_path.exists()


def test_who_only_looks_changes_nothing(workspace: Workspace) -> None:
    client = browser(member("marketer"))
    assert "disabled" in client.get(PAGE).text
    assert client.post(PAGE, FIELDS | {"verb": "keep"}).status_code == 403
    assert PAGE in client.get("/console/privacy/").text
    assert browser(member("analyst")).get(PAGE).status_code == 403


def test_every_period_of_the_settings_decides_about_something() -> None:
    kept = {name for name in Stream.__struct_fields__ if name.startswith("keep_")}
    assert set(DECIDED_BY.values()) | {"unused_months"} == set(Privacy.__struct_fields__) | kept
    assert {name for names in TABLES.values() for name in names} == set(DECIDED_BY.values()) | {"unused_months"}
    assert all(personal_data[kind].keep for kind in DECIDED_BY)


def test_of_everything_that_goes_it_is_told_how_much(workspace: Workspace) -> None:
    assert [entry.name for entry in personal_data if entry.expire is not None and entry.due is None] == []
