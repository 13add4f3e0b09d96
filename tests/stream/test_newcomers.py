"""Whom a public key makes known it may name, once, and nobody else; killed at any moment that is so too."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from tests.stores import every_database
from tests.stream.shop import NOW, PAGE, SERVER, item, send

from regulars.base import clock
from regulars.customers.models import Consent, Customer, Identity
from regulars.platform.workspace import Workspace
from regulars.stream import acquaintance, applier, inbox
from regulars.stream.items import Item
from regulars.stream.models import Newcomer

pytestmark = every_database
YES = {"consent": {"marketing": {"email": True}}}


@pytest.fixture(autouse=True)
def _now(workspace: Workspace) -> Iterator[None]:
    with clock.fixed(NOW):
        yield


def says(name: str, **more: Any) -> Item:
    return item("identify", user="A", traits={"name": name} | YES | more)


def known() -> tuple[str | None, set[tuple[str, bool]]]:
    """A's name, and which consent is written down, verified or not."""
    row = Customer.objects.get(pk=Identity.objects.get(kind="ref", key="A").customer_id)
    assert not Newcomer.objects.exists()
    return row.name, set(Consent.objects.filter(customer_id=row.pk).values_list("channel", "verified"))


def test_a_page_changes_nothing_of_whom_the_server_named_just_before() -> None:
    inbox.accept(SERVER, [says("Anna")])
    send(says("Evil", city="Narva"), source=PAGE)
    assert known() == ("Anna", {("email", True)})
    assert not Customer.objects.filter(city="Narva").exists()


def test_nor_of_whom_the_server_made_a_member_just_before() -> None:
    inbox.accept(SERVER, [item("group", user="A", group="G")])
    send(says("Evil"), source=PAGE)
    assert known() == (None, set())


def test_the_server_has_the_last_word_on_whom_a_page_named_just_before() -> None:
    inbox.accept(PAGE, [says("Anna at the page")])
    send(item("identify", user="A", traits={"name": "Anna"}))
    assert known() == ("Anna", {("email", False)})


def test_of_two_pages_the_first_is_heard() -> None:
    send(says("First"), says("Second", city="Narva"), source=PAGE)
    assert known() == ("First", {("email", False)})
    send(says("Third"), source=PAGE)
    assert known() == ("First", {("email", False)})


@pytest.mark.parametrize("place", ["_identify", "_join_visits", "_consent"])
def test_killed_after_they_were_made_nothing_is_lost(monkeypatch: pytest.MonkeyPatch, place: str) -> None:
    inbox.accept(PAGE, [says("Anna")])

    def killed(*_given: Any, **_more: Any) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(acquaintance, place, killed)
        with pytest.raises(KeyboardInterrupt):
            applier.apply()
    assert Identity.objects.filter(key="A").exists()
    assert not Consent.objects.exists()
    send(says("Second"), source=PAGE)
    assert known() == ("Anna", {("email", False)})


def test_killed_before_they_were_made_somebody_else_may_make_them_known(monkeypatch: pytest.MonkeyPatch) -> None:
    """What was written down of who would be made is worth nothing then."""
    inbox.accept(PAGE, [says("Evil")])
    assign = acquaintance.identity.assign

    def later(*given: Any, **more: Any) -> Any:
        assign(*given, **more)
        return assign(*given, **more)

    with monkeypatch.context() as patched:
        patched.setattr(acquaintance.identity, "assign", later)
        while applier.apply():
            pass
    assert known() == (None, set())
