"""Attributes that the firm declares, and members of organisations."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.customers.people import somebody
from tests.stores import every_database

from regulars.base import clock
from regulars.base.errors import BadInput, Conflict, NotFound
from regulars.customers import actions_attributes, actions_members
from regulars.customers.models import Attribute, Membership
from regulars.customers.rules_attributes import value
from regulars.platform.models import Event
from regulars.platform.workspace import Workspace

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


def declare(name: str = "shoe_size", kind: str = "number", **more: object) -> int:
    said = {"purpose": "To offer what fits.", "basis": "consent"} | more
    return actions_attributes.declare(name, "Shoe size", kind, **said)


def held(customer: int) -> dict[str, object]:
    return dict(Attribute.objects.filter(customer_id=customer).values_list("type__name", "value"))


@pytest.mark.parametrize(
    ("kind", "given", "kept"),
    [
        ("number", "42,5", 42.5),
        ("number", 42.0, 42),
        ("day", " 2026-01-31", "2026-01-31"),
        ("day", date(2026, 1, 31), "2026-01-31"),
        ("truth", "Yes", True),
        ("truth", False, False),
        ("text", " wide ", "wide"),
        ("choice", "red", "red"),
    ],
)
def test_values_are_kept_as_their_type(kind: str, given: object, kept: object) -> None:
    found = value(kind, given, ["red", "blue"])
    assert (type(found), found) == (type(kept), kept)


@pytest.mark.parametrize(
    ("kind", "given"),
    [
        ("number", "wide"),
        ("number", "nan"),
        ("number", "1e400"),
        ("number", True),
        ("day", "31.01.2026"),
        ("truth", "maybe"),
        ("text", " "),
        ("text", "x" * 1_001),
        ("text", "a\0b"),
        ("choice", "green"),
    ],
)
def test_values_that_are_not_of_the_type_are_refused(kind: str, given: object) -> None:
    with pytest.raises(BadInput):
        value(kind, given, ["red", "blue"])


@given(st.sampled_from(["number", "day", "truth", "text"]), st.text() | st.floats() | st.integers() | st.booleans())
def test_what_is_kept_can_be_kept_again(kind: str, given: object) -> None:
    try:
        kept = value(kind, given)
    except BadInput:
        return
    assert value(kind, kept) == kept


@every_database
def test_nothing_is_held_without_a_declaration(workspace: Workspace) -> None:
    ann = somebody()
    with pytest.raises(NotFound, match="Declare it first"):
        actions_attributes.put(ann, "shoe_size", 42, source="form")
    for wrong in (
        {"name": "Shoe size"},
        {"kind": "colour"},
        {"purpose": " "},
        {"basis": "curiosity"},
        {"kind": "choice"},
        {"keep_days": 0},
    ):
        with pytest.raises(BadInput):
            declare(**wrong)
    first = declare()
    assert declare() == first
    with pytest.raises(Conflict):
        declare(kind="text")
    with pytest.raises(BadInput, match="Shoe size: That is not a number"):
        actions_attributes.put(ann, "shoe_size", "wide", source="form")
    for _ in range(2):
        actions_attributes.put(ann, "shoe_size", "42", source="form")
    assert held(ann) == {"shoe_size": 42}
    assert Event.objects.filter(name="attribute changed").count() == 1
    actions_attributes.put(ann, "shoe_size", "", source="form")
    assert held(ann) == {}


@every_database
def test_values_go_when_their_time_is_over(workspace: Workspace) -> None:
    ann, bo = somebody(), somebody()
    declare(keep_days=30)
    with clock.fixed(NOW):
        actions_attributes.put(ann, "shoe_size", 42, source="form")
    with clock.fixed(NOW + timedelta(days=20)):
        actions_attributes.put(bo, "shoe_size", 43, source="form")
    assert actions_attributes.delete_expired(NOW + timedelta(days=29)) == 0
    assert actions_attributes.delete_expired(NOW + timedelta(days=30)) == 1
    assert (held(ann), held(bo)) == ({}, {"shoe_size": 43})
    declare(keep_days=5)
    assert actions_attributes.delete_expired(NOW + timedelta(days=25)) == 1, "a shorter time holds for old values too"
    declare(keep_days=None)
    actions_attributes.put(ann, "shoe_size", 42, source="form")
    assert actions_attributes.withdraw("shoe_size") == 1
    assert actions_attributes.withdraw("shoe_size") == 0


@every_database
def test_members_play_parts_in_organisations(workspace: Workspace) -> None:
    firm, ann = somebody(kind="organisation"), somebody()
    first = actions_members.join(firm, ann, "buys", source="letter", since=date(2026, 1, 1))
    assert actions_members.join(firm, ann, "buys", source="letter", since=date(2026, 1, 1)) == first
    other = actions_members.join(firm, ann, "pays", source="letter")
    actions_members.leave(firm, ann, "buys", on=date(2026, 2, 1), source="letter")
    assert Membership.objects.get(pk=first).until == date(2026, 2, 1)
    actions_members.remove(other)
    actions_members.remove(other)
    assert Membership.objects.count() == 1
    assert list(Event.objects.order_by("pk").values_list("name", flat=True)) == [
        "member joined",
        "member joined",
        "member left",
        "membership removed",
    ]
    for wrong in ((firm, ann, "owns"), (ann, firm, "buys"), (firm, firm, "buys")):
        with pytest.raises(BadInput):
            actions_members.join(*wrong, source="letter")
    with pytest.raises(BadInput):
        actions_members.join(firm, ann, "uses", source="letter", since=date(2026, 2, 1), until=date(2026, 1, 1))
    with pytest.raises(BadInput):
        actions_members.leave(firm, ann, "buys", on=date(2025, 1, 1), source="letter")
    with pytest.raises(NotFound):
        actions_members.leave(firm, ann, "decides", on=date(2026, 1, 1), source="letter")
