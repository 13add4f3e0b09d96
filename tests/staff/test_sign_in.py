"""Coming in with a password: who gets in, who doesn't, and what each is told."""

from __future__ import annotations

import pytest
from tests.members import PASSWORD, browser, member
from tests.stores import every_database

from regulars.platform.models import AuditEntry
from regulars.platform.workspace import Workspace
from regulars.staff import throttle
from regulars.staff.models import Visit

pytestmark = every_database
SIGN_IN = "/staff/sign-in/"


def give(email: str, password: str, **more: str) -> dict[str, str]:
    return {"username": email, "password": password, **more}


def test_a_member_comes_in_and_goes(workspace: Workspace) -> None:
    who = member("owner")
    client = browser()
    assert "Sign in" in client.get(SIGN_IN).text
    answer = client.post(SIGN_IN, give("Owner@Kohvik.example", PASSWORD))
    assert (answer.status_code, answer["Location"]) == (302, "/")
    visit = Visit.objects.get(member=who)
    assert (visit.device, visit.address) == ("Firefox, Windows", "127.0.0.1")
    assert client.get("/staff/sign-out/").status_code == 200  # to look doesn't sign out
    assert Visit.objects.exists()
    assert client.post("/staff/sign-out/")["Location"] == SIGN_IN
    assert not Visit.objects.exists()
    said = AuditEntry.objects.order_by("pk").values_list("action", "actor_id", "actor_name", "address")
    assert list(said) == [
        ("staff.signed_in", who.pk, "Owner", "127.0.0.1"),
        ("staff.signed_out", who.pk, "Owner", "127.0.0.1"),
    ]


def test_wrong_password_unknown_address_and_shut_account_are_told_the_same(workspace: Workspace) -> None:
    member("agent")
    shut = member("viewer")
    shut.is_active = False
    shut.save()
    told = set()
    for email, password in (
        ("agent@kohvik.example", "wrong"),
        ("nobody@kohvik.example", PASSWORD),
        ("viewer@kohvik.example", PASSWORD),
    ):
        answer = browser().post(SIGN_IN, give(email, password))
        assert answer.status_code == 400
        told.add(answer.text.split("<form")[0] + answer.text.split('role="alert">')[1].split("<")[0])
    assert len(told) == 1
    assert not Visit.objects.exists()
    assert AuditEntry.objects.filter(action="staff.sign_in_failed", address="127.0.0.1").count() == 3
    assert "nobody" not in str(list(AuditEntry.objects.values()))


@pytest.mark.parametrize(
    "elsewhere", ["https://evil.example/", "//evil.example", "/\\evil.example", "javascript:alert(1)", "http:evil"]
)
def test_nobody_is_sent_to_another_site(workspace: Workspace, elsewhere: str) -> None:
    member("owner")
    assert elsewhere not in browser().get(SIGN_IN, {"next": elsewhere}).text
    answer = browser().post(SIGN_IN, give("owner@kohvik.example", PASSWORD, next=elsewhere))
    assert answer["Location"] == "/"


def test_one_goes_on_where_one_wanted_to(workspace: Workspace) -> None:
    member("owner")
    assert browser().post(SIGN_IN, give("owner@kohvik.example", PASSWORD, next="/console/x?a=1"))["Location"] == (
        "/console/x?a=1"
    )


def test_guessing_is_slowed_down(workspace: Workspace) -> None:
    member("owner")
    guesser = browser()
    for _ in range(throttle.FAILURES - 1):
        assert guesser.post(SIGN_IN, give("owner@kohvik.example", "guess")).status_code == 400
    answer = guesser.post(SIGN_IN, give("owner@kohvik.example", "guess"))
    assert (answer.status_code, answer["Retry-After"]) == (429, "900")
    # The right password doesn't help now, from another browser or for another name neither.
    assert browser().post(SIGN_IN, give("owner@kohvik.example", PASSWORD)).status_code == 429
    assert browser().post(SIGN_IN, give("agent@kohvik.example", PASSWORD)).status_code == 429
    elsewhere = browser().post(SIGN_IN, give("owner@kohvik.example", PASSWORD), REMOTE_ADDR="198.51.100.7")
    assert elsewhere.status_code == 302


def test_without_the_pause_guessing_would_go_on(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    """Negative control: it is the limit that answers 429."""
    monkeypatch.setattr(throttle, "FAILURES", 1000)
    member("owner")
    codes = {browser().post(SIGN_IN, give("owner@kohvik.example", "guess")).status_code for _ in range(15)}
    assert codes == {400}


def test_who_becomes_inactive_is_out_at_once(workspace: Workspace) -> None:
    who = member("agent")
    client = browser(who)
    assert client.get("/staff/sign-in/").status_code == 302  # is in, and sent on
    who.is_active = False
    who.save()
    assert client.get("/staff/sign-in/").status_code == 200


def test_a_visit_that_was_ended_counts_for_nothing(workspace: Workspace) -> None:
    who = member("agent")
    client = browser(who)
    Visit.objects.all().delete()  # even if the session itself were still there
    assert client.get("/staff/sign-in/").status_code == 200


def test_sign_in_without_its_token_is_refused(workspace: Workspace) -> None:
    from django.test import Client

    member("owner")
    client = Client(enforce_csrf_checks=True)
    assert client.post(SIGN_IN, give("owner@kohvik.example", PASSWORD)).status_code == 403
