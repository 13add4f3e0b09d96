"""Programs that call: keys with scopes, and requests with them."""

from __future__ import annotations

import base64
import json
from typing import Any

from django.http import HttpResponse
from django.test import Client

from regulars.staff import keys


def key(*scopes: str, shop: str = "shop") -> str:
    """A new key for these scopes."""
    return keys.make("Program", scopes, shop=shop)[1]


def basic(text: str) -> str:
    """What Segment's clients put into the header `Authorization`."""
    return "Basic " + base64.b64encode(f"{text}:".encode()).decode()


def post(path: str, content: Any, text: str | None = None, **headers: str) -> HttpResponse:
    """Send JSON (or bytes as they are) with a key."""
    sent = content if isinstance(content, bytes) else json.dumps(content)
    if text is not None:
        headers["authorization"] = basic(text)
    kind = headers.pop("content-type", "application/json")
    return Client().post(path, sent, content_type=kind, headers={"host": "127.0.0.1", **headers})


def told(response: HttpResponse) -> dict[str, Any]:
    """The JSON of an answer."""
    found = json.loads(response.content)
    assert isinstance(found, dict)
    return found


def ask(method: str, path: str, text: str, content: Any = None, **headers: str) -> HttpResponse:
    """Ask for a resource under /api/v1, with a key."""
    sent = b"" if content is None else content if isinstance(content, bytes) else json.dumps(content).encode()
    given = {"host": "127.0.0.1", "authorization": f"Bearer {text}", **headers}
    return Client().generic(method, f"/api/v1{path}", sent, content_type="application/json", headers=given)
