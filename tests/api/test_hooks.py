"""Shops' webhooks over HTTP: only what is signed comes in, once, and whatever comes first."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from itertools import count, permutations
from typing import Any

import pytest
from django.db import OperationalError
from django.http import HttpResponse
from django.test import Client
from tests.stores import every_database
from tests.stream.shop_payloads import (
    AT,
    shopify_customer,
    shopify_order,
    shopify_refund,
    signed,
    woo_order,
    written,
)

from regulars.api import hooks
from regulars.base import clock
from regulars.base.errors import BadInput, Conflict
from regulars.customers.models import Consent, Customer, Identity
from regulars.platform.registry import personal_data
from regulars.platform.traces import Traces
from regulars.platform.workspace import Workspace
from regulars.stream import hooks_actions, inbox, inbox_rows, orders, quarantine
from regulars.stream.applier import apply
from regulars.stream.models import Entry, HookDelivery, HookOrder, Notice, Order, SetAside

SECRET = "shared-with-the-shop-0001"
_ids = count(1)


@pytest.fixture(autouse=True)
def _shops(workspace: Workspace) -> Iterator[None]:
    with clock.fixed(AT + timedelta(hours=3)):
        hooks_actions.add("shop", "shopify", SECRET)
        hooks_actions.add("shop", "woocommerce", SECRET)
        yield


def call(topic: str, payload: Any, *, secret: str = SECRET, delivery: str = "", shop: str = "shop") -> HttpResponse:
    body = payload if isinstance(payload, bytes) else written(payload)
    kind = "shopify" if "/" in topic else "woocommerce"
    named = {
        "shopify": ("x-shopify-hmac-sha256", "x-shopify-webhook-id", "x-shopify-topic"),
        "woocommerce": ("x-wc-webhook-signature", "x-wc-webhook-delivery-id", "x-wc-webhook-topic"),
    }[kind]
    told = (signed(body, secret), delivery or f"d{next(_ids)}", topic)
    headers = {"host": "127.0.0.1"} | dict(zip(named, told, strict=True))
    return Client().post(f"/hooks/{kind}/{shop}", body, content_type="application/json", headers=headers)


def outcome(response: HttpResponse) -> str:
    assert response.status_code == 200, response.content
    return str(response.json()["outcome"])  # type: ignore[attr-defined]  # the test client adds it


def applied() -> None:
    while apply():
        pass


@every_database
def test_an_order_comes_in_with_its_customer(workspace: Workspace) -> None:
    assert outcome(call("orders/create", shopify_order())) == "accepted"
    applied()
    row = Order.objects.get()
    assert (row.shop, row.number, row.problem) == ("shop", "#1001", "")
    assert Identity.objects.get(kind="ref").key == "115310627314723954"
    assert orders.kept(row).trusted


@every_database
def test_a_delivery_that_comes_again_changes_nothing(workspace: Workspace) -> None:
    assert outcome(call("orders/create", shopify_order(), delivery="one")) == "accepted"
    assert outcome(call("orders/create", shopify_order(), delivery="one")) == "duplicate"
    # Nobody signs the headers: the same words under another id, or as something else, are the same words.
    assert outcome(call("orders/create", shopify_order(), delivery="other")) == "duplicate"
    assert outcome(call("customers/update", shopify_order(), delivery="third")) == "duplicate"
    # Nor does an id that was used bring in other words.
    assert outcome(call("orders/updated", shopify_order(5), delivery="one")) == "duplicate"
    assert Entry.objects.count() == HookDelivery.objects.count() == 1


def test_dying_before_the_delivery_is_remembered_doubles_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patch:
        patch.setattr("regulars.stream.hooks_in._remember", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            call("orders/create", shopify_order(), delivery="one")
    assert HookDelivery.objects.count() == 0
    assert outcome(call("orders/create", shopify_order(), delivery="one")) == "accepted"
    assert Entry.objects.count() == 1


@pytest.mark.parametrize("secret", ["another-secret-of-somebody", SECRET[:-1], SECRET.upper()])
def test_what_is_signed_by_somebody_else_stays_outside(secret: str) -> None:
    answer = call("orders/create", shopify_order(), secret=secret)
    assert (answer.status_code, answer["Content-Type"]) == (401, "application/problem+json")
    assert call("order.created", woo_order(), secret=secret).status_code == 401
    assert call("orders/create", shopify_order(), shop="other").status_code == 401
    assert not Entry.objects.exists()
    assert not SetAside.objects.exists()


@pytest.mark.parametrize("signature", ["", "x", "====", "ä", "0" * 64])
def test_what_is_not_signed_stays_outside(signature: str) -> None:
    headers = {"host": "127.0.0.1", "x-shopify-topic": "orders/create", "x-shopify-hmac-sha256": signature}
    answer = Client().post("/hooks/shopify/shop", written(shopify_order()), content_type="text/plain", headers=headers)
    assert answer.status_code == 401


def test_one_changed_byte_stays_outside() -> None:
    body = written(shopify_order())
    headers = {"host": "127.0.0.1", "x-shopify-topic": "orders/create", "x-shopify-hmac-sha256": signed(body, SECRET)}
    changed = body.replace(b'"47.00"', b'"74.00"')
    assert changed != body
    for sent, status in ((changed, 401), (body, 200)):
        answer = Client().post("/hooks/shopify/shop", sent, content_type="application/json", headers=headers)
        assert answer.status_code == status


def test_the_secret_before_is_good_for_its_grace() -> None:
    hook = hooks_actions.Hook.objects.get(channel="shopify")
    new = hooks_actions.rotate(hook.pk)
    hook.refresh_from_db()
    assert new not in hook.secret
    assert SECRET not in hook.old_secret
    assert outcome(call("orders/create", shopify_order())) == "accepted"
    assert outcome(call("orders/updated", shopify_order(1), secret=new)) == "accepted"
    with clock.fixed(AT + timedelta(hours=4) + hooks_actions.GRACE):
        assert call("orders/updated", shopify_order(2)).status_code == 401
        assert outcome(call("orders/updated", shopify_order(2), secret=new)) == "accepted"
    hooks_actions.remove(hook.pk)
    assert call("orders/updated", shopify_order(3), secret=new).status_code == 401


def test_secrets_and_names_that_can_not_be() -> None:
    with pytest.raises(Conflict):
        hooks_actions.add("shop", "shopify", SECRET)
    for shop, channel, secret in (("a b", "shopify", ""), ("b", "magento", ""), ("b", "shopify", "short")):
        with pytest.raises(BadInput):
            hooks_actions.add(shop, channel, secret)


@every_database
def test_a_refund_that_comes_before_its_order_waits_for_it(workspace: Workspace) -> None:
    some = [
        ("refunds/create", shopify_refund(60)),
        ("orders/create", shopify_order()),
        ("orders/updated", shopify_order(61, refunds=[shopify_refund(60)])),
    ]
    states = []
    for at, order in enumerate(permutations(some)):
        named = [(topic, one | {"id": one["id"] + 10 * at, "name": f"#{at}"}) for topic, one in order]
        named = [(t, one | ({"order_id": one["order_id"] + 10 * at} if "order_id" in one else {})) for t, one in named]
        for topic, one in named:
            assert outcome(call(topic, one)) == "accepted"
            applied()
        known = orders.kept(Order.objects.get(number=f"#{at}"))
        assert [(one.amount, one.at) for one in known.refunds] == [("12.00", AT + timedelta(hours=1))]
        states.append((known.content, known.ordered_at))
    assert all(one == states[0] for one in states)
    assert not HookOrder.objects.exclude(held=[]).exists()


def test_a_deleted_order_of_woocommerce_is_cancelled() -> None:
    assert outcome(call("order.created", woo_order())) == "accepted"
    assert outcome(call("order.deleted", {"id": 727})) == "accepted"
    assert outcome(call("order.deleted", {"id": 728})) == "accepted"
    applied()
    assert orders.kept(Order.objects.get()).cancelled_at == AT + timedelta(hours=3)
    assert HookOrder.objects.get(inner_id="728").held


@every_database
def test_orders_that_change_in_one_second_are_all_taken_in(workspace: Workspace) -> None:
    # WooCommerce's delivery id is made of the webhook and the second.
    assert outcome(call("order.updated", woo_order(), delivery="one")) == "accepted"
    assert outcome(call("order.updated", woo_order(id=728, number="728"), delivery="one")) == "accepted"
    assert outcome(call("order.updated", woo_order(), delivery="two")) == "duplicate"
    applied()
    assert set(Order.objects.values_list("number", flat=True)) == {"727", "728"}


@every_database
def test_an_order_that_was_restored_can_be_deleted_again(workspace: Workspace) -> None:
    said = [
        ("order.created", woo_order(), "accepted"),
        ("order.deleted", {"id": 727}, "accepted"),
        ("order.deleted", {"id": 727}, "duplicate"),
        ("order.restored", woo_order(190), "accepted"),
        ("order.deleted", {"id": 727}, "accepted"),
        ("order.deleted", {"id": 727}, "duplicate"),
    ]
    ends = []
    for after, (topic, payload, becomes) in enumerate(said):
        with clock.fixed(AT + timedelta(hours=3, minutes=5 * after)):
            assert outcome(call(topic, payload)) == becomes
            applied()
        ends.append(orders.kept(Order.objects.get()).cancelled_at)
    again = AT + timedelta(hours=3, minutes=20)
    assert ends == [None, *[AT + timedelta(hours=3, minutes=5)] * 2, None, again, again]


@every_database
def test_an_older_word_on_a_customer_does_not_undo_a_newer_one(workspace: Workspace) -> None:
    assert outcome(call("customers/update", shopify_customer(10, last_name="Kask"))) == "accepted"
    assert outcome(call("customers/create", shopify_customer(0, last_name="Maasikas"))) == "accepted"
    applied()
    assert Customer.objects.get().name == "Mari Kask"
    assert Consent.objects.filter(given=True, channel="email", verified=True).count() == 1


def test_what_is_signed_and_can_not_be_used_waits_and_can_be_mended() -> None:
    broken = shopify_order() | {"name": None, "order_number": None}
    assert outcome(call("orders/create", broken)) == "refused"
    assert outcome(call("orders/create", b"{")) == "refused"
    assert outcome(call("orders/create", [1])) == "refused"
    row = SetAside.objects.get(reason__startswith="This is no order")
    assert (row.channel, row.shop, row.trusted) == ("shopify", "shop", True)

    mended = json.loads(row.raw)
    mended["payload"]["name"] = "#1001"
    quarantine.mend(row.pk, json.dumps(mended))
    assert quarantine.preview([row.pk]).orders == 1
    quarantine.replay([row.pk])
    applied()
    assert Order.objects.get().number == "#1001"


@every_database
@pytest.mark.parametrize("named", ["by the mender", "by the shop, since"])
def test_a_refund_that_names_no_order_is_mended(workspace: Workspace, named: str) -> None:
    mended_at = None if named == "by the mender" else "2026-03-02T11:00:00Z"
    lacks = {"order_id": None} if mended_at is None else {"created_at": None, "processed_at": None}
    assert outcome(call("refunds/create", shopify_refund() | lacks)) == "refused"
    call("orders/create", shopify_order())
    row = SetAside.objects.get()
    assert quarantine.replay([row.pk])[0][1][0].outcome == "refused"
    text = json.loads(row.raw)
    if mended_at is None:
        text["order"] = "#1001"
    else:
        text["payload"]["created_at"] = mended_at
    quarantine.mend(row.pk, json.dumps(text))
    quarantine.replay([row.pk])
    applied()
    assert [one.amount for one in orders.kept(Order.objects.get(number="#1001")).refunds] == ["12.00"]


@every_database
def test_an_order_that_is_mended_brings_the_refund_that_waited_for_it(workspace: Workspace) -> None:
    assert outcome(call("refunds/create", shopify_refund())) == "accepted"
    assert outcome(call("orders/create", shopify_order(name=None, order_number=None))) == "refused"
    row = SetAside.objects.get()
    text = json.loads(row.raw)
    text["payload"]["name"] = "#1001"
    quarantine.mend(row.pk, json.dumps(text))
    assert HookOrder.objects.get().number is None
    [(_, answers)] = quarantine.replay([row.pk])
    assert {one.outcome for one in answers} == {"accepted"}
    applied()
    assert [one.amount for one in orders.kept(Order.objects.get(number="#1001")).refunds] == ["12.00"]
    assert (HookOrder.objects.get().number, HookOrder.objects.get().held) == ("#1001", [])
    assert outcome(call("refunds/create", shopify_refund(90, "5.00", id=7))) == "accepted"
    applied()
    assert len(orders.kept(Order.objects.get(number="#1001")).refunds) == 2


def test_mended_without_its_order_it_is_told_what_is_missing() -> None:
    call("refunds/create", shopify_refund(created_at=None, processed_at=None))
    row = SetAside.objects.get()
    text = json.loads(row.raw)
    text["payload"]["created_at"] = "2026-03-02T11:00:00Z"
    with pytest.raises(BadInput, match='"order": "#1001"'):
        quarantine.mend(row.pk, json.dumps(text))


def test_a_topic_that_is_not_taken_in_is_answered() -> None:
    assert outcome(call("products/update", {"id": 1})) == "ignored"
    assert not Entry.objects.exists()
    assert not HookDelivery.objects.exists()


def test_woocommerce_is_told_that_somebody_is_there() -> None:
    def ping(path: str, **headers: str) -> int:
        sent = {"host": "127.0.0.1"} | headers
        kind = "application/x-www-form-urlencoded"
        return Client().post(path, b"webhook_id=12", content_type=kind, headers=sent).status_code

    assert ping("/hooks/woocommerce/shop") == 200
    assert ping("/hooks/shopify/shop") == 401
    assert ping("/hooks/woocommerce/shop", **{"x-wc-webhook-signature": "AAAA"}) == 401


def test_too_large_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hooks, "LARGEST", 1_000)
    assert call("orders/create", shopify_order()).status_code == 413
    assert Client().get("/hooks/shopify/shop", headers={"host": "127.0.0.1"}).status_code == 405


def test_a_store_that_is_away_is_a_503_and_nothing_is_lost(monkeypatch: pytest.MonkeyPatch) -> None:
    def away(*_: object) -> None:
        raise OperationalError("disk I/O error")

    monkeypatch.setattr(inbox, "REST_SECONDS", 0.0)
    with monkeypatch.context() as patch:
        patch.setattr(inbox_rows, "add", away)
        answer = call("orders/create", shopify_order(), delivery="one")
        assert (answer.status_code, int(answer["Retry-After"]) > 0) == (503, True)
    assert outcome(call("orders/create", shopify_order(), delivery="one")) == "accepted"
    applied()
    assert Notice.objects.count() == 1


@every_database
def test_what_deliveries_keep_of_a_customer_goes_with_them(workspace: Workspace) -> None:
    call("customers/update", shopify_customer())
    call("orders/create", shopify_order())
    call("orders/create", shopify_order(id=1, name="#1", customer={"id": 5}, email="other@kohvik.example"))
    applied()
    who = Identity.objects.get(key="115310627314723954").customer_id
    deliveries, numbers = personal_data["shops' deliveries"], personal_data["shops' order numbers"]
    assert (deliveries.people(), len(list(deliveries.export([who])))) == (1, 1)
    assert (deliveries.erase([who]), numbers.erase([who])) == (1, 1)
    assert HookOrder.objects.get().number == "#1"
    assert numbers.sweep is not None
    assert numbers.sweep(Traces(keys=("#1",))) == 1
    assert not HookDelivery.objects.filter(about__isnull=False).exists()


@pytest.mark.parametrize("name", ["shops' deliveries", "shops' order numbers"])
def test_what_deliveries_keep_is_let_go_of_in_time(name: str) -> None:
    call("orders/create", shopify_order())
    entry = personal_data[name]
    assert entry.keep is not None
    assert entry.expire is not None
    assert entry.expire(clock.now() - entry.keep()) == 0
    with clock.fixed(clock.now() + entry.keep() + timedelta(days=1)):
        assert entry.expire(clock.now() - entry.keep()) == 1
