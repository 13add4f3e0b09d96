"""The store's pictures become what the last run says, as differences, on both databases."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from tests.stores import every_database

from regulars.base.errors import NotFound
from regulars.customers import queries, sync_blocks, sync_people, sync_pictures
from regulars.customers.models import Customer, Identity, NameWord, Picture, Recent, Run, StandingChange
from regulars.customers.recent import pack, unpack
from regulars.customers.refresh import refresh
from regulars.customers.sync import due, sync
from regulars.customers.sync_columns import NOT_JUDGED
from regulars.customers.sync_some import sync_some
from regulars.intake import pipeline
from regulars.platform.models import Event
from regulars.platform.workspace import Workspace

pytestmark = every_database
START = date(2024, 1, 1)


def orders(path: Path, first: int, last: int, customers: int = 40) -> Path:
    """Customer i buys every 10 + i days, on days first..last; every third has a name."""
    rows = [
        f"{i}-{day},{START + timedelta(day)},C{i},{'Älis Käsk ' + str(i) if i % 3 == 0 else ''},{20 + i}.00"
        for i in range(customers)
        for day in range(0, last, 10 + i)
        if day >= first
    ]
    path.write_text("order number,date,customer id,name,total\n" + "\n".join(rows) + "\n", encoding="utf-8")
    return path


@pytest.fixture
def judged(workspace: Workspace, tmp_path: Path) -> Workspace:
    pipeline.import_files(workspace, [orders(tmp_path / "a.csv", 0, 300)])
    refresh(workspace)
    return workspace


def test_nothing_to_sync(workspace: Workspace) -> None:
    assert due() is None
    with pytest.raises(NotFound, match="nothing to show yet"):
        sync(workspace)


def test_the_first_sync_makes_a_picture_of_everybody(judged: Workspace) -> None:
    run = due()
    assert run is not None
    done = sync(judged)
    assert (done.pictures, done.removed, done.recent) == (40, 0, 40)
    assert due() is None
    assert Run.objects.get(pk=run.pk).synced_at
    assert Picture.objects.count() == Recent.objects.count() == Customer.objects.count() == 40
    assert set(Picture.objects.values_list("label", flat=True)) >= {"C1", "Älis Käsk 3"}
    assert NameWord.objects.filter(word="kask").count() == 14
    assert not StandingChange.objects.exists()
    assert not Event.objects.exists()


def test_the_same_again_writes_nothing(judged: Workspace) -> None:
    sync(judged)
    done = sync(judged)
    assert (done.pictures, done.removed, done.recent) == (0, 0, 0)


def test_a_later_day_moves_standings_and_says_so_once(judged: Workspace, tmp_path: Path) -> None:
    sync(judged)
    before = dict(Picture.objects.values_list("customer_id", "standing"))
    pipeline.import_files(judged, [orders(tmp_path / "b.csv", 300, 420, customers=12)])
    refresh(judged)
    sync(judged)
    now = {p.customer_id: p for p in Picture.objects.all()}
    moved = {who for who, standing in before.items() if now[who].standing != standing}
    changes = list(StandingChange.objects.all())
    assert moved
    assert {c.customer_id for c in changes if c.standing != c.standing_before} == moved
    for change in changes:
        assert (change.standing_before, change.standing) == (
            before[change.customer_id],
            now[change.customer_id].standing,
        )
    assert Event.objects.filter(name="standing changed").count() == len(changes)
    sync(judged)
    assert StandingChange.objects.count() == Event.objects.count() == len(changes)


def test_a_customer_judged_later_has_no_standing_before(judged: Workspace, tmp_path: Path) -> None:
    sync(judged)
    made = Customer.objects.create(pk=900, name="Uus Inimene", import_id=0)
    sync_some([made.pk])
    assert Picture.objects.get(pk=900).standing == NOT_JUDGED
    sync(judged)
    assert Picture.objects.get(pk=900).standing == NOT_JUDGED
    pipeline.import_files(judged, [orders(tmp_path / "b.csv", 290, 300, customers=42)])
    refresh(judged)
    sync(judged)
    new = [c for c in StandingChange.objects.all() if c.standing_before is None]
    assert {c.customer_id for c in new} == set(
        Customer.objects.filter(pk__gt=40, pk__lt=900).values_list("pk", flat=True)
    )
    assert all(c.rung_before is None for c in new)


def test_an_edit_shows_at_once_and_stays(judged: Workspace) -> None:
    sync(judged)
    Customer.objects.filter(pk=1).update(name="Täpne Nimi", country="EE")
    sync_some([1])
    picture = Picture.objects.get(pk=1)
    assert (picture.label, picture.sort_name, picture.country) == ("Täpne Nimi", "tapne nimi", "EE")
    assert picture.standing != NOT_JUDGED
    assert set(NameWord.objects.filter(customer_id=1).values_list("word", flat=True)) == {"tapne", "nimi"}
    assert sync(judged).pictures == 1
    assert sync(judged).pictures == 0


def test_merged_customers_are_one_and_two_again_when_it_is_undone(judged: Workspace) -> None:
    sync(judged)
    own = len(unpack(Recent.objects.get(pk=2).packed).orders)
    Customer.objects.filter(pk=1).update(merged_into_id=2)
    sync_some([1, 2])
    sync(judged)
    assert not Picture.objects.filter(pk=1).exists()
    assert not Recent.objects.filter(pk=1).exists()
    assert not NameWord.objects.filter(customer_id=1).exists()
    latest = unpack(Recent.objects.get(pk=2).packed).orders
    assert len({order.number.split("-")[0] for order in latest}) == 2
    assert len(latest) >= own
    Customer.objects.filter(pk=1).update(merged_into_id=None)
    sync_some([1, 2])
    sync(judged)
    assert Picture.objects.get(pk=1).standing != NOT_JUDGED
    assert len(unpack(Recent.objects.get(pk=2).packed).orders) == own


@pytest.mark.parametrize("others", [[], [2]], ids=["first of all", "others are there"])
def test_somebody_changed_while_the_sync_was_reading(
    judged: Workspace, monkeypatch: pytest.MonkeyPatch, others: list[int]
) -> None:
    """Negative control in the next one: without the look at the block, the old name would win."""
    sync_some(others)
    _edit_meanwhile(monkeypatch)
    sync(judged)
    assert Picture.objects.get(pk=1).label == "Newer"


def test_without_the_look_the_older_name_wins(judged: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    sync_some([2])
    _edit_meanwhile(monkeypatch)
    monkeypatch.setattr(sync_blocks, "still", lambda *_: True)
    sync(judged)
    assert Picture.objects.get(pk=1).label != "Newer"


def _edit_meanwhile(monkeypatch: pytest.MonkeyPatch) -> None:
    bring_up = sync_pictures.bring_up
    edited = []

    def edit_first(*arguments: Any) -> Any:
        if not edited:
            stored = sync_blocks.read("fingerprints", 1)
            monkeypatch.setattr(sync_blocks, "read", lambda *_: stored.copy())
            Customer.objects.filter(pk=1).update(name="Newer")
            sync_some([1])
            edited.append(1)
            done = bring_up(*arguments)
            monkeypatch.setattr(sync_blocks, "read", read)
            return done
        return bring_up(*arguments)

    read = sync_blocks.read
    monkeypatch.setattr(sync_pictures, "bring_up", edit_first)


def test_pictures_that_were_deleted_by_hand_come_back(judged: Workspace) -> None:
    sync(judged)
    Picture.objects.filter(pk__lt=5).delete()
    Recent.objects.filter(pk=9).delete()
    sync(judged)
    assert Picture.objects.count() == Recent.objects.count() == 40


def test_latest_orders_are_those_of_the_lake(judged: Workspace) -> None:
    sync(judged)
    who = Identity.objects.get(kind="ref", key="C3").customer_id
    found = unpack(Recent.objects.get(pk=who).packed)
    expected = [START + timedelta(day) for day in reversed(range(0, 300, 13))]
    assert found.days == expected
    assert [(o.day, o.number, o.net, o.status) for o in found.orders] == [
        (day, f"3-{(day - START).days}", 2300, "placed") for day in expected[:12]
    ]
    assert unpack(pack(found)) == found


def test_who_was_called_by_a_contact_is_not_after_the_next_sync(
    judged: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As pictures were made once; nothing but the rule has changed since."""
    Identity.objects.filter(customer_id=2).update(kind="email", key="canary@nest.example")
    Identity.objects.filter(customer_id=3).update(kind="phone", key="+37255512345")
    nameless = Customer.objects.filter(pk__in=[2, 3])
    nameless.update(name=None)
    with monkeypatch.context() as before:
        before.setattr(sync_people, "SELECTED", sync_people.SELECTED.replace(queries.MAY_BE_A_NAME, "true"))
        sync(judged)
    pictures = Picture.objects.filter(pk__in=[2, 3])
    assert set(pictures.values_list("label", flat=True)) == {"canary@nest.example", "+37255512345"}
    sync(judged)
    assert list(pictures.values_list("label", "sort_name")) == [("", "")] * 2
    assert not NameWord.objects.filter(customer_id__in=[2, 3]).exists()
    assert queries.names([2, 3]) == {}
