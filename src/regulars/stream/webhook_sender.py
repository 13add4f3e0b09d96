"""Sends what other systems are to be told: signed by standard-webhooks, again and again for three days, killed or not.

A message is claimed by putting off its next try; so whoever claims it and dies leaves it to be sent a minute later,
under the same id. Calls go out at the same time, the store is only asked before and after.
"""

from __future__ import annotations

import base64
import hmac
import logging
import random
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256

from django.db import transaction
from django.db.models import F

from regulars.base import clock
from regulars.base.errors import NotAllowed
from regulars.platform import audit
from regulars.platform.audit import SYSTEM, acting
from regulars.platform.egress import Egress, Unreachable
from regulars.stream import sealed
from regulars.stream.models import Endpoint, Outgoing

log = logging.getLogger(__name__)

TIMEOUT_SECONDS = 15.0
AT_ONCE = 16
"""Messages to one address in one round; one that fails gets a single one."""
THREADS = 8
CLAIM = timedelta(seconds=60)
FIRST_WAIT, LONGEST_WAIT = timedelta(seconds=5), timedelta(hours=4)
LONGEST_REST = timedelta(minutes=5)
"""Of an address that fails: its other messages don't try it more often."""
GONE = 410
_ANSWER_BYTES = 64_000
_DIGITS = 10
State = Outgoing.State


@dataclass(frozen=True)
class Call:
    """One message on its way. tries : this one included."""

    message: int
    endpoint: int
    tries: int
    until: datetime
    url: str
    headers: dict[str, str]
    content: bytes


@dataclass(frozen=True)
class Result:
    """What came of a call. status : None where there was no answer."""

    status: int | None
    seconds: float
    error: str = ""
    again_after: timedelta | None = None


def outside() -> Egress:
    """How calls go out: never into a private network, nor on to where an answer redirects to."""
    return Egress(timeout_seconds=TIMEOUT_SECONDS, limit_bytes=_ANSWER_BYTES, redirects=0)


def send() -> bool:
    """Send what is due; whether there may be more at once. A loop."""
    with acting(SYSTEM):
        calls = _claimed(clock.now())
        if not calls:
            return False
        client = outside()
        with ThreadPoolExecutor(min(THREADS, len(calls))) as pool:
            results = list(pool.map(lambda call: _called(client, call), calls))
        for call, result in zip(calls, results, strict=True):
            _note(call, result)
        return True


def signature(secret: str, message_id: str, moment: int, content: bytes) -> str:
    """One signature of standard-webhooks, version 1. secret : "whsec_" and the key in base64."""
    key = base64.b64decode(secret.removeprefix("whsec_"))
    signed = hmac.digest(key, f"{message_id}.{moment}.".encode() + content, sha256)
    return f"v1,{base64.b64encode(signed).decode()}"


def wait(tries: int, chance: float) -> timedelta:
    """Before the next try, after so many: 5, 15, 45 seconds ... four hours, give or take a fifth (`chance`: 0 to 1)."""
    plain: timedelta = min(FIRST_WAIT * 3 ** min(tries - 1, 12), LONGEST_WAIT)
    return plain * (0.8 + 0.4 * chance)


def _claimed(now: datetime) -> list[Call]:
    found: list[Call] = []
    for endpoint in Endpoint.objects.filter(state=Endpoint.State.ACTIVE).order_by("pk"):
        if endpoint.next_at is not None and endpoint.next_at > now:
            continue
        due = endpoint.messages.filter(state=State.WAITING, next_at__lte=now).order_by("next_at", "pk")
        rows = list(due[: 1 if endpoint.failures else AT_ONCE])
        secrets = _secrets(endpoint, now) if rows else []
        for row in rows:
            mine = Outgoing.objects.filter(pk=row.pk, state=State.WAITING, next_at=row.next_at)
            if mine.update(next_at=now + CLAIM, tries=F("tries") + 1, last_at=now):
                found.append(_call(row, endpoint, secrets, now))
    return found


def _secrets(endpoint: Endpoint, now: datetime) -> list[str]:
    found = [sealed.opened(endpoint.secret)]
    if endpoint.old_secret and endpoint.old_until is not None and now < endpoint.old_until:
        found.append(sealed.opened(endpoint.old_secret))
    return found


def _call(row: Outgoing, endpoint: Endpoint, secrets: Sequence[str], now: datetime) -> Call:
    content, moment = row.body.encode(), int(now.timestamp())
    headers = {
        "Content-Type": "application/json",
        "User-Agent": "Regulars-Webhooks",
        "webhook-id": row.message_id,
        "webhook-timestamp": str(moment),
        "webhook-signature": " ".join(signature(one, row.message_id, moment, content) for one in secrets),
    }
    return Call(row.pk, endpoint.pk, row.tries + 1, row.until, endpoint.url, headers, content)


def _called(client: Egress, call: Call) -> Result:
    began = time.monotonic()
    try:
        answer = client.request("POST", call.url, headers=call.headers, content=call.content)
        again_after = _asked(answer.headers.get("retry-after", ""))
    except (NotAllowed, Unreachable) as error:
        return Result(None, time.monotonic() - began, str(error)[:200])
    except Exception as error:  # one address must not hold up the others
        log.exception("a webhook could not be sent", extra={"message": call.message})
        return Result(None, time.monotonic() - began, type(error).__name__)
    return Result(answer.status_code, time.monotonic() - began, "", again_after)


def _asked(header: str) -> timedelta | None:
    """For how long it asks not to be called; of more digits than any wait has, the longest that is kept."""
    if not header.isdecimal():
        return None
    return min(timedelta(seconds=int(header)), LONGEST_WAIT) if len(header) < _DIGITS else LONGEST_WAIT


def _note(call: Call, result: Result) -> None:
    """What came of it, unless somebody had the message sent anew meanwhile."""
    now = clock.now()
    row = Outgoing.objects.filter(pk=call.message, state=State.WAITING, tries=call.tries)
    said = {"status": result.status, "duration_ms": round(result.seconds * 1000), "error": result.error}
    endpoint = Endpoint.objects.filter(pk=call.endpoint)
    with transaction.atomic():
        if result.status is not None and 200 <= result.status < 300:
            row.update(state=State.DONE, next_at=None, **said)
            endpoint.update(failures=0, failing_since=None, next_at=None, last_ok_at=now)
            return
        if result.status == GONE:
            row.update(state=State.STOPPED, next_at=None, **said)
            _gone(call.endpoint)
            return
        pause = max(wait(call.tries, random.random()), result.again_after or timedelta())  # noqa: S311 - spreads load
        if now + pause > call.until:
            row.update(state=State.FAILED, next_at=None, **said)
        else:
            row.update(next_at=now + pause, **said)
        _failed(call.endpoint, now)


def _failed(number: int, now: datetime) -> None:
    """Messages that went out together fail once."""
    row = Endpoint.objects.select_for_update().filter(pk=number).first()
    if row is not None and (row.next_at is None or row.next_at <= now):
        failures = row.failures + 1
        rest = min(FIRST_WAIT * 2 ** min(failures - 1, 10), LONGEST_REST)
        since = row.failing_since or now
        Endpoint.objects.filter(pk=number).update(failures=failures, failing_since=since, next_at=now + rest)


def _gone(number: int) -> None:
    """The other side says that it wants nothing any more."""
    if Endpoint.objects.filter(pk=number, state=Endpoint.State.ACTIVE).update(
        state=Endpoint.State.DISABLED, why="gone", next_at=None
    ):
        Outgoing.objects.filter(endpoint_id=number, state=State.WAITING).update(state=State.STOPPED, next_at=None)
        audit.note("webhook.disabled", object=f"webhook {number}", answer=GONE)
