"""Every route x every role: who is answered what. A route that no table in `routes/` lists fails.

An answer is a status, or `->` and where one is sent to (numbers in it are N). POST is sent without any fields, in a
transaction that is rolled back. `400` to a POST means that somebody may do it, had they said what; `404` that they
may, were it there.
"""

from __future__ import annotations

import re
from collections import Counter

import pytest
from django.conf import settings
from django.db import connection, transaction
from django.http import HttpResponse
from django.test import Client
from django.test.utils import CaptureQueriesContext
from tests.members import BACKEND, browser, member
from tests.web import routes
from tests.web.routes import COLUMNS, METHODS

from regulars.base import clock
from regulars.platform.workspace import Workspace
from regulars.staff import keys, links
from regulars.staff.models import Key, Link, Staff, Visit
from regulars.web.lean import PREFIXES

LINES = routes.expected()


@pytest.fixture(autouse=True)
def _server_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settings, "ALLOWED_HOSTS", ["testserver"])


@pytest.fixture
def members(workspace: Workspace) -> dict[str, Staff | None]:
    """A member for each role; nobody is None."""
    return {role: member(role, password=None) if role != "nobody" else None for role in COLUMNS}


def examples() -> dict[str, str]:
    """Things that are there, by the name of the place in a route; rooms add theirs."""
    somebody = member("viewer", email="somebody@kohvik.example", password=None)
    links.make(Link.Kind.INVITATION, email="invited@kohvik.example", role="viewer")
    keys.make("Shop", ["read"])
    Visit.objects.create(member=somebody, session_key="theirs", began_at=clock.now(), seen_at=clock.now())
    return {
        "member": str(somebody.pk),
        "invitation": str(Link.objects.get().pk),
        "key": str(Key.objects.get().pk),
        "call": "track",
    }


OPEN = {"api/", "api/<path:rest>", "api/v1/openapi.json", "api/v1/docs", "r.js"}
"""Addresses for programs that answer without a key: descriptions, the browser's script, and that there is nothing."""


def of_programs(route: str) -> bool:
    """Whether it is one that asks for keys; `tests/api` tries them by scope."""
    return f"/{route}".startswith(PREFIXES)


def answer(who: Staff | None, method: str, address: str) -> str:
    """What `who` is answered, in the form of the tables. Nothing that it changes stays."""
    with transaction.atomic():
        client = browser(who)
        client.raise_request_exception = False
        response: HttpResponse = client.generic(method, address)
        transaction.set_rollback(True)
    if response.status_code in (301, 302):
        return "->" + re.sub(r"/\d+/", "/N/", response["Location"].split("?")[0])
    return str(response.status_code)


def test_every_route_is_listed_once_for_each_method(members: dict[str, Staff | None]) -> None:
    listed = Counter((line.route, line.method) for line in LINES)
    assert [pair for pair, times in listed.items() if times > 1] == []
    wanted = {(route, method) for route in routes.served() for method in METHODS}
    gone = set(listed) - wanted
    assert not gone, f"listed, but no longer served: {sorted(gone)}"
    missing, there = sorted(wanted - set(listed)), examples()
    told = [
        " ".join(
            [route or "/", method, *(answer(members[role], method, routes.address(route, there)) for role in COLUMNS)]
        )
        for route, method in missing
    ]
    assert not missing, "not listed; look whether these are the right answers, and list them:\n" + "\n".join(told)


@pytest.mark.parametrize("table", sorted({line.table for line in LINES}))
@pytest.mark.parametrize("role", COLUMNS)
def test_each_role_is_answered_as_listed(members: dict[str, Staff | None], role: str, table: str) -> None:
    there, place = examples(), COLUMNS.index(role)
    lines = [line for line in LINES if line.table == table]
    wrong = [
        f"{line.method} /{line.route}: {given} instead of {line.answers[place]}"
        for line in lines
        if (given := answer(members[role], line.method, routes.address(line.route, there))) != line.answers[place]
    ]
    assert wrong == []


def test_nobody_gets_past_the_doors() -> None:
    """What is open without a sign-in is few, and known by name."""
    open_to_all = {line.route for line in LINES if line.answers[-1] in ("200", "400", "404")}
    assert open_to_all <= {
        "health",
        "staff/sign-in/",
        "staff/sign-out/",
        "staff/forgot/",
        "staff/colour.css",
        "staff/logo",
        "console/theme.css",
        *OPEN,
    }


def test_nothing_is_posted_without_its_token(members: dict[str, Staff | None]) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(members["owner"], backend=BACKEND)
    there = examples()
    open_doors = {
        route
        for route in routes.served()
        if client.post(routes.address(route, there)).status_code != 403 and not of_programs(route)
    }
    assert open_doors == set()


def test_programs_are_asked_for_a_key_whoever_is_signed_in(members: dict[str, Staff | None]) -> None:
    """A cookie opens nothing there, so that no other website can make use of it."""
    there, lines = examples(), [line for line in LINES if of_programs(line.route) and line.route not in OPEN]
    assert lines
    owner = browser(members["owner"])
    answered = {owner.generic(line.method, routes.address(line.route, there)).status_code for line in lines}
    assert answered <= {401, 404, 405}


def test_to_look_at_a_page_of_staff_changes_nothing(members: dict[str, Staff | None]) -> None:
    there = examples()
    there["secret"] = links.make(Link.Kind.INVITATION, email="x@kohvik.example", role="viewer").split("/")[-2]
    owner, nobody = browser(members["owner"]), browser()
    wrote = []
    for route in routes.served():
        if route.startswith("staff/"):
            with CaptureQueriesContext(connection) as asked:
                owner.get(routes.address(route, there))
                nobody.get(routes.address(route, there))
            wrote += [(route, query["sql"]) for query in asked if not query["sql"].startswith("SELECT")]
    assert wrote == []


def test_a_route_that_is_not_listed_would_be_seen() -> None:
    """Negative control."""
    listed = {line.route for line in LINES}
    assert {"staff/members/", "staff/keys/<int:key>/revoke/"} <= set(routes.served()) & listed
    assert "staff/members/all/" not in listed
