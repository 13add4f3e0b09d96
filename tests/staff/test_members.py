"""Members: roles, shutting out, one's own account. Nobody is left without an owner."""

from __future__ import annotations

import threading

import pytest
from tests.members import PASSWORD, browser, member
from tests.stores import every_database

from regulars.base.errors import BadInput, Conflict
from regulars.platform.models import AuditEntry
from regulars.platform.workspace import Workspace
from regulars.staff import actions, visits
from regulars.staff.models import Staff, Visit

pytestmark = every_database


def test_an_owner_manages_members_in_the_browser(workspace: Workspace) -> None:
    owner = member("owner")
    client = browser(owner)
    shown = client.post("/staff/members/invite/", {"email": "a@kohvik.example", "role": "agent"})
    assert shown.status_code == 200
    assert "/staff/join/" in shown.text
    assert "No mail server is set" in shown.text
    assert "a@kohvik.example" in client.get("/staff/members/").text
    agent = member("agent")
    assert client.post(f"/staff/members/{agent.pk}/", {"role": "analyst"})["Location"] == "/staff/members/"
    agent.refresh_from_db()
    assert agent.role == "analyst"
    shown = client.post(f"/staff/members/{agent.pk}/reset-link/")
    assert "/staff/reset/" in shown.text
    client.post(f"/staff/members/{agent.pk}/deactivate/")
    agent.refresh_from_db()
    assert not agent.is_active
    client.post(f"/staff/members/{agent.pk}/reactivate/")
    agent.refresh_from_db()
    assert agent.is_active
    said = set(AuditEntry.objects.filter(actor_id=owner.pk).values_list("action", flat=True))
    assert said >= {
        "staff.invited",
        "staff.role_changed",
        "staff.reset_link_made",
        "staff.deactivated",
        "staff.reactivated",
    }


def test_who_is_shut_out_is_out_on_every_device_at_once(workspace: Workspace) -> None:
    who = member("agent")
    phone, desk = browser(who), browser(who)
    assert phone.get("/staff/account/").status_code == desk.get("/staff/account/").status_code == 200
    actions.deactivate(who.pk)
    assert phone.get("/staff/account/").status_code == desk.get("/staff/account/").status_code == 302
    actions.reactivate(who.pk)
    assert phone.get("/staff/account/").status_code == 302  # an ended visit doesn't come back


def test_the_last_owner_stays(workspace: Workspace) -> None:
    owner = member("owner")
    for attempt in (lambda: actions.change_role(owner.pk, "viewer"), lambda: actions.deactivate(owner.pk)):
        with pytest.raises(Conflict):
            attempt()
    client = browser(owner)
    assert client.post(f"/staff/members/{owner.pk}/", {"role": "viewer"}).status_code == 400
    client.post(f"/staff/members/{owner.pk}/deactivate/")
    second = member("owner", email="second@kohvik.example")
    actions.change_role(owner.pk, "viewer")
    with pytest.raises(Conflict):
        actions.deactivate(second.pk)
    assert Staff.objects.get(role="owner").is_active


def test_an_owner_who_is_shut_out_does_not_count(workspace: Workspace) -> None:
    first, second = member("owner"), member("owner", email="second@kohvik.example")
    actions.deactivate(second.pk)
    with pytest.raises(Conflict):
        actions.deactivate(first.pk)


def test_two_owners_who_step_down_at_once_leave_one(workspace: Workspace) -> None:
    from django.db import connection

    owners = [member("owner", email=f"{n}@kohvik.example") for n in range(2)]
    both = threading.Barrier(2)
    refusals: list[Exception] = []

    def step_down(who: Staff) -> None:
        both.wait()
        try:
            actions.change_role(who.pk, "viewer")
        except Exception as error:
            refusals.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=step_down, args=(who,)) for who in owners]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert Staff.objects.filter(role="owner").count() == 1
    assert [type(error) for error in refusals] == [Conflict]  # nor is anybody told of a deadlock


def test_roles_that_do_not_exist_are_refused(workspace: Workspace) -> None:
    who = member("viewer")
    with pytest.raises(BadInput):
        actions.change_role(who.pk, "boss")


def test_one_changes_name_and_language(workspace: Workspace) -> None:
    who = member("viewer")
    client = browser(who)
    assert client.post("/staff/account/", {"name": "Mari", "language": "fi"}).status_code == 302
    who.refresh_from_db()
    assert (who.name, who.language) == ("Mari", "fi")
    assert '<html lang="fi"' in client.get("/staff/account/").text
    noted = AuditEntry.objects.get(action="staff.details_changed")
    assert noted.details == {"fields": ["name", "language"]}


def test_a_new_password_needs_the_present_one_and_ends_other_visits(workspace: Workspace) -> None:
    who = member("viewer")
    here, there = browser(who), browser(who)
    chosen = {"password": "seven green chairs", "again": "seven green chairs"}
    assert here.post("/staff/account/password/", {"present": "wrong", **chosen}).status_code == 400
    assert here.post("/staff/account/password/", {"present": PASSWORD, **chosen})["Location"] == "/staff/account/"
    assert here.get("/staff/account/").status_code == 200
    assert there.get("/staff/account/").status_code == 302
    who.refresh_from_db()
    assert who.check_password("seven green chairs")


def test_one_sees_and_ends_visits_elsewhere(workspace: Workspace) -> None:
    who, other = member("viewer"), member("agent")
    here = browser(who)
    there = browser(**{"user-agent": "Mozilla/5.0 (iPhone) Safari/600"})
    there.post("/staff/sign-in/", {"username": who.email, "password": PASSWORD})
    theirs = browser(other)
    assert "Safari, iPhone" in here.get("/staff/account/").text
    visit = Visit.objects.get(device="Safari, iPhone")
    assert theirs.post(f"/staff/account/visits/{visit.pk}/end/").status_code == 302  # not one of theirs
    assert there.get("/staff/account/").status_code == 200
    here.post(f"/staff/account/visits/{visit.pk}/end/")
    assert there.get("/staff/account/").status_code == 302
    again = browser(who)
    here.post("/staff/account/visits/end-others/")
    assert again.get("/staff/account/").status_code == 302
    assert here.get("/staff/account/").status_code == 200
    assert theirs.get("/staff/account/").status_code == 200


def test_to_look_at_a_visit_often_writes_seldom(workspace: Workspace) -> None:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    client = browser(member("viewer"))
    client.get("/staff/account/")
    with CaptureQueriesContext(
        connection,
    ) as asked:
        client.get("/staff/account/")
    assert not [query["sql"] for query in asked if not query["sql"].startswith("SELECT")]
    assert visits.NOTED_EVERY.total_seconds() == 300
