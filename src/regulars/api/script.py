"""The script that shops put into their pages: served from here, so that no third party hears of a visit."""

from __future__ import annotations

import re
from functools import cache
from hashlib import blake2b
from pathlib import Path

from django.http import HttpRequest, HttpResponse, HttpResponseNotModified
from django.views.decorators.http import require_safe

SECONDS = 3600
"""For which browsers keep it."""
_NOTE = re.compile(r"\s*(//.*)?")


@require_safe
def script(request: HttpRequest) -> HttpResponse:
    """`/r.js`, for pages of any website."""
    content, tag = _read()
    unchanged = request.headers.get("If-None-Match", "").removeprefix("W/") == tag
    response = HttpResponseNotModified() if unchanged else HttpResponse(content, content_type="text/javascript")
    response["ETag"] = tag
    response["Cache-Control"] = f"public, max-age={SECONDS}"
    response["Access-Control-Allow-Origin"] = "*"
    response["Cross-Origin-Resource-Policy"] = "cross-origin"
    return response


@cache
def _read() -> tuple[bytes, str]:
    """Without the room and the notes that make it readable."""
    lines = (Path(__file__).parent / "browser" / "r.js").read_text(encoding="utf-8").splitlines()
    content = "\n".join(line.strip() for line in lines if not _NOTE.fullmatch(line)).encode()
    return content, f'"{blake2b(content, digest_size=8).hexdigest()}"'
