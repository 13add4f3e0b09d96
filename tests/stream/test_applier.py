"""One row that can't be handled stays in the inbox, is logged, and holds up nobody."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence

import pytest
from tests.stores import every_database
from tests.stream.shop import NOW, PAGE, SERVER, ago, event, item, send

from regulars.base import clock
from regulars.base.errors import BadInput
from regulars.customers import forget
from regulars.customers.models import Identity
from regulars.platform.workspace import Workspace
from regulars.stream import applier, order_events, orders, suppressed
from regulars.stream.items import Item, OrderNotice, Source
from regulars.stream.models import Entry, Order

pytestmark = every_database


@pytest.fixture(autouse=True)
def _now(workspace: Workspace) -> Iterator[None]:
    with clock.fixed(NOW):
        yield


@pytest.fixture
def trap(monkeypatch: pytest.MonkeyPatch) -> None:
    """An order whose event nobody can read."""

    def notice(found: Item, source: Source) -> OrderNotice | None:
        if found.message_id == "trap":
            raise ArithmeticError("of what nobody foresaw")
        return order_events.notice(found, source)

    monkeypatch.setattr(applier, "notice", notice)
    monkeypatch.setattr(suppressed, "notice", notice)


def forget_somebody(workspace: Workspace) -> None:
    """From then on all that comes is compared with who was forgotten."""
    send(item("identify", user="gone"))
    forget.ask(workspace, [Identity.objects.get(key="gone").customer_id])
    forget.work(workspace)


def stays(caplog: pytest.LogCaptureFixture, number: int) -> None:
    row = Entry.objects.get(pk=number)
    assert row.work == Entry.Work.DONE
    assert row.item is not None
    assert any(getattr(record, "entry", None) == number for record in caplog.records)


@pytest.mark.usefixtures("trap")
@pytest.mark.parametrize("somebody", ["nobody forgotten", "somebody forgotten"])
def test_an_order_that_nobody_can_read(workspace: Workspace, caplog: pytest.LogCaptureFixture, somebody: str) -> None:
    if somebody == "somebody forgotten":
        forget_somebody(workspace)
    with caplog.at_level(logging.ERROR):
        send(
            event("Order Completed", "1", user="A", total=5),
            event("Order Completed", "2", user="B", message="trap", total=5),
            item("identify", user="C"),
            source=PAGE,
        )
    assert Order.objects.get().number == "1"
    assert Identity.objects.filter(key="C").exists()
    stays(caplog, Entry.objects.get(user_id="B").pk)


@pytest.mark.usefixtures("trap")
def test_what_was_read_before_is_compared_with_who_was_forgotten(workspace: Workspace) -> None:
    forget_somebody(workspace)
    send(event("Order Completed", "2", user="gone", message="trap", total=5, at=ago(1)))
    assert not Entry.objects.filter(work=Entry.Work.WAITING).exists()
    assert not Entry.objects.exclude(item=None).exists()


def test_an_order_that_cannot_be_written_down(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    note = orders.note

    def noted(source: Source, notices: Sequence[OrderNotice]) -> None:
        note(source, notices)
        if any(one.number == "trap" for one in notices):
            raise BadInput("of what nobody foresaw")

    monkeypatch.setattr(orders, "note", noted)
    with caplog.at_level(logging.ERROR):
        send(*(event("Order Completed", number, user=number, total=5) for number in ("1", "trap", "3")))
    assert set(Order.objects.values_list("number", flat=True)) == {"1", "3"}
    stays(caplog, Entry.objects.get(user_id="trap").pk)


def test_an_item_that_cannot_be_decoded(caplog: pytest.LogCaptureFixture) -> None:
    from regulars.stream import inbox

    inbox.accept(SERVER, [item("identify", user="A"), item("identify", user="B")])
    Entry.objects.filter(user_id="A").update(item="{}")
    with caplog.at_level(logging.ERROR):
        send(item("identify", user="C"))
    assert set(Identity.objects.values_list("key", flat=True)) == {"B", "C"}
    stays(caplog, Entry.objects.get(user_id="A").pk)
