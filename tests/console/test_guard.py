"""Doors: who gets in, what a change needs, what every answer carries."""

from __future__ import annotations

import pytest
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern
from tests.members import browser, member

from regulars.console import urls
from regulars.console.guard import page
from regulars.console.models import SavedView
from regulars.platform.workspace import Workspace

OPEN = {"start", "theme", "language"}
"""Views without the decorator: they say themselves who may come."""


def test_every_view_says_who_may_come() -> None:
    unguarded = {
        pattern.name
        for pattern in urls.urlpatterns
        if isinstance(pattern, URLPattern) and not hasattr(pattern.callback, "permission")
    }
    assert unguarded == OPEN


def test_a_permission_that_does_not_exist_is_a_mistake() -> None:
    def view(_request: HttpRequest) -> HttpResponse:
        return HttpResponse()

    with pytest.raises(KeyError):
        page("customers.everything")(view)
    with pytest.raises(KeyError):
        page("customers.view", edits="customers.everything")(view)


def test_a_link_from_elsewhere_changes_nothing(shop: Workspace) -> None:
    """What only changes something answers no GET, which needs no proof of coming from our own page."""
    who = member("owner")
    client = browser(who)
    client.post("/console/customers/views/", {"name": "Mine", "query": ""})
    view = SavedView.objects.get()
    assert client.get(f"/console/customers/views/{view.pk}/forget/").status_code == 405
    assert client.get("/console/customers/export/?query=").status_code == 405
    assert SavedView.objects.exists()


def test_forms_need_the_token_of_our_own_page(shop: Workspace) -> None:
    client = browser(member("owner"))
    client.handler.enforce_csrf_checks = True
    assert client.post("/console/customers/11/do/", {"verb": "note", "text": "x"}).status_code == 403


def test_pages_stay_in_no_cache_and_evaluate_only_in_the_console(shop: Workspace) -> None:
    client = browser(member("owner"))
    for address in ("/console/home/", "/console/customers/", "/console/customers/11/", "/console/insight/"):
        answer = client.get(address)
        assert answer.status_code == 200
        assert "no-store" in answer["Cache-Control"]
        policy = answer["Content-Security-Policy"]
        assert "script-src 'self' 'unsafe-eval'" in policy
        assert "style-src 'self'" in policy
        assert "unsafe-inline" not in policy
        assert " style=" not in answer.text  # the policy would not let it work
    assert "unsafe-eval" not in client.get("/staff/sign-in/")["Content-Security-Policy"]


def test_back_leads_only_to_our_own_pages(shop: Workspace) -> None:
    client = browser(member("owner"))
    answer = client.post("/console/customers/columns/", {"column": "rung", "back": "https://evil.example/"})
    assert answer["Location"] == "/console/customers/"


def test_part_of_a_page_sends_the_whole_to_the_sign_in(shop: Workspace) -> None:
    answer = browser().get("/console/customers/", HTTP_HX_REQUEST="true")
    assert answer.status_code == 401
    assert answer["HX-Redirect"].startswith("/staff/sign-in/")


def test_the_navigation_shows_what_the_role_may_open(shop: Workspace) -> None:
    agent = browser(member("agent")).get("/console/customers/").text
    assert 'href="/console/tasks/"' in agent
    assert 'href="/console/insight/"' not in agent
    owner = browser(member("owner")).get("/console/customers/").text
    assert 'href="/console/insight/"' in owner
    assert 'href="/staff/members/"' in owner
