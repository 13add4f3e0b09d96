"""What was refused can be seen, mended, replayed with a warning, and dismissed; nothing counts twice by it."""

from __future__ import annotations

from datetime import timedelta

import msgspec
import pytest
from tests.stores import every_database
from tests.stream.sent import BROWSER, NOW

from regulars.base.errors import BadInput, Conflict, NotFound
from regulars.platform.audit import Actor, acting
from regulars.platform.models import AuditEntry
from regulars.platform.workspace import Workspace
from regulars.stream import inbox, quarantine, segment
from regulars.stream.items import Refused
from regulars.stream.models import Entry, SetAside

ANN = Actor("staff", 3, "Ann")


def refuse(**message: object) -> SetAside:
    """Send something without an id of anybody; how it is kept."""
    given = {"type": "track", "event": "Order Completed", "messageId": "m1", "properties": {"order_id": "5"}} | message
    items = segment.parse("batch", msgspec.json.encode({"batch": [given]}), NOW)
    assert [one.outcome for one in inbox.accept(BROWSER, items)] == ["refused"]
    SetAside.objects.update(at=NOW)
    return SetAside.objects.latest("pk")


def mended(row: SetAside, **more: object) -> str:
    return msgspec.json.encode(msgspec.json.decode(row.raw) | more).decode()


@every_database
def test_mended_and_replayed_it_is_accepted_once_with_the_rights_of_who_sent_it(workspace: Workspace) -> None:
    row = refuse()
    assert quarantine.preview([row.pk]).refused[0][1] == row.reason
    with acting(ANN):
        with pytest.raises(BadInput):
            quarantine.mend(row.pk, mended(row, event="Order Updated"))
        quarantine.mend(row.pk, mended(row, userId="u1"))
        seen = quarantine.preview([row.pk])
        assert (seen.usable, seen.orders, seen.people, seen.names) == (1, 1, 0, {"Order Completed": 1})
        [(number, answers)] = quarantine.replay([row.pk])
    assert (number, [one.outcome for one in answers]) == (row.pk, ["accepted"])
    entry = Entry.objects.get()
    assert (entry.trusted, entry.user_id, entry.key_id) == (False, "u1", BROWSER.key_id)
    row.refresh_from_db()
    assert (row.state, row.by_name) == ("replayed", "Ann")
    assert quarantine.replay([row.pk]) == []
    assert set(AuditEntry.objects.values_list("action", "actor_name")) == {
        ("event.mended", "Ann"),
        ("event.replayed", "Ann"),
    }


@every_database
def test_what_is_still_wrong_stays(workspace: Workspace) -> None:
    row = refuse()
    [(_, answers)] = quarantine.replay([row.pk])
    assert [one.outcome for one in answers] == ["refused"]
    assert list(quarantine.listed(code=row.code)) == [row]
    assert not Entry.objects.exists()


def test_an_old_one_sets_nothing_off(workspace: Workspace) -> None:
    row = refuse()
    quarantine.mend(row.pk, mended(row, userId="u1", timestamp=(NOW - timedelta(days=30)).isoformat()))
    seen = quarantine.preview([row.pk])
    assert (seen.usable, seen.backfill, seen.orders) == (1, 1, 0)
    quarantine.replay([row.pk])
    assert Entry.objects.get().backfill


def test_what_is_dismissed_is_over(workspace: Workspace) -> None:
    row = refuse()
    assert quarantine.dismiss([row.pk]) == 1
    assert quarantine.dismiss([row.pk]) == 0
    assert quarantine.replay([row.pk]) == []
    with pytest.raises(Conflict):
        quarantine.mend(row.pk, "{}")
    with pytest.raises(NotFound):
        quarantine.mend(row.pk + 1, "{}")


def test_what_is_no_json_is_told_so(workspace: Workspace) -> None:
    row = refuse()
    with pytest.raises(BadInput, match="not JSON"):
        quarantine.mend(row.pk, "{'a'")


@every_database
def test_what_is_mended_is_what_it_would_have_been_within_its_request(workspace: Workspace) -> None:
    slow = NOW - timedelta(days=3)
    message = {"type": "track", "event": "Cup Emptied", "timestamp": (slow - timedelta(hours=1)).isoformat()}
    batch = {
        "batch": [message | {"messageId": "a", "userId": "u1"}, message | {"messageId": "b"}],
        "sentAt": slow.isoformat(),
        "context": {"campaign": {"source": "letter"}, "ip": "10.0.0.1"},
    }
    items = segment.parse("batch", msgspec.json.encode(batch), NOW, user_agent="Examplebot/1.0")
    inbox.accept(BROWSER, items)
    SetAside.objects.update(at=NOW)
    row = SetAside.objects.get()
    assert "10.0.0.1" not in row.raw
    quarantine.mend(row.pk, mended(row, userId="u1"))
    quarantine.replay([row.pk])
    known = ("kind", "name", "occurred_at", "bot", "backfill", "properties")
    sibling, replayed = Entry.objects.order_by("pk").values(*known)
    assert replayed == sibling
    assert (sibling["bot"], sibling["backfill"], sibling["occurred_at"]) == (True, False, NOW - timedelta(hours=1))


@pytest.mark.parametrize("agent", ["Mozilla/5.0 (X11; Linux)", "Examplebot/1.0"])
def test_of_one_call_its_kind_is_kept_and_only_a_robots_user_agent(workspace: Workspace, agent: str) -> None:
    given = {"event": "Cup Emptied", "timestamp": NOW.isoformat(), "context": {"page": {"path": "/"}}}
    inbox.accept(BROWSER, segment.parse("track", msgspec.json.encode(given), NOW, user_agent=agent))
    row = SetAside.objects.get()
    assert ("user" in row.raw.lower()) == (agent in row.raw) == agent.startswith("Example")
    quarantine.mend(row.pk, mended(row, userId="u1"))
    quarantine.replay([row.pk])
    entry = Entry.objects.get()
    assert (entry.kind, entry.bot) == ("track", agent.startswith("Example"))


def test_a_large_context_of_a_batch_is_not_kept_with_each_that_is_refused() -> None:
    batch = {"batch": [{"type": "track", "event": "x"}] * 3, "context": {"traits": {"a": "x" * 100_000}}}
    for one in segment.parse("batch", msgspec.json.encode(batch), NOW):
        assert isinstance(one, Refused)
        assert one.raw == {"type": "track", "event": "x"}
