"""Data retention on the screen: what is over, what other periods would delete, and who may decide it."""

from __future__ import annotations

from datetime import timedelta

import pytest
from tests.members import browser, member
from tests.stores import every_database

from regulars.base import clock
from regulars.console.settings.retention import DECIDED_BY
from regulars.platform import audit, store
from regulars.platform.models import AuditEntry
from regulars.platform.registry import personal_data
from regulars.platform.settings import Privacy
from regulars.platform.workspace import Workspace

PAGE = "/console/settings/retention/"
FIELDS = {"audit_days": 730, "event_days": 400, "reject_days": 90, "import_days": 30, "unused_months": 12}


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
    assert set(DECIDED_BY.values()) | {"unused_months"} == set(Privacy.__struct_fields__)
    assert all(personal_data[kind].keep and personal_data[kind].due for kind in DECIDED_BY)
