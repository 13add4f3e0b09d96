"""Nothing of an order that came in is found after its customer was forgotten, whatever had become of it by then."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
from tests.privacy import everywhere
from tests.stream.shop import NOW, PAGE, ago, event, in_lake, item, send

from regulars.base import clock
from regulars.customers import forget
from regulars.customers.models import Identity
from regulars.platform.registry import personal_data
from regulars.platform.workspace import Workspace
from regulars.stream import order_privacy
from regulars.stream.models import Notice, Order, Touched
from regulars.stream.orders_drain import drain_orders

TEXTS = ("canary-ref-77", "canary77@example.com", "+3725550077", "CANARY-ORDER-1", "CANARY-ORDER-2", "canary-visit-77")


@pytest.fixture(autouse=True)
def _now(workspace: Workspace) -> Iterator[None]:
    with clock.fixed(NOW):
        yield


def planted() -> int:
    """An order in the lake, one on its way, a refund whose order never came; one of somebody else."""
    own = {"email": "canary77@example.com", "phone": "+3725550077"}
    send(
        item("identify", user="canary-ref-77", visit="canary-visit-77", traits={"name": "Canary Bird"} | own),
        event("Order Completed", "CANARY-ORDER-1", user="canary-ref-77", visit="canary-visit-77", total=50, **own),
        event("Order Completed", "OTHER", user="other-ref", total=20),
    )
    drain_orders(at_once=True)
    send(
        event("Order Completed", "CANARY-ORDER-2", user="canary-ref-77", total=60, **own),
        event("Order Refunded", "NEVER-CAME", total=5, email="canary77@example.com"),
    )
    send(event("Order Completed", "CLAIMED", user="canary-ref-77", total=5), source=PAGE)
    return Identity.objects.get(kind="ref", key="canary-ref-77").customer_id


def test_nothing_is_left_and_nothing_old_comes_back(workspace: Workspace) -> None:
    who = planted()
    assert everywhere.in_rows(TEXTS) | set(everywhere.found([workspace.path], TEXTS)) == set(TEXTS)
    forget.ask(workspace, [who])
    forget.work(workspace)
    assert everywhere.found([workspace.path], TEXTS) == {}
    assert not everywhere.in_rows(TEXTS)
    assert list(Order.objects.values_list("number", flat=True)) == ["OTHER"]
    assert not Touched.objects.filter(customer_id=who).exists()

    send(event("Order Updated", "CANARY-ORDER-1", total=50), event("Order Completed", "OLD", user="canary-ref-77"))
    assert not Order.objects.filter(number__in=["CANARY-ORDER-1", "OLD"]).exists()
    assert not Notice.objects.filter(number__in=["CANARY-ORDER-1", "OLD"]).exists()
    assert not Identity.objects.filter(key="canary-ref-77").exists()
    with clock.fixed(NOW + timedelta(days=1)):
        send(event("Order Completed", "NEW", user="canary-ref-77", total=5, at=NOW + timedelta(days=1)))
    again = Identity.objects.get(key="canary-ref-77").customer_id
    assert again != who
    assert Order.objects.get(number="NEW").customer_id == again
    assert [row["external_id"] for row in in_lake(workspace)] == ["OTHER"]


def test_without_its_step_it_would_be_found(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    """Negative control."""
    who = planted()
    monkeypatch.setattr(order_privacy, "_notices", lambda _orders: ())
    monkeypatch.setattr(Notice.objects, "filter", lambda *_a, **_k: Notice.objects.none())
    forget.ask(workspace, [who])
    forget.work(workspace)
    assert everywhere.in_rows(TEXTS) | set(everywhere.found([workspace.path], TEXTS))


def test_who_asks_is_told_and_old_words_go(workspace: Workspace) -> None:
    who = planted()
    entry = personal_data["orders that came in"]
    told = list(entry.export([who]))
    assert {row["number"] for row in told} >= {"CANARY-ORDER-1", "CANARY-ORDER-2"}
    assert "OTHER" not in {row["number"] for row in told}
    assert entry.people() == 2
    assert entry.expire is not None
    assert entry.due is not None
    assert (entry.due(ago(1)), entry.due(NOW + timedelta(days=1))) == (0, 4)
    before = Notice.objects.count()
    assert entry.expire(ago(1)) == 0
    assert entry.expire(NOW + timedelta(days=1)) == 4  # the two that the lake has, and what was said of them
    assert Notice.objects.count() == before - 2
