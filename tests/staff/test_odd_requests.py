"""What nobody types, but programs send: it is refused, and never a fault."""

from __future__ import annotations

import pytest
from tests.members import browser, member
from tests.stores import every_database

from regulars.platform.workspace import Workspace

pytestmark = every_database
HUGE = 10**30
ODD = ["\0", "\ud800", "a" * 10_000, "1e999", "-1", "null", "<script>", "%00", "\r\nSet-Cookie: a=b"]


@pytest.mark.parametrize("odd", ODD, ids=range(len(ODD)))
def test_odd_words_in_every_field(workspace: Workspace, odd: str) -> None:
    odd = odd.encode("utf-8", "replace").decode()
    client, stranger = browser(member("owner")), browser()
    fields = ("username", "email", "name", "role", "scopes", "code", "password", "again", "present", "next", "language")
    given = dict.fromkeys(fields, odd)
    for path in ("sign-in/", "forgot/"):
        assert stranger.post(f"/staff/{path}", given).status_code == 400 or path == "forgot/"
    for path in ("account/", "account/password/", "account/two-factor/", "members/invite/", "keys/make/"):
        assert client.post(f"/staff/{path}", given).status_code == 400, path
    search = dict.fromkeys(("who", "what", "since", "until", "customer", "before"), odd)
    assert client.get("/staff/audit/", search).status_code == 400


@pytest.mark.parametrize(
    "path",
    [
        f"members/{HUGE}/",
        f"members/{HUGE}/deactivate/",
        f"members/{HUGE}/reset-link/",
        f"keys/{HUGE}/rotate/",
        f"keys/{HUGE}/revoke/",
        f"invitations/{HUGE}/take-back/",
        f"account/visits/{HUGE}/end/",
    ],
)
def test_numbers_that_no_table_holds(workspace: Workspace, path: str) -> None:
    assert browser(member("owner")).post(f"/staff/{path}").status_code in (302, 404)


@pytest.mark.parametrize("day", ["0001-01-01", "9999-12-31", "1899-12-31"])
def test_days_at_the_end_of_time(workspace: Workspace, day: str) -> None:
    client = browser(member("owner"))
    assert client.get("/staff/audit/", {"since": day}).status_code == 400
    assert client.get("/staff/audit/", {"until": day}).status_code == 400


def test_odd_secrets_and_headers(workspace: Workspace) -> None:
    client = browser(**{"user-agent": "\x01" * 5000, "accept-language": "x" * 5000})
    for secret in ("x" * 5000, "%00", "..", "<script>", "ä"):
        assert client.get(f"/staff/reset/{secret}/").status_code in (404, 410)
    assert client.post("/staff/sign-in/", {"username": "a@b.example", "password": "x"}).status_code == 400
