"""Segment's protocol over HTTP, and events of our own: a request is read, put into the inbox, and answered.

Nothing but the inbox is asked on the way: the key is remembered (`staff.callers`), and a page that is never seen again
must not wait. An answer of 200 says that everything accepted is on disk.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import msgspec
from django.db import DatabaseError
from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt

from regulars.api import origins, problems, requests
from regulars.api.problems import Problem
from regulars.api.rates import Buckets
from regulars.base import clock
from regulars.base.errors import RegularsError
from regulars.platform import store
from regulars.staff import callers
from regulars.staff.callers import Caller
from regulars.stream import inbox, segment
from regulars.stream.items import Answer, Source

log = logging.getLogger(__name__)

CALLS = {
    **{call: call for call in segment.CALLS},
    **{call[0]: call for call in segment.CALLS if call != "import"},  # as browsers spell them: /v1/t, /v1/b
}
_SUCCESS = b'{"success": true}'
_KEPT_BESIDE = frozenset(("refused", "conflict"))
_COSTS = 10
"""Events that one counts for which is refused or contradicts another: it is kept whole, for people to look at."""
_buckets = Buckets()


@csrf_exempt  # a key is asked for, never a cookie
def protocol(request: HttpRequest, call: str) -> HttpResponse:
    """`/v1/CALL`, as Segment's clients send it. Errors have `message` too, as those clients show it."""
    return _answered(request, partial(_protocol, request, call), success=False)


@csrf_exempt
def events(request: HttpRequest) -> HttpResponse:
    """`/api/v1/events`: a batch of messages, each with its own result."""
    return _answered(request, partial(_take, request, "batch", detail=True))


def _protocol(request: HttpRequest, call: str) -> HttpResponse:
    if call not in CALLS:
        raise Problem(404, "not_found", f"There is no call '{call[:20]}'. There are: {', '.join(segment.CALLS)}.")
    return _take(request, CALLS[call], detail=requests.header(request, "Regulars-Detail") == "1")


def _answered(request: HttpRequest, take: Callable[[], HttpResponse], **more: Any) -> HttpResponse:
    if request.method == "OPTIONS":
        return origins.preflight(request)
    try:
        response = take()
    except (RegularsError, DatabaseError) as error:
        told = problems.of(error)
        if told is None:
            raise
        if told.status == 503:
            log.warning("nothing can be kept", extra={"reason": type(error).__name__})
        response = told.response(**(more | {"message": str(told)} if more else {}))
        if told.status == 401 and not requests.header(request, "Origin"):  # a browser would ask for a password
            response["WWW-Authenticate"] = 'Basic realm="Regulars"'
        if told.status == 405:
            response["Allow"] = "OPTIONS, POST"
    return origins.allow(request, response)


def _take(request: HttpRequest, call: str, *, detail: bool) -> HttpResponse:
    if request.method != "POST":
        raise Problem(405, "wrong_method", "Send it by POST.")
    origins.check(request)
    limits = _limits()
    header = requests.key(request)
    caller = _recognised(header) if header is not None else None
    payload = requests.body(request, limits.batch_bytes)
    try:
        envelope = segment.opened(call, payload, limits)
    except segment.Unreadable as error:
        if caller is None and error.code != "too_large":
            _recognised(None)  # who comes without a key is told that first
        raise
    if caller is None:
        caller = _recognised(envelope.write_key)
    _pay(caller, len(envelope.messages))
    received = clock.now()
    agent = requests.header(request, "User-Agent")
    items = segment.items(envelope, received, limits, user_agent=agent)
    source = Source(
        key_id=caller.key_id,
        name=caller.name,
        shop=caller.shop,
        trusted="write" in caller.scopes,
        channel="browser" if requests.header(request, "Origin") else "api" if detail else "segment",
    )
    answers = inbox.accept(source, items) if items else []
    if kept := sum(answer.outcome in _KEPT_BESIDE for answer in answers):
        _buckets.charge(caller.key_id, kept * (_COSTS - 1))
    content = msgspec.json.encode({"success": True, "results": _told(answers)}) if detail else _SUCCESS
    return HttpResponse(content, content_type="application/json")


def _recognised(key: str | None) -> Caller:
    caller = callers.recognise(key) if key else None
    if caller is None:
        raise Problem(
            401,
            "wrong_key",
            "Come in with a key: as the user name of Basic authentication, or as `writeKey` in the body."
            if not key
            else "This key isn't known, or was revoked.",
        )
    if not caller.scopes & {"ingest", "write"}:
        raise Problem(403, "not_allowed", "This key may not send: it needs the scope ingest or write.")
    return caller


def _pay(caller: Caller, events: int) -> None:
    rate = store.opened().settings.api.events_per_second
    again = _buckets.take(caller.key_id, max(1, events), rate=rate, size=2 * rate)
    if again:
        raise Problem(429, "too_many", f"More than {rate} events a second. Send it again later.", again_seconds=again)


def _limits() -> segment.Limits:
    stream = store.opened().settings.stream
    return segment.Limits(event_bytes=stream.event_limit_kb * 1024, batch_bytes=stream.batch_limit_kb * 1024)


def _told(answers: Sequence[Answer]) -> list[dict[str, str | None]]:
    found = []
    for answer in answers:
        told = {"outcome": answer.outcome, "messageId": answer.message_id}
        if answer.code:
            told |= {"code": answer.code, "reason": answer.reason}
        found.append(told)
    return found
