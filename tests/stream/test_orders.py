"""Orders that come in are known at once, reach the lake once, and are what a file would have made of them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest
from tests.stores import every_database
from tests.stream.shop import NOW, PAGE, SERVER, TODAY, ago, day, event, file_of_orders, in_lake, item, past, send

from regulars.base import clock
from regulars.customers import ahead
from regulars.customers.models import Customer, Identity, Picture, Recent, StandingChange
from regulars.customers.refresh import refresh
from regulars.customers.sync import sync
from regulars.intake import pipeline
from regulars.platform import store
from regulars.platform.models import Event
from regulars.platform.registry import personal_data
from regulars.platform.workspace import Workspace
from regulars.stream import catching_up, inbox, order_staging, orders, orders_drain
from regulars.stream.items import Item
from regulars.stream.models import Entry, Notice, Order, Touched
from regulars.stream.order_events import notice
from regulars.stream.orders_drain import drain_orders
from regulars.stream.webhook_shapes import order_item


@pytest.fixture(autouse=True)
def _now() -> Iterator[None]:
    with clock.fixed(NOW):
        yield


@pytest.fixture
def judged(workspace: Workspace, tmp_path: Path) -> Workspace:
    past(workspace, tmp_path)
    refresh(workspace)
    sync(workspace)
    return workspace


def customer(ref: str) -> int:
    return Identity.objects.get(kind="ref", key=ref).customer_id


def events(name: str) -> list[dict[str, Any]]:
    return list(Event.objects.filter(name=name).values_list("properties", flat=True))


@every_database
def test_an_order_is_known_before_and_after_it_reaches_the_lake(judged: Workspace) -> None:
    who = customer("C12")
    was = Picture.objects.get(pk=who).standing
    done = event("Order Completed", 9001, user="C12", total=80, products=[{"product_id": "P", "price": 80}])
    assert send(done, done) == ["accepted", "duplicate"]
    quick = Picture.objects.filter(pk=who).values().get()
    assert quick["standing"] != was
    assert quick["last_day"] == TODAY
    assert '"9001"' in Recent.objects.get(pk=who).packed
    assert StandingChange.objects.filter(customer_id=who).count() == 1
    assert events("order placed") == [{"shop": "shop", "number": "9001", "total": "80"}]
    assert not in_lake(judged, where="external_id = '9001'")
    sync(judged)
    assert Picture.objects.filter(pk=who).values().get() == quick

    assert not drain_orders()
    drain_orders(at_once=True)
    (row,) = in_lake(judged, where="external_id = '9001'")
    assert (row["customer_id"], row["net"], row["day"], row["version"]) == (who, 8000, TODAY, 1)
    assert Order.objects.get().drained == 1
    run = refresh(judged).run
    assert run.as_of == TODAY
    sync(judged)
    now = Picture.objects.filter(pk=who).values().get()
    assert {name: now[name] for name in ("standing", "rung", "occasions", "orders", "sales", "last_day")} == {
        name: quick[name] for name in ("standing", "rung", "occasions", "orders", "sales", "last_day")
    }
    assert not Order.objects.filter(judged=True).exists()
    assert Event.objects.filter(name="standing changed", customer_id=who).count() == 1


def test_it_is_what_a_file_would_have_made_of_it(judged: Workspace, tmp_path: Path) -> None:
    send(event("Order Completed", "X1", user="C3", total=27.5, tax=2, shipping=3, discount=2.5, at=ago(0.5)))
    drain_orders(at_once=True)
    (streamed,) = in_lake(judged, where="external_id = 'X1'")
    path = tmp_path / "same.csv"
    moment = ago(0.5).isoformat()
    path.write_text(
        f"order_number,ordered_at,customer_ref,total,tax,shipping,discount\nX1,{moment},C3,27.50,2.00,3.00,2.50\n"
    )
    pipeline.import_files(judged, [path])
    (imported,) = in_lake(judged, where="external_id = 'X1'")
    assert imported == streamed  # by its fingerprint too: the file changed nothing


def test_a_file_with_other_content_replaces_it_and_doubles_nothing(judged: Workspace, tmp_path: Path) -> None:
    send(event("Order Completed", "X1", user="C3", total=30))
    drain_orders(at_once=True)
    pipeline.import_files(judged, [file_of_orders(tmp_path / "b.csv", [("X1", TODAY.isoformat(), "C3", "31.00")])])
    (row,) = in_lake(judged, where="external_id = 'X1'")
    assert (row["net"], row["version"]) == (3100, 2)
    assert [one["orders"] for one in in_lake(judged, "occasions", f"customer_id = {customer('C3')}")].count(1) == 13


def test_refunds_keep_their_days_and_come_once(judged: Workspace, tmp_path: Path) -> None:
    send(event("Order Refunded", "X1", message="r1", total=5, at=ago(0.2)))
    assert not Order.objects.get().told
    send(event("Order Completed", "X1", user="C3", total=30, at=ago(1.5)))
    drain_orders(at_once=True)
    send(event("Order Refunded", "X1", message="r2", total=10))
    drain_orders(at_once=True)
    (row,) = in_lake(judged, where="external_id = 'X1'")
    assert (row["refund"], row["net"]) == (1500, 1500)
    assert [(one["day"], one["amount"]) for one in in_lake(judged, "refunds")] == [(TODAY, 1500)]
    path = tmp_path / "refunds.csv"
    path.write_text(f"order_number,amount,refunded_at\nX1,5.00,{ago(0.2).isoformat()}\n")
    pipeline.import_files(judged, [path], kind="refunds")
    assert in_lake(judged, where="external_id = 'X1'")[0]["refund"] == 1500
    assert len(events("order refunded")) == 2


def test_a_refund_of_an_order_that_only_a_file_told_of(judged: Workspace) -> None:
    who = customer("C2")
    send(event("Order Refunded", "F2-0", total=4, at=ago(1)), event("Order Cancelled", "F2-1", at=ago(1)))
    assert set(Order.objects.values_list("customer_id", flat=True)) == {who}
    assert Picture.objects.get(pk=who).orders == 11
    drain_orders(at_once=True)
    one, other = in_lake(judged, where="external_id IN ('F2-0', 'F2-1')")
    assert (one["refund"], one["net"]) == (400, 1850)
    assert (other["refund"], other["net"]) == (2250, 0)
    assert Picture.objects.get(pk=who).orders == 11


def test_cancelled_on_its_day_it_never_counted(judged: Workspace) -> None:
    who = customer("C2")
    send(event("Order Completed", "X1", user="C2", total=30), event("Order Cancelled", "X1"))
    drain_orders(at_once=True)
    assert in_lake(judged, where="external_id = 'X1'")[0]["status"] == "cancelled"
    assert Picture.objects.get(pk=who).orders == 12


def test_an_order_in_another_currency_waits_for_a_rate(judged: Workspace, tmp_path: Path) -> None:
    send(event("Order Completed", "X1", user="C2", total=100, currency="SEK"))
    drain_orders(at_once=True)
    assert Order.objects.get().problem == "no_rate"
    assert not in_lake(judged, where="external_id = 'X1'")
    path = tmp_path / "rates.csv"
    path.write_text(f"day,currency,rate\n{day(1).isoformat()},SEK,0.09\n")
    pipeline.import_files(judged, [path], kind="rates")
    with clock.fixed(NOW + timedelta(hours=2)):
        drain_orders(at_once=True)
    (row,) = in_lake(judged, where="external_id = 'X1'")
    assert (row["net"], row["original"], row["currency"]) == (900, 10_000, "SEK")
    assert Order.objects.get().problem == ""


def test_history_triggers_nothing(judged: Workspace) -> None:
    send(event("Order Completed", "X1", user="C12", total=30, at=ago(30)), event("Order Cancelled", "X0", at=ago(5)))
    assert not events("order placed")
    assert not events("order cancelled")
    assert not Touched.objects.exists()
    assert not StandingChange.objects.exists()
    drain_orders(at_once=True)
    assert in_lake(judged, where="external_id = 'X1'")
    send(event("Order Refunded", "X1", total=5))
    assert not events("order placed")
    assert len(events("order refunded")) == 1


def test_an_anonymous_order_joins_its_customer_when_they_say_who_they_are(judged: Workspace) -> None:
    send(event("Order Completed", "X1", visit="browser-1", total=30))
    guest = Order.objects.get().customer_id
    drain_orders(at_once=True)
    send(item("identify", user="C12", visit="browser-1"))
    assert Order.objects.get().customer_id == customer("C12")
    assert Picture.objects.get(pk=customer("C12")).last_day == TODAY
    drain_orders(at_once=True)
    (row,) = in_lake(judged, where="external_id = 'X1'")
    assert row["customer_id"] == customer("C12") != guest
    assert not in_lake(judged, "occasions", f"customer_id = {guest}")


@every_database
def test_who_lost_an_order_is_as_far_ahead_of_a_run_as_who_got_it(judged: Workspace) -> None:
    send(event("Order Completed", "X1", visit="browser-1", total=30))
    drain_orders(at_once=True)
    guest, who = Order.objects.get().customer_id, customer("C12")
    before = refresh(judged).run
    sync(judged)
    send(item("identify", user="C12", visit="browser-1"))
    assert ahead.ahead(before.versions).tolist() == sorted([guest, who])
    lost = Picture.objects.filter(pk=guest).values().get()
    sync(judged)
    assert Picture.objects.filter(pk=guest).values().get() == lost

    drain_orders(at_once=True)
    assert ahead.ahead(before.versions).tolist() == sorted([guest, who])
    after = refresh(judged).run
    assert ahead.ahead(after.versions).tolist() == []
    assert ahead.seen(after.versions).tolist() == sorted([guest, who])
    sync(judged)
    assert ahead.seen(after.versions).tolist() == []
    assert Order.objects.get().lost_customer_id is None


def test_who_lost_an_order_and_is_forgotten_is_named_no_more(workspace: Workspace) -> None:
    send(event("Order Completed", "X1", visit="browser-1", total=30))
    drain_orders(at_once=True)
    guest = Order.objects.get().customer_id
    send(item("identify", user="C12", visit="browser-1"))
    drain_orders(at_once=True)
    assert Order.objects.get().lost_customer_id == guest
    personal_data["orders that came in"].erase([guest or 0])
    row = Order.objects.get()
    assert (row.lost_customer_id, row.customer_id) == (None, customer("C12"))


def test_a_drain_that_dies_is_done_again_and_ends_the_same(judged: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    send(event("Order Completed", "X1", user="C2", total=30), event("Order Refunded", "X1", total=10))

    def dies(*_args: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as broken:
        broken.setattr(orders_drain, "_noted", dies)
        with pytest.raises(KeyboardInterrupt):
            drain_orders(at_once=True)
    before = in_lake(judged)
    assert Order.objects.get().drained == 0
    drain_orders(at_once=True)
    assert in_lake(judged) == before
    assert len(in_lake(judged, "refunds")) == 1
    assert Order.objects.get().drained == 1


def test_what_was_said_while_it_drained_waits_for_the_next(judged: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    send(event("Order Completed", "X1", user="C2", total=30))
    commit = orders_drain._commit

    def meanwhile(*args: Any) -> int:
        version = commit(*args)
        send(event("Order Updated", "X1", user="C2", total=40))
        return version

    with monkeypatch.context() as slow:
        slow.setattr(orders_drain, "_commit", meanwhile)
        drain_orders(at_once=True)
    assert in_lake(judged, where="external_id = 'X1'")[0]["net"] == 3000
    assert orders.undrained().count() == 1
    drain_orders(at_once=True)
    assert in_lake(judged, where="external_id = 'X1'")[0]["net"] == 4000


@every_database
def test_an_amount_beyond_arithmetic_is_none_and_holds_nothing_up(workspace: Workspace) -> None:
    odd = [{"product_id": "P", "price": "1e9999999", "quantity": "1e9999999", "discount": "1e-9999999"}]
    send(event("Order Completed", "X1", visit="b", total="1e9999999", revenue="-1e9999999", products=odd), source=PAGE)
    send(event("Order Refunded", "X1", amount="1e9999999", products=odd), event("Order Completed", "X2", total=5))
    assert Order.objects.get(number="X1").state["content"]["lines"] == [{"product_id": "P", "quantity": "1"}]
    assert Order.objects.get(number="X2").told


@every_database
def test_a_page_that_claims_to_have_been_earlier_takes_no_order_over(workspace: Workspace) -> None:
    send(event("Order Completed", "P1", user="victim", total=50), source=PAGE)
    late = event("Order Completed", "P1", user="mallory", total=9999, at=ago(0.1))
    send(msgspec.structs.replace(late, received_at=NOW + timedelta(seconds=1)), source=PAGE)
    row = Order.objects.get()
    assert (row.customer_id, row.state["content"]["total"]) == (customer("victim"), "50")
    assert Notice.objects.count() == 2


def test_a_page_says_nothing_of_an_order_that_a_file_brought(judged: Workspace) -> None:
    before = in_lake(judged, where="external_id = 'F1-0'")
    send(event("Order Completed", "F1-0", visit="mallory", total=9999), source=PAGE)
    send(event("Order Completed", "P1", visit="mallory", total=5), source=PAGE)
    drain_orders(at_once=True)
    assert [row.number for row in Order.objects.all()] == ["P1"]
    assert in_lake(judged, where="external_id = 'F1-0'") == before
    send(event("Order Updated", "P1", visit="mallory", total=6), source=PAGE)
    drain_orders(at_once=True)
    assert [row["net"] for row in in_lake(judged, where="external_id = 'P1'")] == [600], "their own they may change"
    send(event("Order Completed", "F1-0", user="C1", total=33))
    drain_orders(at_once=True)
    assert [row["net"] for row in in_lake(judged, where="external_id = 'F1-0'")] == [3300], "a server may"


@every_database
def test_an_order_that_can_not_be_worked_out_holds_up_no_other(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    firm = msgspec.structs.replace(workspace.settings.firm, time_zone="Europe/Helsinki")
    again = replace(workspace, settings=msgspec.structs.replace(workspace.settings, firm=firm))
    monkeypatch.setattr(store, "opened", lambda: again)
    said = notice(_of_shop("X1"), SERVER)
    assert said is not None
    orders.note(SERVER, [msgspec.structs.replace(said, at=datetime(9999, 12, 31, 23, tzinfo=UTC))])
    send(_of_shop("X" * 201), _of_shop("X2"))
    assert list(Order.objects.values_list("number", flat=True)) == ["X2"]
    assert not Notice.objects.filter(waiting=True).exists()
    assert not Entry.objects.filter(work=Entry.Work.WAITING).exists()
    assert "could not be worked out" in caplog.text


def _of_shop(number: str) -> Item:
    return order_item(f"m {number}", number, "snapshot", NOW, NOW, {"total": "5"})


def test_orders_of_pages_count_where_the_firm_takes_them(judged: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    send(event("Order Completed", "X1", user="C2", total=30), source=PAGE)
    assert Order.objects.get().customer_id == customer("C2")
    monkeypatch.setenv("REGULARS_STREAM_PUBLIC_ORDERS", "false")
    from regulars.platform.workspace import open_workspace

    again = open_workspace(judged.path)
    monkeypatch.setattr(store, "opened", lambda: again)
    send(event("Order Completed", "X2", user="C2", total=30), source=PAGE)
    assert not Notice.objects.filter(number="X2").exists()


def test_the_newest_day_decides_as_of_when_somebody_is_judged(judged: Workspace) -> None:
    assert orders.last_day(None) is None
    send(event("Order Completed", "X1", user="C2", total=30), event("Order Completed", "X2", user="C2", at=ago(-3)))
    assert orders.last_day(None) == TODAY
    assert orders.state("shop", "X1") is not None
    assert [row.number for row in orders.of_customer(customer("C2"))] == ["X2", "X1"]
    assert Customer.objects.count() == 15
    assert SERVER.trusted


def test_a_command_that_refreshes_takes_what_waits_along(judged: Workspace) -> None:
    inbox.accept(SERVER, [event("Order Completed", "X1", user="C2", total=30)])
    assert catching_up.orders_wait()
    catching_up.catch_up()
    assert in_lake(judged, where="external_id = 'X1'")
    assert not catching_up.orders_wait()


def test_one_order_that_nobody_foresaw_holds_up_no_other(judged: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    add = order_staging.Staging.add

    def stumbles(self: Any, number: str, *more: Any) -> None:
        if number == "BAD":
            raise ZeroDivisionError
        add(self, number, *more)

    monkeypatch.setattr(order_staging.Staging, "add", stumbles)
    numbers = ["X1", "X2", "BAD", "X3"]
    send(*(event("Order Completed", number, user="C12", total=30) for number in numbers))
    assert Picture.objects.get(pk=customer("C12")).last_day == TODAY
    assert not Touched.objects.exists()
    drain_orders(at_once=True)
    assert [row["external_id"] for row in in_lake(judged, where="external_id LIKE 'X%'")] == ["X1", "X2", "X3"]
    assert dict(Order.objects.exclude(problem="").values_list("number", "problem")) == {"BAD": "unforeseen"}
    assert orders.undrained().count() == 1
