"""Who is forgotten isn't brought back by what comes in, or is under way, while the forgetting is worked through."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import timedelta
from threading import Event, Thread

import pytest
from django.db import connections
from tests.privacy import everywhere
from tests.stores import every_database
from tests.stream.shop import NOW, PAGE, SERVER, ago, event, item, send

from regulars.base import clock
from regulars.customers import forget
from regulars.customers.models import Customer, Identity
from regulars.platform.workspace import Workspace
from regulars.stream import applier, drainer, inbox, order_owners, suppressed
from regulars.stream.models import Entry, Notice, Order, Visitor
from regulars.stream.order_rules import OrderState
from regulars.stream.orders_drain import drain_orders

pytestmark = every_database
REF, MAIL, WHOLE = "gone-ref-31", "gone31@example.com", "gone-group-31"
TEXTS = (REF, MAIL, WHOLE, "GONE-IN-LAKE", "GONE-ON-ITS-WAY", "GONE-LATE", "gone-coupon-31", "Gone Bird")
LATER = NOW + timedelta(minutes=5)


@pytest.fixture(autouse=True)
def _now(workspace: Workspace) -> Iterator[None]:
    with clock.fixed(NOW):
        yield


def known() -> list[int]:
    """Somebody with an order in the lake and one on its way, and their firm."""
    own = {"email": MAIL}
    send(
        item("identify", user=REF, visit="v31", traits=own, at=ago(1)),
        item("group", user=REF, group=WHOLE, traits={"name": WHOLE}, at=ago(1)),
        event("Order Completed", "GONE-IN-LAKE", user=REF, total=50, at=ago(1)),
    )
    drain_orders(at_once=True)
    send(event("Order Completed", "GONE-ON-ITS-WAY", user=REF, total=50, at=ago(1)))
    ids = Identity.objects.filter(key__in=[REF, f"group:{WHOLE}"]).values_list("customer_id", flat=True)
    return sorted(set(ids))


def late() -> None:
    """What was on its way to us when they were forgotten."""
    inbox.accept(
        SERVER,
        [
            item("identify", user=REF, traits={"email": MAIL, "name": "Gone Bird"}, at=ago(0.1)),
            item("identify", user="unheard-of", traits={"email": MAIL, "name": "Gone Bird"}, at=ago(0.1)),
            item("alias", user="another", previous=REF, at=ago(0.1)),
            item("group", user="colleague", group=WHOLE, traits={"name": WHOLE}, at=ago(0.1)),
            event("Order Completed", "GONE-LATE", user=REF, email=MAIL, total=9, at=ago(0.1)),
            event("Order Completed", "GONE-LATE-TOO", email=MAIL, total=9, at=ago(0.1)),
            event("Order Refunded", "GONE-IN-LAKE", total=5, at=LATER),
            event("Order Updated", "GONE-ON-ITS-WAY", total=55, at=LATER),
            item("track", "Product Viewed", user=REF, properties={"coupon": "gone-coupon-31"}, at=ago(0.1)),
        ],
    )
    inbox.accept(PAGE, [item("page", user=REF, properties={"title": "gone-coupon-31"}, at=ago(0.1))])


def forgotten_with(do: Callable[[], None], workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    """Forget them, and do something after they went from the store, before files and texts are looked through."""
    erase = forget._erase_from_lake
    monkeypatch.setattr(forget, "_erase_from_lake", lambda *given: (do(), erase(*given)))
    forget.ask(workspace, known())
    forget.work(workspace)
    while applier.apply():
        pass
    drain_orders(at_once=True)
    drainer.drain_all(workspace)


def left(workspace: Workspace) -> set[str]:
    """Which of their texts are found in tables, files or the lake."""
    tables = (Customer, Identity, Entry, Notice, Order, Visitor)
    said = str([list(table.objects.values()) for table in tables])
    return {text for text in TEXTS if text in said} | set(everywhere.found([workspace.lake_path], TEXTS))


@pytest.mark.parametrize("applied", ["applied at once", "applied later"])
def test_what_comes_meanwhile_brings_nobody_back(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch, applied: str
) -> None:
    def meanwhile() -> None:
        late()
        while applied == "applied at once" and applier.apply():
            pass

    forgotten_with(meanwhile, workspace, monkeypatch)
    assert left(workspace) == set()
    assert set(Identity.objects.filter(kind="ref").values_list("key", flat=True)) <= {"colleague"}
    assert not Order.objects.exists()
    assert Entry.objects.count() == 10, "that something came is known, so that it doesn't come twice"


def test_without_the_list_it_would(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    """Negative control."""
    monkeypatch.setattr(suppressed, "when", lambda _asked: {})
    forgotten_with(late, workspace, monkeypatch)
    assert {REF, "gone-coupon-31"} <= left(workspace)


@pytest.mark.parametrize("applied", ["applied at once", "applied later"])
def test_who_comes_back_meanwhile_is_somebody_new(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch, applied: str
) -> None:
    def back() -> None:
        inbox.accept(SERVER, [event("Order Completed", "NEW", user=REF, email=MAIL, total=7, at=LATER)])
        while applied == "applied at once" and applier.apply():
            pass

    forgotten_with(back, workspace, monkeypatch)
    who = Identity.objects.get(kind="ref", key=REF).customer_id
    assert list(Order.objects.values_list("number", "customer_id")) == [("NEW", who)]
    assert Notice.objects.get().email == MAIL


def under_way(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    """An order is being worked out when its customer is forgotten."""
    ids = known()
    inbox.accept(SERVER, [event("Order Completed", "GONE-LATE", user=REF, email=MAIL, total=9, at=ago(0.1))])
    reached, go_on, assign = Event(), Event(), order_owners.assign

    def slowly(states: Mapping[order_owners.Key, OrderState]) -> order_owners.Owners:
        found = assign(states)
        reached.set()
        assert go_on.wait(20)
        return found

    def alone(do: Callable[[], object]) -> None:
        try:
            do()
        finally:
            connections.close_all()

    monkeypatch.setattr(order_owners, "assign", slowly)
    applying = Thread(target=alone, args=[applier.apply])
    applying.start()
    assert reached.wait(20)
    forget.ask(workspace, ids)
    forgetting = Thread(target=alone, args=[lambda: forget.work(workspace)])
    forgetting.start()
    forgetting.join(1)
    go_on.set()
    applying.join()
    forgetting.join()


def test_who_is_forgotten_while_an_order_is_worked_out(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    under_way(workspace, monkeypatch)
    assert left(workspace) == set()


def test_without_waiting_for_the_applier_they_would_be_there(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Negative control."""
    held = forget.held
    monkeypatch.setattr(forget, "held", lambda name, **more: held("nobody" if name == "applier" else name, **more))
    under_way(workspace, monkeypatch)
    assert {"GONE-LATE"} <= left(workspace)
