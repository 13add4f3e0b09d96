"""What identify, alias and group calls say: nothing of it is lost for another part, and history sets nothing off."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.db import DataError
from tests.stores import every_database
from tests.stream.shop import NOW, PAGE, SERVER, ago, item, send

from regulars.base import clock
from regulars.customers import actions_people, merges
from regulars.customers.models import Address, Consent, Customer, Identity, Membership
from regulars.platform.models import Event
from regulars.platform.workspace import Workspace
from regulars.stream import traits
from regulars.stream.items import Source
from regulars.stream.models import Identified

pytestmark = every_database
OLD = ago(100)
NO = {"consent": {"marketing": {"email": False}}}


@pytest.fixture(autouse=True)
def _now(workspace: Workspace) -> Iterator[None]:
    with clock.fixed(NOW):
        yield


def refused() -> bool:
    return Consent.objects.filter(customer_id=who("A"), given=False, verified=True).exists()


def who(ref: str) -> int:
    return Identity.objects.get(kind="ref", key=ref).customer_id


@pytest.mark.parametrize(
    "told",
    [
        {"address": {"street": "Tee 1", "country": "Estonia"}},
        {"address": {"street": "Tee 1", "country": "Nowhere at all"}},
        {"address": {"street": "Tee 1", "postalCode": "1" * 21}},
        {"locale": "ca-ES-valencia"},
        {"timezone": "America/North_Dakota/New_Salem/And_Far_Beyond_It"},
    ],
)
def test_a_refusal_is_never_lost_for_another_trait(told: dict[str, Any]) -> None:
    send(item("identify", user="A", visit="va", traits=told | NO))
    assert refused()
    assert Identified.objects.get().customer_id == who("A")
    assert Address.objects.count() == ("address" in told)


def test_what_the_database_cannot_hold_is_left_out_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    def too_long(*_given: Any, **_more: Any) -> None:
        raise DataError("value too long")

    monkeypatch.setattr(actions_people, "add_address", too_long)
    send(item("identify", user="A", visit="va", traits={"name": "Anna", "address": {"street": "Tee 1"}} | NO))
    assert Customer.objects.get().name == "Anna"
    assert refused()
    assert Identified.objects.exists()


@pytest.mark.parametrize(
    ("said", "kept"),
    [("ee", "EE"), ("Estonia", "EE"), ("united states", "US"), ("Atlantis", None), ("419", None), ("", None)],
)
def test_a_country_is_two_letters(said: str, kept: str | None) -> None:
    assert traits.fields({"address": {"country": said}}).get("country") == kept
    assert (traits.address({"address": {"street": "Tee 1", "country": said}}) or {}).get("country") == kept


def test_history_is_told_as_history() -> None:
    send(item("identify", user="A"), item("identify", user="B"))
    Event.objects.all().delete()
    send(
        item("alias", user="B", previous="A", at=OLD),
        item("group", user="B", group="G", traits={"name": "Firm"}, at=OLD),
        item("identify", user="B", traits={"name": "Anna"} | NO, at=OLD),
    )
    assert merges.current(who("A")) == who("B")
    assert Membership.objects.exists()
    told = list(Event.objects.values_list("name", "occurred_at"))
    assert {name for name, _at in told} == {"customers merged", "member joined", "consent refused"}
    assert {at for _name, at in told} == {OLD}


def test_what_happens_now_is_told_as_of_now() -> None:
    """Negative control."""
    send(item("identify", user="A"), item("identify", user="B"))
    Event.objects.all().delete()
    send(item("alias", user="B", previous="A"), item("group", user="B", group="G", traits={"name": "Firm"}))
    assert set(Event.objects.values_list("name", "occurred_at")) == {("customers merged", NOW), ("member joined", NOW)}


def test_an_old_group_call_names_no_organisation_anew() -> None:
    send(item("group", user="A", group="G", traits={"name": "Firm"}))
    send(item("group", user="A", group="G", traits={"name": "Old name"}, at=OLD))
    assert Customer.objects.get(pk=who("group:G")).name == "Firm"


@pytest.mark.parametrize("source", [PAGE, SERVER], ids=["page", "server"])
def test_an_old_identify_says_nothing_of_a_change(source: Source) -> None:
    send(item("identify", user="A", traits={"name": "Anna"}, at=OLD), source=source)
    assert Customer.objects.get().name == "Anna"
    assert not Event.objects.exists()
