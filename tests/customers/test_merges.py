"""Merging by hand: what it takes over, what is refused, what undoing gives back."""

from __future__ import annotations

import pytest
from tests.customers.people import everything, imported, somebody
from tests.stores import every_database

from regulars.base.errors import BadInput, Conflict, NotFound
from regulars.customers import actions_consent, actions_merges, actions_work, attributes, consent, merges
from regulars.customers.merges_preview import preview
from regulars.customers.models import Customer, Identity, NameWord, Objection, Picture, SyncedBlock
from regulars.intake.keys import look_up
from regulars.platform.models import AuditEntry, Event
from regulars.platform.workspace import Workspace

pytestmark = every_database


def said(customer: int, *, given: bool, source: str = "telephone", channel: str = "email") -> int:
    return actions_consent.say(customer, "marketing", channel, given=given, source=source, verified=True)


def may_mail(customer: int) -> bool:
    return consent.state_of(customer, "marketing", "email").given


def test_the_target_learns_what_it_did_not_know_and_forgets_it_when_undone(workspace: Workspace) -> None:
    one = somebody(name="Ann", country="EE", city="Tallinn")
    other = somebody(name="Ann Tamm")
    before = everything(one, other)
    assert preview(one, other).taken_over == {"country": "EE", "city": "Tallinn"}
    number = actions_merges.merge(one, other)
    now = Customer.objects.get(pk=other)
    assert (now.name, now.country, now.city) == ("Ann Tamm", "EE", "Tallinn")
    Customer.objects.filter(pk=other).update(city="Tartu")  # it came after the merge, so it stays
    actions_merges.undo(number)
    now = Customer.objects.get(pk=other)
    assert (now.country, now.city) == (None, "Tartu")
    Customer.objects.filter(pk=other).update(city=None)
    assert everything(one, other) == before


def test_what_is_refused_after_the_merge_holds_for_both_when_it_is_undone(workspace: Workspace) -> None:
    one, other = somebody(), somebody()
    said(one, given=True)
    said(other, given=True)
    number = actions_merges.merge(one, other)
    assert may_mail(other)
    assert may_mail(one), "asked by the old number, the answer is of the one they are now"
    said(one, given=False)
    actions_merges.undo(number)
    assert not may_mail(one)
    assert not may_mail(other)


def test_a_yes_after_the_merge_is_of_the_one_who_said_it(workspace: Workspace) -> None:
    one, other = somebody(), somebody()
    said(one, given=False)
    said(other, given=True)
    number = actions_merges.merge(one, other)
    assert not may_mail(other), "the strictest verified"
    said(other, given=True, source="counter")
    assert may_mail(other)
    actions_merges.undo(number)
    assert (may_mail(one), may_mail(other)) == (False, True)


def test_links_that_wait_are_worth_nothing_while_two_are_one(workspace: Workspace) -> None:
    one, other = somebody(), somebody()
    _number, token = actions_consent.ask(one, "marketing", "email", source="form", wording="v1")
    number = actions_merges.merge(one, other)
    with pytest.raises(Conflict):
        actions_consent.confirm(token)
    actions_merges.undo(number)
    actions_consent.confirm(token)
    assert (may_mail(one), may_mail(other)) == (True, False)


@pytest.mark.parametrize("anew", [False, True], ids=["refused", "asked anew"])
def test_a_link_taken_back_while_two_are_one_stays_worthless(workspace: Workspace, *, anew: bool) -> None:
    one, other = somebody(), somebody()
    _number, token = actions_consent.ask(one, "marketing", "email", source="form", wording="v1")
    _number, calls = actions_consent.ask(one, "marketing", "phone", source="form", wording="v1")
    number = actions_merges.merge(one, other)
    if anew:
        actions_consent.ask(other, "marketing", "email", source="form", wording="v2")
    else:
        said(other, given=False)
    actions_merges.undo(number)
    with pytest.raises(Conflict):
        actions_consent.confirm(token)
    if anew:
        actions_consent.confirm(calls)
    assert not may_mail(one)


@pytest.mark.parametrize("under", [0, 1])
def test_an_objection_after_the_merge_holds_for_both_when_it_is_undone(workspace: Workspace, under: int) -> None:
    pair = (somebody(), somebody())
    number = actions_merges.merge(*pair)
    actions_consent.object_to_analysis(pair[under], source="letter")
    actions_merges.undo(number)
    assert set(consent.objecting()) == set(pair)
    assert Picture.objects.get(pk=pair[0]).standing == "not judged"


def test_an_objection_that_ends_while_two_are_one_ends_for_both(workspace: Workspace) -> None:
    one, other = somebody(), somebody()
    for number in (one, other):
        actions_consent.object_to_analysis(number, source="letter")
    number = actions_merges.merge(one, other)
    actions_consent.end_objection(other)
    assert consent.objecting() == []
    actions_merges.undo(number)
    assert consent.objecting() == []


def test_who_cannot_be_one(workspace: Workspace) -> None:
    one, other, firm = somebody(), somebody(), somebody(kind="organisation")
    with pytest.raises(BadInput):
        actions_merges.merge(one, one)
    with pytest.raises(BadInput, match="member"):
        actions_merges.merge(one, firm)
    with pytest.raises(NotFound):
        actions_merges.merge(one, 999_999)
    with pytest.raises(NotFound):
        actions_merges.undo(999_999)
    actions_merges.merge(one, other)
    with pytest.raises(Conflict, match=str(other)):
        actions_merges.merge(other, one)
    with pytest.raises(Conflict):
        actions_merges.merge(one, somebody())


def test_a_chain_is_undone_from_its_end(workspace: Workspace) -> None:
    a, b, c = somebody(), somebody(), somebody()
    before = everything(a, b, c)
    first = actions_merges.merge(a, b)
    second = actions_merges.merge(b, c)
    assert merges.ends() == {a: c, b: c}
    assert merges.pairs() == {a: b, b: c}
    assert [(one.merge.pk, one.later) for one in merges.standing(c)] == [(second, None), (first, second)]
    with pytest.raises(Conflict, match=str(second)):
        actions_merges.undo(first)
    actions_merges.undo(second)
    actions_merges.undo(first)
    assert everything(a, b, c) == before


def test_files_after_a_merge_tell_the_one_they_are_now(workspace: Workspace) -> None:
    import pyarrow as pa

    one, other = imported(("A", "a@example.org", None), ("B", None, None))
    number = actions_merges.merge(one, other)
    assert imported(("A", None, "+3725550001")) == [one], "the lake goes on keeping them apart"
    asked = pa.table(
        {
            "key": [1],
            "customer_ref": pa.nulls(1, pa.string()),
            "email": pa.nulls(1, pa.string()),
            "phone": ["+3725550001"],
            "guest": pa.nulls(1, pa.string()),
        }
    )
    assert look_up(asked, shop="shop")["customer_id"].to_pylist() == [one]
    assert Identity.objects.get(kind="phone").customer_id == other, "but staff see them as one"
    attributes.update(pa.table({"customer_id": [one], "name": ["Ann"], "consent": [True]}), import_id=2)
    assert Customer.objects.get(pk=other).name == "Ann"
    assert consent.ledger(other)
    actions_merges.undo(number)
    assert set(Identity.objects.filter(customer_id=one).values_list("key", flat=True)) == {
        "A",
        "a@example.org",
        "+3725550001",
    }


def test_the_source_leaves_the_lists_at_once_and_it_is_known_who_did_it(workspace: Workspace) -> None:
    one, other = somebody(), somebody()
    for number in (one, other):
        Picture.objects.create(customer_id=number, standing="current", rung="regular")
        NameWord.objects.create(customer_id=number, word="ann")
    Customer.objects.filter(pk__in=[one, other]).update(name="Ann")
    number = actions_merges.merge(one, other)
    assert list(Picture.objects.values_list("customer_id", flat=True)) == [other]
    assert list(NameWord.objects.values_list("customer_id", flat=True)) == [other]
    assert SyncedBlock.objects.exists(), "the next sync looks at both"
    assert Event.objects.get(name="customers merged").properties == {"from": one, "to": other, "merge": number}
    assert AuditEntry.objects.get(action="customers.merged").details["source"] == one
    actions_merges.undo(number)
    assert Event.objects.filter(name="customers merge undone").count() == 1


def test_an_objection_and_tags_of_both_are_still_there_afterwards(workspace: Workspace) -> None:
    one, other = somebody(), somebody()
    actions_work.tag([one, other], "vip")
    actions_work.tag([one], "club")
    for number in (one, other):
        actions_consent.object_to_analysis(number, source="letter")
    before = everything(one, other)
    assert preview(one, other).not_analysed
    number = actions_merges.merge(one, other)
    assert set(consent.objecting()) == {one, other}
    assert sorted(Customer.objects.get(pk=other).tags.values_list("tag__name", flat=True)) == ["club", "vip"]
    actions_merges.undo(number)
    assert everything(one, other) == before
    actions_consent.end_objection(one)
    assert list(Objection.objects.values_list("customer_id", flat=True)) == [other]


def test_without_the_added_refusal_a_merge_would_allow_what_was_refused(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(actions_merges, "joined", lambda *_, **__: [])
    one, other = somebody(), somebody()
    said(one, given=False)
    said(other, given=True)
    actions_merges.merge(one, other)
    assert may_mail(other), "the danger that `rules_consent.joined` is there for"


def test_of_two_merges_at_once_one_stands(workspace: Workspace) -> None:
    from concurrent.futures import ThreadPoolExecutor

    from django.db import connections

    one, other = somebody(), somebody()

    def try_to(pair: tuple[int, int]) -> bool:
        try:
            actions_merges.merge(*pair)
        except Conflict:
            return False
        finally:
            connections.close_all()
        return True

    with ThreadPoolExecutor(4) as pool:
        outcomes = list(pool.map(try_to, [(one, other), (other, one)] * 2))
    assert outcomes.count(True) == 2, "the same merge again answers as the first"
    assert len(merges.pairs()) == 1
