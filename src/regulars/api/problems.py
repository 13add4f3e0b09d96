"""What programs are told when something is wrong: one shape everywhere, problem details by RFC 9457.

`{type, title, status, detail, code}`: `code` is for programs and stays as it is, `detail` is for people.
"""

from __future__ import annotations

import math
from http import HTTPStatus
from typing import Any

import msgspec
from django.db import DatabaseError
from django.http import HttpResponse

from regulars.base import errors

CONTENT_TYPE = "application/problem+json"
AGAIN_SECONDS = 5
"""When to ask again after a 503."""


class Problem(errors.RegularsError):
    """An answer that isn't the one asked for."""

    def __init__(self, status: int, code: str, detail: str, *, again_seconds: int | None = None) -> None:
        super().__init__(detail)
        self.status, self.code, self.again_seconds = status, code, again_seconds

    def response(self, **more: Any) -> HttpResponse:
        """The answer; `more` are further members of its body."""
        body = {
            "type": "about:blank",
            "title": HTTPStatus(self.status).phrase,
            "status": self.status,
            "detail": str(self),
            "code": self.code,
            **more,
        }
        response = HttpResponse(msgspec.json.encode(body), status=self.status, content_type=CONTENT_TYPE)
        if self.again_seconds is not None:
            response["Retry-After"] = str(self.again_seconds)
            response["X-RateLimit-Reset"] = str(self.again_seconds)  # which analytics.js reads instead
        return response


_KINDS: tuple[tuple[type[Exception], int, str], ...] = (
    (errors.BadInput, 400, "bad_input"),
    (errors.NotFound, 404, "not_found"),
    (errors.NotAllowed, 403, "not_allowed"),
    (errors.Conflict, 409, "conflict"),
    (errors.NotEnoughData, 409, "not_enough_data"),
)


def of(error: Exception) -> Problem | None:
    """What to tell about an error that was foreseen; None for one that wasn't."""
    if isinstance(error, Problem):
        return error
    if isinstance(error, errors.Unavailable):
        return Problem(503, "unavailable", str(error), again_seconds=math.ceil(error.retry_after_seconds))
    if isinstance(error, DatabaseError | errors.Damaged):
        # What exactly is wrong with the store is for the log, not for whoever asks.
        return Problem(503, "unavailable", "The store can't be asked right now.", again_seconds=AGAIN_SECONDS)
    for kind, status, code in _KINDS:
        if isinstance(error, kind):
            own = getattr(error, "code", code)
            return Problem(413 if own == "too_large" else status, own, str(error))
    return None
