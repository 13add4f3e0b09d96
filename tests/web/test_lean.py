"""The way for programs: fewer layers, the same addresses, and every answer protected all the same."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from typing import Any

import pytest
from django.conf import settings
from django.test import Client, RequestFactory
from django.utils import translation

from regulars.web.lean import PREFIXES, LeanHandler

Browse = Callable[..., Client]
Logged = Callable[[], list[dict[str, object]]]


def ask(path: str, method: str = "POST", **environ: Any) -> tuple[str, dict[str, str], bytes]:
    """Status, headers and body of an answer of the handler itself."""
    given: dict[str, Any] = RequestFactory().generic(method, path).environ  # type: ignore[attr-defined]
    told: list[Any] = []
    body = LeanHandler()({**given, "wsgi.input": io.BytesIO(), **environ}, lambda *head: told.append(head))
    content = b"".join(body)
    body.close()
    return told[0][0], dict(told[0][1]), content


def test_it_answers_as_the_rest_of_the_server_would(browse: Browse) -> None:
    usual = browse().post("/v1/track")
    status, headers, body = ask("/v1/track")
    assert status == "401 Unauthorized"
    assert usual.status_code == 401
    assert json.loads(body) == usual.json()
    assert headers["Content-Type"] == "application/problem+json"
    assert "Set-Cookie" not in headers
    assert headers["Content-Length"] == str(len(body))


@pytest.mark.parametrize("path", ["/v1/track", "/v1/nowhere", "/api/nowhere", "/r.js"])
def test_every_answer_is_protected(browse: Browse, path: str) -> None:
    browse()
    _, headers, _ = ask(path, "GET")
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["X-Frame-Options"] == "DENY"
    assert "default-src 'none'" in headers["Content-Security-Policy"]
    assert "Strict-Transport-Security" not in headers


def test_behind_tls_programs_are_told_to_stay_there(browse: Browse) -> None:
    browse(address="https://shop.example", proxies=1)
    _, headers, _ = ask("/v1/track", HTTP_X_FORWARDED_PROTO="https", HTTP_X_FORWARDED_FOR="203.0.113.9")
    assert headers["Strict-Transport-Security"] == "max-age=31536000"


def test_it_does_not_speak_the_language_of_whoever_came_before(browse: Browse) -> None:
    browse()
    translation.activate("fi")
    ask("/v1/track")
    assert translation.get_language() == "en"


def test_a_fault_is_a_plain_500(browse: Browse, monkeypatch: pytest.MonkeyPatch) -> None:
    from regulars.api import ingest

    def broken(*_: object, **__: object) -> None:
        raise RuntimeError("person@example.com")

    browse()
    monkeypatch.setattr(settings, "DEBUG", False)
    monkeypatch.setattr(ingest.requests, "key", broken)
    status, headers, body = ask("/v1/track")
    assert status.startswith("500")
    assert b"person" not in body
    assert headers["X-Content-Type-Options"] == "nosniff"


def test_no_screen_goes_this_way() -> None:
    assert not any(path.startswith(PREFIXES) for path in ("/", "/console/", "/staff/sign-in/", "/health", "/static/x"))
