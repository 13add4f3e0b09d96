"""Who is forgotten is found nowhere in what came in by program, nor in the lake; what others did there stays."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection, transaction
from tests.privacy import everywhere
from tests.stores import every_database
from tests.stream.sent import BROWSER, NOW, SERVER, event, item

from regulars.base import clock
from regulars.customers import forget, subject
from regulars.customers.models import Customer, Identity
from regulars.customers.refresh import open_lake
from regulars.platform.registry import personal_data
from regulars.platform.workspace import Workspace
from regulars.stream import drainer, inbox, queries, visitors
from regulars.stream.items import Refused
from regulars.stream.models import Conflict, Drain, Entry, Identified, SetAside, Visitor
from regulars.stream.visitors import Named

MAIL = "kanarbik.q7x@kanari.example"
REF = "ref-q7x-kanarbik"
TEXTS = (MAIL, REF, "coupon-q7x", "path-q7x", "trait-q7x", "undrained-q7x", "early-q7x")


def plant() -> None:
    """A customer who is in every place of the stream, and somebody else who was at the same device later."""
    for number, ref in ((1, REF), (2, "other")):
        Customer.objects.create(id=number, import_id=0, email=MAIL if number == 1 else None)
        Identity.objects.create(shop="shop", kind="ref", key=ref, customer_id=number)
    traits = {"traits": {"email": MAIL, "note": "trait-q7x"}}
    refused = Refused({"type": "track", "properties": {"email": MAIL}}, "no_user", "It says nobody.")
    earlier, later = NOW - timedelta(hours=2), NOW - timedelta(hours=1)
    inbox.accept(SERVER, [item("1", "identify", user_id=REF, body=traits), refused])
    inbox.accept(
        BROWSER,
        [
            event("2", user_id=REF, properties={"coupon": "coupon-q7x"}),
            event("3", occurred_at=earlier, properties={"url": "https://shop.example/path-q7x"}),
            event("4", properties={"url": "https://shop.example/others"}),
            item("5", "identify", anonymous_id="a9", user_id="other", body={"traits": {"email": "o@kohvik.example"}}),
            item("5", "identify", anonymous_id="a9", user_id="other", body={"traits": {"email": MAIL}}),
        ],
    )
    with transaction.atomic():
        visitors.identified([Named("shop", "a1", 1, earlier), Named("shop", "a1", 2, later)])


def drain_and_go_on(workspace: Workspace) -> None:
    drainer.drain_all(workspace)
    inbox.accept(BROWSER, [event("6", user_id=REF, properties={"coupon": "undrained-q7x"})])
    inbox.accept(BROWSER, [event("7", occurred_at=NOW - timedelta(hours=9), properties={"title": "early-q7x"})])
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")


def left(workspace: Workspace) -> list[str]:
    return open_lake(workspace).read(lambda now: now.table("events").to_pyarrow()["properties"].to_pylist())


@every_database
def test_nothing_is_left_of_who_was_forgotten(workspace: Workspace) -> None:
    plant()
    drain_and_go_on(workspace)
    assert everywhere.in_rows(TEXTS)
    assert any("path-q7x" in text for text in left(workspace) if text)

    forget.ask(workspace, [1])
    forget.work(workspace)

    assert everywhere.found([workspace.path], TEXTS) == {}
    assert not everywhere.in_rows(TEXTS)
    assert [text for text in left(workspace) if text] == ['{"path":"/others"}']
    said = [*Entry.objects.values(), *Conflict.objects.values(), *SetAside.objects.values(), *Visitor.objects.values()]
    assert not [text for text in TEXTS if text in str(said)]
    assert list(Identified.objects.values_list("customer_id", flat=True)) == [2, 2]
    assert {"4", "5"} == {str(5 if row.kind == "identify" else 4) for row in Entry.objects.all()}, "others' stay"


@pytest.mark.parametrize("name", ["events that came in", "refused events", "visits"])
def test_an_entry_that_is_left_out_would_be_seen(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    """Negative control."""
    plant()
    drain_and_go_on(workspace)
    monkeypatch.delitem(personal_data._entries, name)
    forget.ask(workspace, [1])
    forget.work(workspace)
    assert everywhere.in_rows(TEXTS) | set(everywhere.found([workspace.path], TEXTS))


def test_they_are_told_what_is_held(workspace: Workspace) -> None:
    plant()
    drain_and_go_on(workspace)
    told = subject.as_json(subject.told(workspace, 1))
    assert not [text for text in TEXTS if text not in told]
    assert "/others" not in told
    assert {one.name for one in queries.recent([1])} == {"Product Viewed"}
    assert len(queries.recent([1])) == 4
    assert [one.properties for one in queries.recent([2])] == [{"path": "/others"}]


@every_database
def test_the_inbox_lets_go_of_what_is_in_the_lake_and_done_with(workspace: Workspace) -> None:
    plant()
    drainer.drain_all(workspace)
    entry = personal_data["events that came in"]
    assert entry.expire is not None
    assert entry.due is not None
    assert entry.due(NOW) == entry.expire(NOW) == 0, "what came later than that stays"
    Entry.objects.filter(work=Entry.Work.WAITING).update(work=Entry.Work.DONE)
    Entry.objects.filter(user_id="other").update(work=Entry.Work.WAITING)
    inbox.accept(BROWSER, [event("8")])
    assert entry.due(NOW + timedelta(days=1)) == entry.expire(NOW + timedelta(days=1)) == 4
    assert Entry.objects.count() == 2, "what waits for the lake or for operations stays"
    assert Drain.objects.count() == 1


def test_refusals_and_conflicts_let_go_in_time(workspace: Workspace) -> None:
    plant()
    entry = personal_data["refused events"]
    assert entry.expire is not None
    assert entry.due is not None
    tomorrow = clock.now() + timedelta(days=1)
    assert entry.due(tomorrow) == entry.expire(tomorrow) == 2
    assert not SetAside.objects.exists()
