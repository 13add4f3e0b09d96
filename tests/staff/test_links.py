"""The first owner, invitations and new passwords: links that work once, and only on the press of a button."""

from __future__ import annotations

from datetime import timedelta

import pytest
from tests.members import PASSWORD, browser, member
from tests.stores import every_database

from regulars.base import clock
from regulars.base.errors import BadInput, Conflict
from regulars.platform.models import AuditEntry
from regulars.platform.workspace import Workspace
from regulars.staff import actions, first, links
from regulars.staff.models import Link, Staff, Visit

pytestmark = every_database
OWN = {"name": "Mari", "email": "Mari@Kohvik.example", "password": "two sparrows sing", "again": "two sparrows sing"}


def path(address: str) -> str:
    """The address without the server."""
    return "/" + address.split("/", 3)[3]


def test_the_first_start_makes_an_owner_once(workspace: Workspace) -> None:
    address = first.link(workspace)
    assert address is not None
    assert address.startswith("http://127.0.0.1:8000/staff/first/")
    page = path(address)
    assert browser().get(page).status_code == 200
    assert not Staff.objects.exists()  # to open it did nothing
    client = browser()
    assert client.post(page, OWN)["Location"] == "/"
    owner = Staff.objects.get()
    assert (owner.name, owner.email, owner.role) == ("Mari", "mari@kohvik.example", "owner")
    assert Visit.objects.filter(member=owner).count() == 1  # and is signed in
    assert browser().post(page, {**OWN, "email": "b@kohvik.example"}).status_code == 410
    assert first.link(workspace) is None
    assert Staff.objects.count() == 1


def test_the_secret_is_not_in_the_store(workspace: Workspace) -> None:
    secret = str(first.link(workspace)).split("/")[-2]
    assert len(secret) >= 43
    assert secret not in str(list(Link.objects.values()))
    assert secret not in str(list(AuditEntry.objects.values()))


def test_another_start_makes_the_link_before_useless(workspace: Workspace) -> None:
    old, new = first.link(workspace), first.link(workspace)
    assert browser().get(path(str(old))).status_code == 410
    assert browser().get(path(str(new))).status_code == 200


def test_the_first_link_ends_after_a_day(workspace: Workspace) -> None:
    address = path(str(first.link(workspace)))
    with clock.fixed(clock.now() + timedelta(hours=23, minutes=59)):
        assert browser().get(address).status_code == 200
    with clock.fixed(clock.now() + timedelta(hours=24, minutes=1)):
        assert browser().get(address).status_code == 410
        assert browser().post(address, OWN).status_code == 410


def test_an_owner_who_came_in_between_stops_the_first_link(workspace: Workspace) -> None:
    address = path(str(first.link(workspace)))
    link = Link.objects.get()
    member("owner")
    assert browser().post(address, OWN).status_code == 410
    with pytest.raises(Conflict):
        first.make_owner(link, name="B", email="b@kohvik.example", password=PASSWORD)
    assert links.good().exists()  # rolled back with the rest


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ({"password": "short", "again": "short"}, "at least 10"),
        ({"again": "something else"}, "not the same"),
        ({"password": "password1234", "again": "password1234"}, "too common"),
        ({"password": "mari@kohvik.example", "again": "mari@kohvik.example"}, "too similar"),
        ({"email": "no address"}, "valid email"),
        ({"name": ""}, "required"),
    ],
)
def test_what_is_wrong_is_said_and_the_link_stays_good(workspace: Workspace, wrong: dict[str, str], told: str) -> None:
    page = path(str(first.link(workspace)))
    answer = browser().post(page, {**OWN, **wrong})
    assert answer.status_code == 400
    assert told in answer.text
    assert browser().get(page).status_code == 200


def test_an_invitation_brings_in_exactly_who_was_invited(workspace: Workspace) -> None:
    owner = member("owner")
    address = path(actions.invite(owner, " Jaan@Kohvik.example", "agent"))
    page = browser().get(address)
    assert "jaan@kohvik.example" in page.text
    assert "Service desk" in page.text
    assert browser().post(address, {**OWN, "role": "owner", "email": "x@y.example"})["Location"] == "/"
    joined = Staff.objects.get(email="jaan@kohvik.example")
    assert joined.role == "agent"
    assert browser().post(address, OWN).status_code == 410
    assert Staff.objects.count() == 2


def test_invitations_end_are_taken_back_and_replaced(workspace: Workspace) -> None:
    owner = member("owner")
    late = path(actions.invite(owner, "late@kohvik.example", "viewer"))
    with clock.fixed(clock.now() + timedelta(days=8)):
        assert browser().get(late).status_code == 410
    again = path(actions.invite(owner, "late@kohvik.example", "analyst"))
    assert browser().get(late).status_code == 410
    actions.take_back_invitation(links.good().get(email="late@kohvik.example").pk)
    assert browser().post(again, OWN).status_code == 410
    assert Staff.objects.count() == 1


def test_who_is_a_member_can_not_be_invited(workspace: Workspace) -> None:
    owner = member("owner")
    for email, role in (("owner@kohvik.example", "viewer"), ("nonsense", "viewer"), ("a@kohvik.example", "boss")):
        with pytest.raises(BadInput):
            actions.invite(owner, email, role)
    assert not Link.objects.exists()


def test_a_link_is_good_for_its_own_purpose_only(workspace: Workspace) -> None:
    owner = member("owner")
    invitation = actions.invite(owner, "a@kohvik.example", "viewer").split("/")[-2]
    forgetful = actions.make_reset_link(owner, owner.pk).split("/")[-2]
    for purpose, secret in (("reset", invitation), ("first", invitation), ("join", forgetful), ("first", forgetful)):
        assert browser().get(f"/staff/{purpose}/{secret}/").status_code == 410
    assert browser().get("/staff/reset/" + "x" * 43 + "/").status_code == 410


def test_a_new_password_by_an_owners_link(workspace: Workspace) -> None:
    owner, forgetful = member("owner"), member("agent")
    elsewhere = browser(forgetful)
    page = path(actions.make_reset_link(owner, forgetful.pk))
    assert browser().get(page).status_code == 200
    assert elsewhere.get("/staff/account/").status_code == 200
    chosen = {"password": "seven green chairs", "again": "seven green chairs"}
    client = browser()
    assert client.post(page, chosen)["Location"] == "/staff/sign-in/"
    assert not Visit.objects.exists()  # signed in nowhere any more, here neither
    assert elsewhere.get("/staff/account/").status_code == 302
    forgetful.refresh_from_db()
    assert forgetful.check_password("seven green chairs")
    assert client.post(page, chosen).status_code == 410


def test_a_member_who_is_shut_out_gets_no_new_password(workspace: Workspace) -> None:
    owner, gone = member("owner"), member("agent")
    page = path(actions.make_reset_link(owner, gone.pk))
    actions.deactivate(gone.pk)
    assert browser().get(page).status_code == 410
    with pytest.raises(Conflict):
        actions.make_reset_link(owner, gone.pk)


def test_two_at_once_use_a_link_once(workspace: Workspace) -> None:
    owner = member("owner")
    actions.invite(owner, "a@kohvik.example", "viewer")
    link = Link.objects.get()
    actions.join(link, name="A", password=PASSWORD)
    with pytest.raises(Conflict):
        actions.join(link, name="A", password=PASSWORD)
