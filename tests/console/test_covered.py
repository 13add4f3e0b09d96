"""Whoever is known by an e-mail or a telephone alone is called so nowhere that a role without contact data looks."""

from __future__ import annotations

from itertools import cycle

import pytest
from django.test import Client
from tests.api.calling import ask, key
from tests.console import shops
from tests.members import browser, member
from tests.report import firms
from tests.stores import every_database

from regulars.api import ingest
from regulars.api.rates import Buckets
from regulars.base import clock
from regulars.customers.models import Customer, Identity, Picture, Task
from regulars.customers.sync_some import sync_some
from regulars.platform.workspace import Workspace
from regulars.staff import callers

LIST = "/console/customers/"
CANARIES = (("email", "canary.bird@nest.example"), ("phone", "+37255512345"), ("ref", "canary.egg@nest.example"))
PAGES = ("/console/home/", "/console/tasks/?whose=all", "/console/insight/", LIST, f"{LIST}?sort=name")
SEARCHED = ("canary", "nest", "37255512345", *(text.replace("+", "%2B") for _kind, text in CANARIES))


@pytest.fixture
def covered(workspace: Workspace) -> list[int]:
    """Everybody in the run's lists is such a canary."""
    firm = firms.repeat_shop()
    shops.fill(firm, ())
    people = dict.fromkeys(one.customer_id for one in (*firm.call_list, *firm.near_extraordinary))
    kinds = cycle(CANARIES)
    for number, (kind, text) in zip(people, kinds, strict=False):
        contact = {} if kind == "ref" else {kind: text}
        Customer.objects.create(id=number, import_id=1, **contact)
        Identity.objects.create(shop="shop", kind=kind, key=f"{text}{number}", customer_id=number)
        Task.objects.create(customer_id=number, title="Call", created_at=clock.now())
    sync_some(people)
    Picture.objects.update(standing="slipping", value_at_risk=100_000, value_365=200_000)
    return list(people)


def said(text: str) -> bool:
    return "canary" in text or "nest.example" in text or "55512345" in text


def finds(client: Client, words: str) -> bool:
    part = {"HTTP_HX_REQUEST": "true", "HTTP_HX_TARGET": "results"}
    return f'href="{LIST}1' in client.get(f"{LIST}?q={words}", **part).text  # numbers of all begin so


def exported(client: Client) -> str:
    return b"".join(client.post(f"{LIST}export/", {"query": ""}).streaming_content).decode()  # type: ignore[attr-defined]


@every_database
def test_screens_of_those_without_contact_data_say_no_contact(covered: list[int]) -> None:
    analyst = browser(member("analyst"))
    for client in (analyst, browser(member("viewer"))):
        for path in (*PAGES, *(f"{LIST}{number}/" for number in covered[:3])):
            answer = client.get(path)
            assert answer.status_code == 200
            assert not said(answer.text), path
        assert "Customer 1" in client.get(LIST).text
        assert f"Customer {covered[0]}" in client.get(f"{LIST}{covered[0]}/").text
        for words in SEARCHED:
            assert not finds(client, words), words
    assert f"Customer {max(covered)}" in analyst.get("/console/home/").text
    assert not said(exported(analyst))


@every_database
def test_those_who_may_see_contacts_see_and_find_them(covered: list[int]) -> None:
    owner = browser(member("owner"))
    for number, (_kind, text) in zip(covered[:2], CANARIES, strict=False):
        assert text in owner.get(LIST).text
        title = owner.get(f"{LIST}{number}/").text.split("<title>")[1].split("</title>")[0]
        assert text in title
    assert "canary.bird@" in owner.get("/console/home/").text
    for words in ("canary.bird@nest.example", "%2B37255512345", "canary.egg@nest.example"):
        assert finds(owner, words), words


@every_database
def test_keys_without_contact_get_no_contact(covered: list[int], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ingest, "_buckets", Buckets())
    callers.forget_known()
    reads = key("read")
    listed = ask("GET", "/customers?limit=100", reads).content.decode()
    assert f'"label":"Customer {covered[0]}"' in listed.replace(": ", ":")
    phones = [text for kind, text in CANARIES if kind == "phone"]
    assert not any(text[-8:] in listed for text in phones)
    assert "canary.bird" not in listed
    callers.forget_known()
