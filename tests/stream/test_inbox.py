"""What comes in is written down once, whoever sends it how often, and whoever else sends at the same time."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import msgspec
import pytest
from django.db import OperationalError, connection
from django.test.utils import CaptureQueriesContext
from tests.stores import every_database
from tests.stream.sent import BROWSER, NOW, SERVER, event, item

from regulars.base.errors import Unavailable
from regulars.platform.workspace import Workspace
from regulars.stream import beside, inbox, inbox_rows
from regulars.stream.items import Refused
from regulars.stream.models import Conflict, Entry, SetAside


@pytest.fixture(autouse=True)
def _rested(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(inbox, "_resting_until", 0.0)


def outcomes(*given: Any, source: Any = BROWSER) -> list[str]:
    return [answer.outcome for answer in inbox.accept(source, given)]


@every_database
def test_the_same_again_is_accepted_once(workspace: Workspace) -> None:
    assert outcomes(event("1"), event("2"), event("1")) == ["accepted", "accepted", "duplicate"]
    assert outcomes(event("2"), event("3")) == ["duplicate", "accepted"]
    later = NOW + timedelta(seconds=20)
    assert outcomes(event("3", occurred_at=later, received_at=later)) == ["duplicate"], "its times are no content"
    assert Entry.objects.count() == 3


@every_database
def test_the_same_id_with_other_content_is_kept_and_counts_for_nothing(workspace: Workspace) -> None:
    other = event("1", properties={"product_id": "P2"})
    assert outcomes(event("1")) == ["accepted"]
    assert outcomes(other) == ["conflict"]
    assert outcomes(other, other) == ["conflict", "conflict"]
    kept = Conflict.objects.get()
    assert kept.times == 3
    assert kept.entry_id == Entry.objects.get().pk
    assert '"P2"' in kept.item
    assert outcomes(event("9"), event("9", properties={})) == ["accepted", "conflict"], "within one batch too"


@every_database
def test_a_public_key_cannot_take_the_place_of_what_a_trusted_source_sends(workspace: Workspace) -> None:
    assert outcomes(event("order-1", properties={"total": 1})) == ["accepted"]
    assert outcomes(event("order-1", properties={"total": 90}), source=SERVER) == ["accepted"]


@every_database
def test_what_is_refused_is_set_aside_with_its_reason(workspace: Workspace) -> None:
    refused = Refused({"type": "track"}, "no_user", "It says neither userId nor anonymousId.", "7")
    assert outcomes(event("1"), refused, refused) == ["accepted", "refused", "refused"]
    kept = SetAside.objects.get()
    assert (kept.code, kept.times, kept.raw, kept.sender) == ("no_user", 2, '{"type":"track"}', BROWSER.name)
    assert inbox.accept(BROWSER, [refused])[0].reason == refused.reason


@every_database
def test_a_row_reads_back_as_it_was_sent(workspace: Workspace) -> None:
    old = NOW - timedelta(days=3)
    inbox.accept(
        SERVER,
        [
            event("1", user_id="u1", properties={"product_id": "P1", "email": "ann@example.com"}),
            item("2", "identify", user_id="u1", body={"traits": {"email": "ann@example.com"}}),
            event("3", "Order Completed", occurred_at=old, bot=True, properties={"order_id": "5"}),
        ],
    )
    seen, identified, ordered = Entry.objects.order_by("id")
    assert (seen.properties, seen.item, seen.work) == ('{"product_id":"P1"}', None, Entry.Work.NOTHING)
    assert (seen.occurred_at, seen.received_at) == (NOW - timedelta(seconds=1), NOW)
    assert (identified.properties, identified.work) == (None, Entry.Work.WAITING)
    assert inbox.item_of(identified).body["traits"] == {"email": "ann@example.com"}
    assert (ordered.backfill, ordered.bot, ordered.work) == (True, True, Entry.Work.WAITING)
    assert seen.who == identified.who != ordered.who
    assert inbox.source_of(seen).trusted


@every_database
def test_many_threads_with_the_same_events_leave_each_once(workspace: Workspace) -> None:
    def send(number: int) -> str:
        try:
            return inbox.accept(BROWSER, [event(str(number % 20))])[0].outcome
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(send, range(100)))
    assert answers.count("accepted") == Entry.objects.count() == 20
    assert answers.count("duplicate") == 80


@every_database
def test_a_store_that_is_away_takes_nothing_and_says_so(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    add = inbox_rows.add

    def full(rows: Any) -> Any:
        add(rows)
        raise OperationalError("database or disk is full")

    with monkeypatch.context() as patched:
        patched.setattr(inbox_rows, "add", full)
        with pytest.raises(Unavailable):
            inbox.accept(BROWSER, [event("1")])
    with pytest.raises(Unavailable):
        inbox.accept(BROWSER, [event("2")])  # nobody waits for a store that was away a moment ago
    assert not Entry.objects.exists()
    monkeypatch.setattr(inbox, "_resting_until", 0.0)
    assert outcomes(event("1")) == ["accepted"]


@every_database
def test_nothing_is_known_again_without_the_unique_key(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    """The negative control: what is told as a duplicate above is there twice."""
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE stream_entry")
        kind = "bigint GENERATED BY DEFAULT AS IDENTITY" if connection.vendor == "postgresql" else "integer"
        plain = ", ".join(f"{name} {kind}" for name, kind in inbox_rows._COLUMNS.items())
        auto = "" if connection.vendor == "postgresql" else "AUTOINCREMENT"
        cursor.execute(f"CREATE TABLE stream_entry (id {kind} PRIMARY KEY {auto}, {plain})")
    for name in ("_SQLITE", "_POSTGRESQL"):
        without = getattr(inbox_rows, name).replace("ON CONFLICT (key) DO NOTHING", "")
        monkeypatch.setattr(inbox_rows, name, without)
    assert outcomes(event("1")) == outcomes(event("1")) == ["accepted"]
    assert Entry.objects.count() == 2


def _refused(number: int) -> Refused:
    return Refused({"type": "track", "n": number}, "no_user", "It says neither userId nor anonymousId.")


@every_database
def test_however_much_is_refused_or_contradicts_it_is_one_statement_a_table(workspace: Workspace) -> None:
    outcomes(*(event(str(n)) for n in range(30)))
    counts = []
    for some in (2, 30):
        given = [*(_refused(n) for n in range(some)), *(event(str(n), properties={"v": 2}) for n in range(some))]
        with CaptureQueriesContext(connection) as asked:
            outcomes(*given)
        counts.append(len(asked))
        outcomes(*given)
    assert counts[0] == counts[1]
    assert sorted(SetAside.objects.values_list("times", flat=True)) == [2] * 28 + [4] * 2
    assert sorted(Conflict.objects.values_list("times", flat=True)) == [2] * 28 + [4] * 2


@every_database
def test_of_a_public_key_only_so_many_rows_wait(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(beside, "MOST_WAITING", 3)
    assert outcomes(*(_refused(n) for n in range(5)), event("1")) == ["refused"] * 5 + ["accepted"]
    outcomes(_refused(6), *(event("1", properties={"v": n}) for n in range(5)))
    assert (SetAside.objects.count(), Conflict.objects.count()) == (3, 3)
    other = msgspec.structs.replace(BROWSER, key_id=BROWSER.key_id + 10)
    outcomes(_refused(7), source=other)
    outcomes(*(_refused(n) for n in range(5)), source=SERVER)
    assert SetAside.objects.count() == 3 + 1 + 5
    SetAside.objects.filter(key_id=BROWSER.key_id).update(state="dismissed")
    outcomes(_refused(8))
    assert SetAside.objects.filter(key_id=BROWSER.key_id).count() == 4
