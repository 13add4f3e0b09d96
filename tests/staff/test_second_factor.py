"""Two-factor sign-in: switched on by a code, needed afterwards, each code good once, guessing slowed down."""

from __future__ import annotations

import time
from dataclasses import replace
from datetime import UTC, datetime

import msgspec
import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value
from django.test import Client
from tests.members import PASSWORD, browser, member
from tests.stores import every_database

from regulars.base import clock
from regulars.base.errors import Damaged
from regulars.platform import store
from regulars.platform.models import AuditEntry
from regulars.platform.workspace import Workspace
from regulars.staff import second_factor, throttle
from regulars.staff.models import Staff, Visit

pytestmark = every_database


def code(secret: str, *, later: int = 0) -> str:
    """What an app shows now, or so many half minutes later."""
    return str(format_hotp_value(hotp_value(secret, int(time.time()) // 30 + later)))


def protected(role: str = "viewer") -> tuple[Staff, str, list[str]]:
    """A member with two-factor sign-in, the app's secret, and the recovery codes."""
    who, secret = member(role), second_factor.new_secret()
    codes = second_factor.switch_on(who, secret, code(secret, later=-1))
    assert codes is not None
    return who, secret, codes


def halfway(who: Staff) -> Client:
    """A browser in which the right password was given."""
    client = browser()
    answer = client.post("/staff/sign-in/", {"username": who.email, "password": PASSWORD, "next": "/console/x"})
    assert answer["Location"] == "/staff/sign-in/code/"
    return client


def test_set_up_in_the_browser(workspace: Workspace) -> None:
    who = member("owner")
    client = browser(who)
    assert client.post("/staff/account/two-factor/", {"present": "wrong"}).status_code == 400
    assert client.post("/staff/account/two-factor/", {"present": PASSWORD})["Location"].endswith("/confirm/")
    page = client.get("/staff/account/two-factor/confirm/").text
    assert "<svg" in page
    assert " style=" not in page
    secret = page.split('class="staff-secret">')[1].split("<")[0].replace(" ", "")
    assert client.post("/staff/account/two-factor/confirm/", {"code": "000000"}).status_code == 400
    assert not second_factor.has(who)
    shown = client.post("/staff/account/two-factor/confirm/", {"code": code(secret)})
    assert shown.text.count("<li><code>") == 10
    assert second_factor.has(who)
    assert secret not in str(list(Authenticator.objects.values()))
    assert client.post("/staff/account/two-factor/off/", {"present": PASSWORD}).status_code == 302
    assert not second_factor.has(who)
    said = list(AuditEntry.objects.values_list("action", flat=True))
    assert {"staff.two_factor_on", "staff.two_factor_off"} <= set(said)


def test_the_password_alone_lets_nobody_in(workspace: Workspace) -> None:
    who, secret, _ = protected()
    client = halfway(who)
    assert client.get("/staff/account/").status_code == 302
    assert not Visit.objects.exists()
    assert client.post("/staff/sign-in/code/", {"code": "123456"}).status_code == 400
    answer = client.post("/staff/sign-in/code/", {"code": code(secret)[:3] + " " + code(secret)[3:]})
    assert answer["Location"] == "/console/x"
    assert client.get("/staff/account/").status_code == 200
    assert AuditEntry.objects.get(action="staff.signed_in").details == {"factors": 2}


def test_a_code_is_good_once(workspace: Workspace) -> None:
    who, secret, recovery = protected()
    now = code(secret)
    assert second_factor.accepts(who, now)
    assert not second_factor.accepts(who, now)
    assert second_factor.accepts(who, recovery[0])
    assert not second_factor.accepts(who, recovery[0])
    assert second_factor.codes_left(who) == 9
    assert not second_factor.accepts(who, "")


def test_without_remembering_a_code_would_be_good_twice(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    """Negative control: allauth's own memory is of one process only, and is switched off here."""
    from django.core.cache import cache

    who, secret, _ = protected()
    monkeypatch.setattr(second_factor, "_used", lambda _authenticator: {})
    now = code(secret)
    assert second_factor.accepts(who, now)
    cache.clear()  # as in another process
    assert second_factor.accepts(who, now)


def test_used_codes_are_known_to_other_processes(workspace: Workspace) -> None:
    from django.core.cache import cache

    who, secret, _ = protected()
    now = code(secret)
    assert second_factor.accepts(who, now)
    cache.clear()
    assert not second_factor.accepts(who, now)


def test_guessing_codes_is_slowed_down(workspace: Workspace) -> None:
    who, secret, _ = protected()
    client = halfway(who)
    answers = [client.post("/staff/sign-in/code/", {"code": "000000"}).status_code for _ in range(throttle.FAILURES)]
    assert answers[:-1] == [400] * (throttle.FAILURES - 1)
    assert answers[-1] == 429
    assert client.post("/staff/sign-in/code/", {"code": code(secret)}).status_code == 429
    # Nor does the right password begin the count anew.
    assert browser().post("/staff/sign-in/", {"username": who.email, "password": PASSWORD}).status_code == 429


def test_halfway_ends_with_time_and_with_another_password(workspace: Workspace) -> None:
    who, secret, _ = protected()
    client = halfway(who)
    with clock.fixed(datetime(2099, 1, 1, tzinfo=UTC)):
        assert client.get("/staff/sign-in/code/")["Location"] == "/staff/sign-in/"
    who.set_password("another one altogether")
    who.save()
    assert client.post("/staff/sign-in/code/", {"code": code(secret)})["Location"] == "/staff/sign-in/"


def test_new_recovery_codes_make_the_old_ones_useless(workspace: Workspace) -> None:
    who, _, old = protected()
    client = browser(who)
    shown = client.post("/staff/account/two-factor/codes/", {"present": PASSWORD}).text
    assert old[0][:4] + " " + old[0][4:] not in shown
    assert not second_factor.accepts(who, old[0])


def test_an_owner_helps_who_lost_the_phone(workspace: Workspace) -> None:
    who, _, _ = protected()
    browser(member("owner")).post(f"/staff/members/{who.pk}/two-factor-off/")
    assert not second_factor.has(who)


@pytest.mark.parametrize(("demanded", "stopped"), [("optional", ""), ("owners", "owner"), ("everyone", "owner viewer")])
def test_a_firm_may_demand_it(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch, demanded: str, stopped: str
) -> None:
    web = msgspec.structs.replace(workspace.settings.web, two_factor=demanded)
    changed = replace(workspace, settings=msgspec.structs.replace(workspace.settings, web=web))
    monkeypatch.setattr(store, "_opened", changed)
    for role in ("owner", "viewer"):
        client = browser(member(role))
        answer = client.get("/staff/account/")
        assert (answer.status_code == 302) == (role in stopped)
        assert client.post("/staff/account/visits/end-others/")["Location"].endswith("two-factor/") == (role in stopped)
        assert client.get("/staff/account/two-factor/").status_code == 200
        assert client.get("/staff/sign-out/").status_code == 200
    secret = second_factor.new_secret()
    owner = Staff.objects.get(role="owner")
    assert second_factor.switch_on(owner, secret, code(secret)) is not None
    assert browser(owner).get("/staff/account/").status_code == 200


def test_with_another_key_of_the_workspace_it_says_why(workspace: Workspace) -> None:
    from django.test.utils import override_settings

    who, secret, _ = protected()
    with override_settings(SECRET_KEY="another"), pytest.raises(Damaged, match=r"secret\.key"):
        second_factor.accepts(who, code(secret))
