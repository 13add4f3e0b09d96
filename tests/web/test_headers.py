"""Every answer protects whoever gets it: what may run in the page, who may frame it, over what it comes."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.conf import settings
from django.contrib.staticfiles.finders import find
from django.test import Client
from tests.members import browser

from regulars.platform.workspace import Workspace

Browse = Callable[..., Client]
PAGES = ["/health", "/staff/sign-in/", "/console/", "/nowhere/"]


@pytest.mark.parametrize("page", PAGES)
def test_every_page_has_them(browse: Browse, page: str) -> None:
    answer = browse().get(page)
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["X-Frame-Options"] == "DENY"
    assert answer["Referrer-Policy"] in ("same-origin", "no-referrer")
    assert answer["Cross-Origin-Opener-Policy"] == "same-origin"
    policy = dict(part.strip().partition(" ")[::2] for part in answer["Content-Security-Policy"].split(";"))
    assert policy["default-src"] == "'none'"
    assert policy["frame-ancestors"] == policy["base-uri"] == policy["object-src"] == "'none'"
    assert policy["form-action"] == "'self'"
    allowed = " ".join(policy.values())
    assert "http:" not in allowed
    assert "https:" not in allowed
    assert "*" not in allowed
    if not page.startswith("/console"):
        assert "unsafe" not in allowed


def test_without_tls_nothing_is_promised(browse: Browse) -> None:
    answer = browse().get("/staff/sign-in/")
    assert "Strict-Transport-Security" not in answer
    assert not answer.cookies["csrftoken"]["secure"]


def test_behind_tls_browsers_are_told_to_stay_there(browse: Browse) -> None:
    client = browse(address="https://shop.example", proxies=1)
    answer = client.get("/staff/sign-in/", headers={"x-forwarded-proto": "https"})
    assert answer["Strict-Transport-Security"] == "max-age=31536000"
    assert answer.cookies["csrftoken"]["secure"]
    assert settings.SESSION_COOKIE_SECURE
    assert "Strict-Transport-Security" not in client.get("/staff/sign-in/")


def test_requests_for_other_hosts_are_refused(browse: Browse) -> None:
    client = browse(address="https://shop.example")
    assert client.get("/staff/sign-in/").status_code == 200
    assert client.get("/staff/sign-in/", headers={"host": "evil.example"}).status_code == 400


def test_static_files_come_from_the_packages(browse: Browse, workspace: Workspace) -> None:
    path = "unfold/css/styles.css"
    assert find(path)
    answer = browse().get(f"/static/{path}")
    assert answer.status_code == 200
    assert b"".join(answer.streaming_content)  # type: ignore[arg-type]
    assert answer["Cache-Control"] == f"max-age={settings.WHITENOISE_MAX_AGE}, public"
    assert browse().get("/static/../../etc/passwd").status_code == 404
    assert not list(workspace.path.rglob("*.css"))


def test_sessions_are_not_for_scripts(browse: Browse) -> None:
    browse()
    assert settings.SESSION_COOKIE_HTTPONLY
    assert settings.SESSION_COOKIE_SAMESITE == settings.CSRF_COOKIE_SAMESITE == "Lax"


def test_a_form_without_its_token_is_refused(browse: Browse) -> None:
    browse()
    client = browser()
    client.handler.enforce_csrf_checks = True
    answer = client.post("/staff/sign-in/", {"username": "a", "password": "b"}, headers={"host": "127.0.0.1"})
    assert answer.status_code == 403
