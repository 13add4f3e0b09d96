"""The ledger: only added to, one row for what is new, links that work once."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.db import connections
from tests.customers.people import somebody
from tests.stores import every_database

from regulars.base import clock
from regulars.base.errors import BadInput, Conflict, NotFound
from regulars.customers import actions_consent, consent, consent_files
from regulars.customers.models import Basis, Consent, ConsentLink, Picture
from regulars.platform.audit import Actor, acting
from regulars.platform.models import AuditEntry, Event
from regulars.platform.workspace import Workspace

pytestmark = every_database
NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


def say(who: int, *, given: bool, **more: object) -> int:
    said = {"purpose": "marketing", "channel": "email", "source": "telephone", "verified": True} | more
    return actions_consent.say(who, given=given, **said)


def ask(who: int, **more: object) -> str:
    return actions_consent.ask(who, "marketing", "email", source="form", wording="v1", **more)[1]


def why(who: int, channel: str = "email", at: datetime | None = None) -> str:
    return consent.state_of(who, "marketing", channel, at=at).why


def test_marketing_needs_its_row_for_each_channel(workspace: Workspace) -> None:
    ann = somebody()
    say(ann, given=True)
    assert (why(ann), why(ann, "sms")) == ("given", "never asked")
    with pytest.raises(BadInput, match="channel by channel"):
        say(ann, given=True, channel="any")
    say(ann, given=False, channel="any")
    assert (why(ann), why(ann, "sms")) == ("refused", "refused")
    for wrong in ({"purpose": "spam"}, {"channel": "pigeon"}, {"topic": "x" * 61}):
        with pytest.raises(BadInput):
            say(ann, given=True, **wrong)
    with pytest.raises(NotFound):
        say(10**9, given=True)


def test_a_moment_still_to_come_neither_outdoes_a_refusal_nor_delays_one(workspace: Workspace) -> None:
    ann, bob = somebody(), somebody()
    with clock.fixed(NOW):
        say(ann, given=True, at=NOW + timedelta(days=30))
        say(bob, given=True)
    with clock.fixed(NOW + timedelta(hours=1)):
        say(ann, given=False)
        first = say(bob, given=False, at=NOW + timedelta(hours=3))
        assert say(bob, given=False, at=NOW + timedelta(hours=3)) == first
        assert (why(ann), why(bob)) == ("refused", "refused")
    assert why(ann, at=NOW + timedelta(days=31)) == "refused"


def test_a_file_from_the_future_says_it_now_and_once(workspace: Workspace) -> None:
    ann = somebody()
    row = consent_files.Told(ann, "marketing", "email", "", True, at=NOW + timedelta(days=30), wording="v1")
    with clock.fixed(NOW):
        assert consent_files.record([row], import_id=1) == [True]
    with clock.fixed(NOW + timedelta(hours=1)):
        assert consent_files.compared([row]) == consent_files.record([row], import_id=2) == [False]
        say(ann, given=False)
    assert why(ann, at=NOW + timedelta(days=31)) == "refused"


def test_what_is_told_later_is_one_statement_and_no_news(workspace: Workspace) -> None:
    ann, then = somebody(), NOW - timedelta(days=100)
    with clock.fixed(NOW):
        first = say(ann, given=True, at=then)
        say(ann, given=False, at=NOW - timedelta(days=50))
        assert say(ann, given=True, at=then) == first
        assert say(ann, given=True, at=then + timedelta(days=1)) != first
        assert say(ann, given=True, at=then, wording="v2") != first
    told = Event.objects.filter(name="consent given").order_by("pk").first()
    assert told is not None
    assert (told.occurred_at, told.recorded_at) == (then, NOW)


def test_the_same_said_again_is_one_row_and_a_renewal_another(workspace: Workspace) -> None:
    ann = somebody()
    with clock.fixed(NOW), acting(Actor("staff", 7, "Eve")):
        first = say(ann, given=True, expires_at=NOW + timedelta(days=10))
        assert say(ann, given=True, expires_at=NOW + timedelta(days=10)) == first
        assert say(ann, given=True, expires_at=NOW + timedelta(days=99)) != first
    row = Consent.objects.get(pk=first)
    assert (row.by_staff_id, row.recorded_at, row.basis) == (7, NOW, "consent")
    assert AuditEntry.objects.filter(action="consent.given", actor_id=7).count() == 2
    assert Event.objects.get(name="consent given", properties__channel="email", pk=Event.objects.first().pk)


def test_a_question_is_pending_until_its_link_confirms_it_once(workspace: Workspace) -> None:
    ann = somebody()
    with clock.fixed(NOW):
        token = ask(ann, expires_at=NOW + timedelta(days=365))
        assert why(ann) == "pending"
        assert token not in str(list(ConsentLink.objects.values())), "only a digest is kept"
        number = actions_consent.confirm(token)
        assert why(ann) == "given"
        with pytest.raises(Conflict):
            actions_consent.confirm(token)
    row = Consent.objects.get(pk=number)
    assert (row.verified, row.wording, row.source, row.expires_at) == (
        True,
        "v1",
        "confirmed by link",
        NOW + timedelta(days=365),
    )
    assert why(ann, at=NOW + timedelta(days=366)) == "expired"
    with pytest.raises(NotFound):
        actions_consent.confirm("x" * 43)


def test_a_link_ends_with_its_time_a_refusal_or_a_newer_question(workspace: Workspace) -> None:
    ann, bo, cid = somebody(), somebody(), somebody()
    with clock.fixed(NOW):
        late, refused, older = ask(ann), ask(bo), ask(cid)
        say(bo, given=False)
        newer = ask(cid)
        for token in (refused, older):
            with pytest.raises(Conflict):
                actions_consent.confirm(token)
    with clock.fixed(NOW + timedelta(days=14)), pytest.raises(Conflict):
        actions_consent.confirm(late)
    with clock.fixed(NOW + timedelta(days=13)):
        actions_consent.confirm(newer)
        assert [why(one) for one in (ann, bo, cid)] == ["pending", "refused", "given"]


def test_two_who_follow_a_link_at_once_use_it_once(workspace: Workspace) -> None:
    from concurrent.futures import ThreadPoolExecutor

    token = ask(somebody())

    def follow() -> bool:
        try:
            actions_consent.confirm(token)
        except Conflict:
            return False
        finally:
            connections.close_all()
        return True

    with ThreadPoolExecutor(4) as pool:
        outcomes = list(pool.map(lambda _: follow(), range(4)))
    assert outcomes.count(True) == 1
    assert Consent.objects.filter(given=True).count() == 1


def test_consent_that_ends_soon_is_listed_while_it_holds(workspace: Workspace) -> None:
    ann, bo, cid = somebody(), somebody(), somebody()
    soon = NOW + timedelta(days=20)
    with clock.fixed(NOW):
        for who in (ann, bo, cid):
            say(who, given=True, expires_at=soon)
        say(bo, given=False)
    with clock.fixed(NOW + timedelta(days=1)):
        say(cid, given=True, expires_at=NOW + timedelta(days=400))
        assert [one.customer_id for one in consent.renewals(NOW + timedelta(days=30))] == [ann]
        assert consent.renewals(NOW + timedelta(days=10)) == []
    with clock.fixed(soon):
        assert consent.renewals(NOW + timedelta(days=30)) == []


def test_many_are_asked_about_as_one_is(workspace: Workspace) -> None:
    people = [somebody() for _ in range(4)]
    say(people[0], given=True)
    say(people[1], given=False)
    say(people[2], given=True, verified=False)
    many = consent.states_of(people, "marketing", "email")
    assert {who: found.why for who, found in many.items()} == {who: why(who) for who in people}


def test_who_objects_is_not_judged_from_that_moment(workspace: Workspace) -> None:
    ann = somebody(name="Ann")
    Picture.objects.create(customer_id=ann, standing="slipping", rung="client", value_365=5000)
    for _ in range(2):
        actions_consent.object_to_analysis(ann, source="letter")
    picture = Picture.objects.get(pk=ann)
    assert (picture.standing, picture.value_365) == ("not judged", None)
    assert consent.objecting() == [ann]
    assert Event.objects.filter(name="analysis objected to").count() == 1
    for _ in range(2):
        actions_consent.end_objection(ann)
    assert consent.objecting() == []


def test_the_firm_rests_its_analysis_on_one_ground_at_a_time(workspace: Workspace) -> None:
    assert consent.basis_of_analysis() is None
    for _ in range(2):
        actions_consent.rest_on(consent.ANALYSIS, "legitimate interest", "We look at orders to keep our customers.")
    actions_consent.rest_on(consent.ANALYSIS, "contract", "Our terms say so.")
    assert Basis.objects.get().ground == "contract"
    assert AuditEntry.objects.filter(action="basis.recorded").count() == 2
    for wrong in (("because", "x"), ("contract", " ")):
        with pytest.raises(BadInput):
            actions_consent.rest_on(consent.ANALYSIS, *wrong)
