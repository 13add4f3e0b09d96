"""What is logged of a request: its route and how it was answered, never the address itself or what was asked."""

from __future__ import annotations

import io
import json
import logging
from collections.abc import Callable, Iterator

import pytest
from django.http import HttpRequest, HttpResponse
from django.test import Client
from django.test.utils import override_settings
from django.urls import path

from regulars.platform import logs

Browse = Callable[..., Client]


def shown(_request: HttpRequest, name: str) -> HttpResponse:
    return HttpResponse(name)


def broken(_request: HttpRequest, name: str) -> HttpResponse:
    raise ValueError(f"{name}@example.com")


urlpatterns = [path("shown/<str:name>/", shown), path("broken/<str:name>/", broken)]


@pytest.fixture
def logged(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[], list[dict[str, object]]]]:
    """Gives the records that were written so far, as a log has them."""
    root = logging.getLogger()
    before, level = root.handlers[:], root.level
    out = io.StringIO()
    monkeypatch.setenv("REGULARS_LOGS", "json")
    logs.configure("web")
    root.handlers[0].stream = out  # type: ignore[attr-defined]
    yield lambda: [json.loads(line) for line in out.getvalue().splitlines()]
    root.handlers[:] = before
    root.setLevel(level)


Logged = Callable[[], list[dict[str, object]]]


@override_settings(ROOT_URLCONF=__name__)
def test_a_request_is_one_line_without_its_address(browse: Browse, logged: Logged) -> None:
    browse().get("/shown/maasikas/?q=mari")
    (line,) = [line for line in logged() if line["logger"] == "regulars.web.request"]
    assert line["ms"] is not None
    assert {name: line[name] for name in ("level", "method", "route", "status")} == {
        "level": "info",
        "method": "GET",
        "route": "shown/<str:name>/",
        "status": 200,
    }
    assert "maasikas" not in str(logged())
    assert "mari" not in str(logged())


@override_settings(ROOT_URLCONF=__name__)
def test_a_fault_is_logged_with_its_place_and_without_the_person(browse: Browse, logged: Logged) -> None:
    client = browse()
    client.raise_request_exception = False
    assert client.get("/broken/maasikas/").status_code == 500
    assert any("ValueError" in str(line.get("trace")) for line in logged())
    assert "maasikas" not in str(logged())


def test_an_unknown_address_is_not_told(browse: Browse, logged: Logged) -> None:
    browse().get("/maasikas/?q=mari")
    (line,) = logged()
    assert (line["route"], line["status"]) == (None, 404)
