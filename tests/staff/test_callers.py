"""Programs that ask: recognised without asking the store each time, and for no longer than is said."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from regulars.base import clock
from regulars.base.errors import NotAllowed
from regulars.platform.workspace import Workspace
from regulars.staff import callers, keys

HOUR = timedelta(hours=1)


@pytest.fixture(autouse=True)
def _fresh() -> Iterator[None]:
    callers.forget_known()
    yield
    callers.forget_known()


@pytest.fixture
def later(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is believed of keys is over at once."""
    monkeypatch.setattr(callers, "BELIEVED_SECONDS", -1.0)


def test_a_key_is_looked_up_once_for_a_while(workspace: Workspace) -> None:
    key, text = keys.make("Till", ["ingest"], shop="south")
    with CaptureQueriesContext(connection) as asked:
        found = [callers.recognise(text) for _ in range(5)]
    assert found == [callers.Caller(key.pk, "Till", "south", frozenset({"ingest"}))] * 5
    assert len([one for one in asked if "SELECT" in one["sql"]]) == 1


def test_unknown_keys_are_not_asked_for_again_and_again(workspace: Workspace) -> None:
    _, text = keys.make("Shop", ["read"])
    spoilt = text[:-3] + ("aaa" if not text.endswith("aaa") else "bbb")
    nobodys = "regulars_" + "0" * 12 + "_" + "a" * 43
    callers.recognise(text)
    callers.recognise(nobodys)
    with CaptureQueriesContext(connection) as asked:
        for wrong in ("", "x", spoilt, nobodys):
            assert callers.recognise(wrong) is None
    assert len(asked) == 0


def test_memory_is_bounded(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(callers, "_MOST", 3)
    for number in range(10):
        callers.recognise(f"regulars_{number:012x}_" + "a" * 43)
    assert len(callers._known) <= 3


def test_a_revoked_key_is_good_for_no_longer_than_it_is_believed(workspace: Workspace) -> None:
    key, text = keys.make("Shop", ["read"])
    assert callers.recognise(text)
    keys.revoke(key.pk)
    assert callers.recognise(text) is not None
    callers._known[keys.handle(text)] = (-callers.BELIEVED_SECONDS * 1e9, key)
    assert callers.recognise(text) is None


def test_what_is_believed_does_not_outlive_the_grace(workspace: Workspace, later: None) -> None:
    key, old = keys.make("Shop", ["read"])
    assert callers.recognise(old)
    new = keys.rotate(key.pk, grace=HOUR)
    assert callers.recognise(old) == callers.recognise(new)
    with clock.fixed(clock.now() + HOUR):
        assert callers.recognise(old) is None
        assert callers.recognise(new) is not None


def test_scopes_are_asked_of_who_calls() -> None:
    with pytest.raises(NotAllowed, match="Come in with a key"):
        callers.caller()
    with callers.calling(callers.Caller(1, "Shop", "shop", frozenset({"read"}))):
        callers.need("write", "read")
        assert not callers.may("contact")
        with pytest.raises(NotAllowed, match="needs the scope write"):
            callers.need("write")
    assert not callers.may("read")
