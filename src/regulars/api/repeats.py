"""Requests that come twice: with the same `Idempotency-Key` the same answer is given, and nothing is done again.

A key is first claimed, then the work is done, then its answer is kept. A process that dies in between leaves a claim
without an answer; after `ABANDONED` the work is done again, which is harmless, as every verb answers the same when
repeated. Answers hold no names and no contacts, and are kept for a day. A refusal is not kept: nothing was done.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from hashlib import sha256

from django.db import IntegrityError, transaction
from django.http import HttpRequest, HttpResponse

from regulars.api.models import StoredAnswer
from regulars.api.problems import Problem
from regulars.base import clock
from regulars.platform import registry
from regulars.platform.jobs import job, schedule
from regulars.platform.registry import NotPersonal

KEPT = timedelta(hours=24)
ABANDONED = timedelta(seconds=60)
LONGEST = 200
_KEY = re.compile(f"[!-~]{{1,{LONGEST}}}")
_CHUNK = 5_000


def once(request: HttpRequest, key_id: int, body: bytes, work: Callable[[], HttpResponse]) -> HttpResponse:
    """The answer of `work`, or the one that was given before to the same request with the same Idempotency-Key.

    Raises Problem: 409 where that key came with another request, or where the first is still being worked on.
    """
    said = request.headers.get("Idempotency-Key")
    if said is None:
        return work()
    if not _KEY.fullmatch(said):
        raise Problem(400, "bad_input", f"An Idempotency-Key has 1 to {LONGEST} visible characters of ASCII.")
    repeat = _digest(said.encode())
    wanted = _digest(f"{request.method} {request.get_full_path()}\n".encode("utf-8", "surrogatepass") + body)
    known = _claim(key_id, repeat, wanted)
    if known is not None:
        return _again(known)
    own = StoredAnswer.objects.filter(key_id=key_id, repeat_digest=repeat)
    try:
        response = work()
    except BaseException:
        own.delete()
        raise
    if response.status_code >= 400:
        own.delete()  # nothing was done; and what was wrong may be told with what was sent
    else:
        own.update(status=response.status_code, body=response.content.decode())
    return response


def _claim(key_id: int, repeat: str, wanted: str) -> StoredAnswer | None:
    """What was answered before; None when the work is ours to do."""
    now = clock.now()
    try:
        with transaction.atomic():
            StoredAnswer.objects.create(key_id=key_id, repeat_digest=repeat, request_digest=wanted, begun_at=now)
        return None
    except IntegrityError:
        pass
    same = StoredAnswer.objects.filter(key_id=key_id, repeat_digest=repeat)
    known = same.first()
    if known is None or now - known.begun_at >= KEPT:
        same.filter(begun_at__lte=now - KEPT).delete()
        return _claim(key_id, repeat, wanted)
    if known.request_digest != wanted:
        raise Problem(409, "other_request", "This Idempotency-Key came with another request. Take a new one.")
    if known.status is not None:
        return known
    # Conditional, with the count checked: of two who find it abandoned, one takes it over.
    if same.filter(status=None, begun_at__lt=now - ABANDONED).update(begun_at=now):
        return None
    raise Problem(409, "in_progress", "The first of these requests is still being worked on.", again_seconds=1)


def _again(known: StoredAnswer) -> HttpResponse:
    response = HttpResponse(known.body, status=known.status or 200, content_type="application/json")
    response["Idempotency-Replayed"] = "true"
    return response


def _digest(content: bytes) -> str:
    return sha256(content).hexdigest()


@job(name="prune stored answers", retries=1)
def prune() -> int:
    """Remove answers that are no longer given again; how many."""
    removed = 0
    while True:
        old = StoredAnswer.objects.filter(begun_at__lt=clock.now() - KEPT).values_list("pk", flat=True)[:_CHUNK]
        gone = StoredAnswer.objects.filter(pk__in=list(old)).delete()[0]
        removed += gone
        if gone < _CHUNK:
            return removed


def register() -> None:
    """Tell the schedule and the inventory of personal data."""
    schedule("prune stored answers", "17 * * * *", prune)
    fields = ("key_id", "repeat_digest", "request_digest", "begun_at", "status", "body")
    registry.not_personal.add(NotPersonal("api.StoredAnswer", fields, "of programs; answers name customers by number"))
