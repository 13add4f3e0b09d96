"""What is over goes in the night, and nothing else does."""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta

from tests.stores import every_database

from regulars.base import clock
from regulars.customers.models import Attribute, AttributeType, Customer
from regulars.intake.models import Import
from regulars.platform import audit, events
from regulars.platform.jobs import schedules
from regulars.platform.models import AuditEntry, Event
from regulars.platform.registry import personal_data
from regulars.platform.retention import due, expire
from regulars.platform.workspace import Workspace

pytestmark = every_database
TOLD = {"attributes", "events", "audit", "import records", "import files", "trials"}
NOW = datetime(2026, 6, 1, 3, 0, tzinfo=UTC)


def test_each_kind_goes_when_its_time_is_over(workspace: Workspace) -> None:
    with clock.fixed(NOW):
        Customer.objects.create(id=1, import_id=0)
        events.record("seen", customer_id=1)
        events.record("not handled yet", customer_id=1)
        events.record("not in the lake yet", customer_id=1)
        Event.objects.filter(name="seen").update(reacted_at=NOW, drain_id=1)
        Event.objects.filter(name="not in the lake yet").update(reacted_at=NOW)
        Event.objects.filter(name="not handled yet").update(drain_id=1)
        audit.note("customer.viewed", customer_id=1)
        hobby = AttributeType.objects.create(
            name="hobby", label="Hobby", type="text", purpose="x", basis="consent", created_at=NOW
        )
        size = AttributeType.objects.create(
            name="size", label="Size", type="text", purpose="x", basis="consent", created_at=NOW
        )
        Attribute.objects.create(
            customer_id=1, type=hobby, value="tea", source="s", recorded_at=NOW, expires_at=NOW + timedelta(days=10)
        )
        Attribute.objects.create(customer_id=1, type=size, value="42", source="s", recorded_at=NOW)
        files = [{"name": "a.csv", "examples": [{"name": "Mari"}], "unused": {"x": "Mari"}, "rows_in": 1}]
        Import.objects.create(
            shop="shop",
            kind="orders",
            files=[],
            identity="i",
            state="done",
            mapping=[],
            counts={"files": files},
            started_at=NOW,
            finished_at=NOW,
        )
        rejects = workspace.rejects_path / "1.csv"
        rejects.parent.mkdir(exist_ok=True)
        rejects.write_text("a,why set aside (import 1)\n")
        os.utime(rejects, (NOW.timestamp(), NOW.timestamp()))

    def after(days: int) -> dict[str, int]:
        with clock.fixed(NOW + timedelta(days=days)):
            foretold = {name: rows for name, rows in due().items() if rows}
            gone = expire()
            assert {name: gone[name] for name in foretold} == foretold
            assert set(foretold) >= set(gone) & TOLD
            return gone

    assert after(9) == {}
    assert after(10) == {"attributes": 1}
    assert after(29) == {}
    assert after(31) == {"import records": 1}
    assert Import.objects.get().counts == {"files": [{"name": "a.csv", "examples": [], "unused": {}, "rows_in": 1}]}
    assert after(89) == {}
    assert after(91) == {"import files": 1}
    assert not rejects.exists()
    assert after(399) == {}
    assert after(401) == {"events": 1}
    assert after(729) == {}
    assert after(731)["audit"] >= 1
    assert not AuditEntry.objects.filter(action="customer.viewed").exists()
    assert list(Event.objects.order_by("pk").values_list("name", flat=True)) == [
        "not handled yet",
        "not in the lake yet",
    ]
    assert list(Attribute.objects.values_list("value", flat=True)) == ["42"]
    assert AuditEntry.objects.filter(action="data.expired").exists()


def test_the_audit_log_no_longer_says_who_was_forgotten(workspace: Workspace) -> None:
    audit.note("customers.merged", customer_id=2, object="merge 1", source=1, reason="same e-mail")
    audit.note("membership.changed", customer_id=3, object="customer 1", source="form")
    audit.note("customers.merged", customer_id=3, object="merge 11", source=11, reason="same phone")
    audit.note("customer.viewed", customer_id=1)
    (entry,) = (one for one in personal_data if one.name == "audit")
    assert entry.erase([1]) == 1
    told = AuditEntry.objects.order_by("pk").values_list("customer_id", "object", "details")
    assert list(told) == [
        (2, "merge 1", {"reason": "same e-mail"}),
        (3, "", {"source": "form"}),
        (3, "merge 11", {"source": 11, "reason": "same phone"}),
        (None, "", {}),
    ]


def test_it_happens_by_itself() -> None:
    assert schedules["let go of what is over"].job.do is expire.do
