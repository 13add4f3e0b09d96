"""Customers, organisations, consent, orders and products over HTTP, as programs put and read them."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from tests.api.calling import ask, key, told
from tests.stores import every_database

from regulars.customers.models import Customer, Identity
from regulars.platform.models import AuditEntry
from regulars.stream.applier import apply
from regulars.stream.models import Notice

MARI = {"name": "Mari", "email": "Mari@Kohvik.example", "email_verified": True, "country": "ee"}


@pytest.fixture
def all_keys() -> str:
    return key("read", "write", "contact")


@every_database
def test_a_customer_is_made_changed_and_read(all_keys: str) -> None:
    made = told(ask("PUT", "/customers/c1", all_keys, MARI))
    assert (made["outcome"], made["contacts"]) == ("created", [{"kind": "email", "outcome": "added"}])
    assert told(ask("PUT", "/customers/c1", all_keys, MARI))["outcome"] == "unchanged"
    assert told(ask("PUT", "/customers/c1", all_keys, {"city": "Tartu"}))["outcome"] == "changed"
    found = told(ask("GET", "/customers/c1", all_keys))
    assert {name: found[name] for name in ("id", "name", "email", "country", "city", "kind")} == {
        "id": made["id"],
        "name": "Mari",
        "email": "mari@kohvik.example",
        "country": "EE",
        "city": "Tartu",
        "kind": "person",
    }
    assert found["external_ids"] == [{"shop": "shop", "id": "c1"}]
    assert found["standing"]["standing"] == "not judged"
    assert told(ask("GET", f"/customers/by-number/{made['id']}", all_keys)) == found


def test_contacts_are_shown_to_keys_that_may_see_them(all_keys: str) -> None:
    ask("PUT", "/customers/c1", all_keys, {**MARI, "name": "", "phone": "+3725551234"})
    reads = key("read")
    found = told(ask("GET", "/customers/c1", reads))
    assert (found["email"], found["phone"]) == (None, None)
    listed = ask("GET", "/customers", reads).content.decode() + ask("GET", "/customers/c1", reads).content.decode()
    assert "kohvik" not in listed
    assert "5551234" not in listed
    assert told(ask("GET", "/customers/c1", all_keys))["phone"] == "+3725551234"


def test_reads_of_people_are_noted_with_who_read(all_keys: str) -> None:
    made = told(ask("PUT", "/customers/c1", all_keys, MARI))
    AuditEntry.objects.all().delete()
    ask("GET", "/customers/c1", all_keys)
    ask("GET", "/customers", all_keys)
    entries = list(AuditEntry.objects.order_by("id").values_list("action", "actor", "actor_name", "customer_id"))
    assert entries == [
        ("customer.viewed", "key", "Program", int(made["id"])),
        ("customers.listed", "key", "Program", None),
    ]
    assert "kohvik" not in str(list(AuditEntry.objects.values()))


def test_reads_of_organisations_are_noted_too(all_keys: str) -> None:
    made = told(ask("PUT", "/organisations/o1", all_keys, {"name": "Initech"}))
    AuditEntry.objects.all().delete()
    ask("GET", "/organisations/o1", all_keys)
    ask("GET", "/organisations", all_keys)
    entries = list(AuditEntry.objects.order_by("id").values_list("action", "actor", "object", "customer_id"))
    assert entries == [
        ("customer.viewed", "key", "", int(made["id"])),
        ("customers.listed", "key", "organisations", None),
    ]


def test_what_is_wrong_is_not_half_done(all_keys: str) -> None:
    answer = ask("PUT", "/customers/c1", all_keys, {"name": "Mari", "email": "no address"})
    assert (answer.status_code, told(answer)["code"]) == (400, "bad_input")
    answer = ask("PUT", "/customers/c1", all_keys, {"nmae": "Mari", "birth_date": "yesterday"})
    assert (answer.status_code, told(answer)["code"]) == (422, "wrong_fields")
    assert {one["where"] for one in told(answer)["errors"]} == {"nmae", "birth_date"}
    assert not Customer.objects.exists()


def test_another_persons_contact_is_proposed_to_staff_and_moves_nothing(all_keys: str) -> None:
    ask("PUT", "/customers/victim", all_keys, {"email": "mari@kohvik.example"})
    came = told(ask("PUT", "/customers/other", all_keys, {"email": "mari@kohvik.example"}))
    assert came["contacts"] == [{"kind": "email", "outcome": "proposed"}]
    assert Identity.objects.get(kind="email").customer_id == Identity.objects.get(key="victim").customer_id


def test_customers_are_listed_page_by_page(all_keys: str) -> None:
    for number in range(5):
        ask("PUT", f"/customers/c{number}", all_keys, {"name": f"N{number}", "country": "EE" if number else "FI"})
    seen: list[str] = []
    cursor = ""
    while True:
        page = told(ask("GET", f"/customers?sort=name&limit=2{cursor}", all_keys))
        seen += [row["label"] for row in page["data"]]
        if page["next"] is None:
            break
        cursor = f"&cursor={page['next']}"
    assert seen == ["N0", "N1", "N2", "N3", "N4"]
    assert [row["label"] for row in told(ask("GET", "/customers?country=FI", all_keys))["data"]] == ["N0"]
    for wrong in ("cursor=xx", "limit=0", "limit=501", "standing=gone", "country=ee", "last_from=x"):
        assert ask("GET", f"/customers?{wrong}", all_keys).status_code in (400, 422), wrong


def test_an_organisation_has_members(all_keys: str) -> None:
    assert told(ask("PUT", "/organisations/o1", all_keys, {"name": "Initech"}))["outcome"] == "created"
    ask("PUT", "/customers/c1", all_keys, {"name": "Mari"})
    joined = told(ask("PUT", "/organisations/o1/members/c1/buys", all_keys, {"since": "2026-01-01"}))
    assert (joined["role"], joined["since"], joined["until"]) == ("buys", "2026-01-01", None)
    found = told(ask("GET", "/organisations/o1", all_keys))
    assert (found["name"], found["members"]) == ("Initech", [joined])
    assert told(ask("GET", "/organisations", all_keys)) == {"data": [found], "next": None}
    assert ask("PUT", "/organisations/o1/members/c1/sings", all_keys, {}).status_code == 422
    assert ask("PUT", "/organisations/c1", all_keys, {"name": "X"}).status_code == 409
    assert ask("GET", "/organisations/c1", all_keys).status_code == 404
    assert ask("PUT", "/organisations/o1/members/c9/buys", all_keys, {}).status_code == 404


def test_consent_is_said_and_read(all_keys: str) -> None:
    ask("PUT", "/customers/c1", all_keys, {"name": "Mari"})
    said = {"purpose": "marketing", "channel": "email", "given": True, "source": "checkout", "verified": True}
    first = told(ask("POST", "/customers/c1/consent", all_keys, said))
    assert told(ask("POST", "/customers/c1/consent", all_keys, said)) == first
    (found,) = ask("GET", "/customers/c1/consent", all_keys).json()
    assert (found["given"], found["why"], found["verified"]) == (True, "given", True)
    ask("POST", "/customers/c1/consent", all_keys, {**said, "given": False})
    assert ask("GET", "/customers/c1/consent", all_keys).json()[0]["why"] == "refused"
    for wrong in ({"purpose": "spam"}, {"channel": "any"}, {"at": "2026-01-01T00:00:00"}, {"source": ""}):
        assert ask("POST", "/customers/c1/consent", all_keys, {**said, **wrong}).status_code in (400, 422), wrong


ORDER = {
    "customer_id": "c1",
    "ordered_at": "2026-03-01T10:00:00Z",
    "currency": "EUR",
    "total": "25.00",
    "lines": [{"product_id": "p1", "quantity": "2", "unit_price": "12.50"}],
}


@every_database
def test_an_order_is_told_again_and_again(all_keys: str) -> None:
    assert told(ask("PUT", "/orders/1001", all_keys, ORDER)) == {"number": "1001", "outcome": "created"}
    assert told(ask("PUT", "/orders/1001", all_keys, ORDER))["outcome"] == "unchanged"
    assert Notice.objects.count() == 1
    refund = {"refunds": [{"id": "r1", "at": "2026-03-05T10:00:00Z", "amount": "5.00"}]}
    assert told(ask("PUT", "/orders/1001", all_keys, refund))["outcome"] == "changed"
    found = told(ask("GET", "/orders/1001", all_keys))
    assert (found["content"]["total"], found["content"]["lines"][0]["quantity"]) == ("25.00", "2")
    assert (found["refunds"][0]["id"], found["refunds"][0]["amount"]) == ("r1", "5.00")
    late = {"total": "1.00", "updated_at": "2026-02-01T00:00:00Z"}
    ask("PUT", "/orders/1001", all_keys, late)
    assert told(ask("GET", "/orders/1001", all_keys))["content"]["total"] == "25.00"


@every_database
def test_moments_of_any_offset_can_be_kept(all_keys: str) -> None:
    odd = {**ORDER, "ordered_at": "2026-03-01T10:00:00+22:59", "updated_at": "2026-03-02T10:00:00-23:59"}
    assert told(ask("PUT", "/orders/1001", all_keys, odd))["outcome"] == "created"
    assert told(ask("GET", "/orders/1001", all_keys))["ordered_at"] == "2026-02-28T11:01:00Z"


@every_database
def test_a_page_of_orders_asks_as_often_as_one_order(all_keys: str) -> None:
    asked = []
    for number in range(3):
        ask("PUT", f"/orders/{number}", all_keys, ORDER | {"customer_id": f"c{number}"})
        apply()
        with CaptureQueriesContext(connection) as queries:
            page = told(ask("GET", "/orders", all_keys))
        asked.append(len(queries))
    assert asked[0] == asked[2]
    Customer.objects.filter(pk=page["data"][0]["customer"]).update(merged_into_id=page["data"][2]["customer"])
    found = [row["customer"] for row in told(ask("GET", "/orders", all_keys))["data"]]
    assert found == [page["data"][place]["customer"] for place in (2, 1, 2)]
    assert told(ask("GET", "/orders/2", all_keys))["customer"] == found[2]


def test_orders_are_of_the_keys_own_shop(all_keys: str) -> None:
    ask("PUT", "/orders/1001", all_keys, ORDER)
    south = key("read", "write", shop="south")
    assert ask("GET", "/orders/1001", south).status_code == 404
    assert told(ask("PUT", "/orders/1001", south, ORDER))["outcome"] == "created"
    ask("PUT", "/customers/c1", all_keys, {"name": "Mari"})
    assert ask("GET", "/customers/c1", south).status_code == 404


@pytest.mark.parametrize(
    "wrong",
    [
        {"total": 25},
        {"total": "25,00"},
        {"total": "1e3"},
        {"currency": "euro"},
        {"ordered_at": "2026-03-01"},
        {"ordered_at": "2026-03-01T10:00:00"},
        {"ordered_at": 1772359200},
        {"ordered_at": "1172-03-01T10:00:00Z"},
        {"lines": [{}]},
        {"lines": [{"product_id": "p\u0000"}]},
        {"refunds": [{"id": "r"}]},
        {"unknown": 1},
    ],
)
def test_an_order_that_cannot_be_is_refused(all_keys: str, wrong: dict[str, Any]) -> None:
    assert ask("PUT", "/orders/1001", all_keys, wrong).status_code == 422
    assert not Notice.objects.exists()


def test_products_are_put_and_read(all_keys: str) -> None:
    assert told(ask("PUT", "/products/p1", all_keys, {"name": "Toffee", "category": "Sweets"}))["outcome"] == "created"
    assert told(ask("GET", "/products/p1", all_keys))["name"] == "Toffee"
    ask("PUT", "/products/p2", all_keys, {"durable": True, "cycle_days": 900})
    for cost in ({"cost": "4.50"}, {"cost": "5", "currency": "SEK", "cost_from": "2026-03-01"}):
        assert told(ask("PUT", "/products/p2", all_keys, cost))["outcome"] == "changed"
    shown = told(ask("GET", "/products/p2", all_keys))
    assert (shown["cost"], shown["currency"], shown["cost_from"]) == ("5", "SEK", "2026-03-01")
    assert ask("PUT", "/products/p2", all_keys, {"currency": "SEK"}).status_code == 400
    assert ask("PUT", "/products/p2", all_keys, {"cost": "-4"}).status_code == 422
    page = told(ask("GET", "/products?limit=1", all_keys))
    assert [row["id"] for row in page["data"]] == ["p1"]
    assert [row["id"] for row in told(ask("GET", f"/products?cursor={page['next']}", all_keys))["data"]] == ["p2"]
    assert [row["id"] for row in told(ask("GET", "/products?category=Sweets", all_keys))["data"]] == ["p1"]
    assert ask("PUT", "/products/p1", all_keys, {"cycle_days": 0}).status_code == 422
