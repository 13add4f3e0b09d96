"""Outgoing webhooks: which addresses are told of what, and the messages that are put down for them.

A message is put down in the transaction that marks its event as reacted to, so each event becomes one message for each
address; `webhook_sender` sends what is there.
"""

from __future__ import annotations

import base64
import secrets
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction

from regulars.base import clock
from regulars.base.errors import BadInput, Conflict, NotFound
from regulars.platform import audit, registry, store
from regulars.platform.registry import Reaction
from regulars.stream import sealed
from regulars.stream.models import Endpoint, Outgoing
from regulars.stream.webhook_types import FORGOTTEN, OF_EVENT, TEST, TYPES, body

GRACE = timedelta(days=1)
"""So long messages are signed with the secret before, too."""
TRIED_FOR = timedelta(days=3)
MOST_ENDPOINTS = 20
LONGEST_URL = 2_000
SECRET_BYTES = 32
SCHEMES = ("https://",)
State = Outgoing.State


def register() -> None:
    """React to the events that a message tells of."""
    for event in OF_EVENT:
        registry.reactions.add(Reaction(f"webhooks: {event}", event, "stream", put_down, wanted=_anybody))


def put_down(event: Any) -> None:
    """Messages about one event (`platform.models.Event`), in the caller's transaction. History is told to nobody."""
    kind = OF_EVENT[event.name]
    oldest = timedelta(days=store.opened().settings.stream.backfill_days)
    if event.recorded_at - event.occurred_at > oldest:
        return
    text = body(kind.name, event.occurred_at, event.customer_id, kind.tell(event.properties))
    rows = [
        _message(one, kind.name, text, event_id=event.pk, name=f"evt_{event.pk}_{one.pk}", customer=event.customer_id)
        for one in _wanting(kind.name)
    ]
    Outgoing.objects.bulk_create(rows, ignore_conflicts=True)


def tell_forgotten(customer_ids: Sequence[int]) -> None:
    """That customers were forgotten, in the transaction that erases them: by their numbers, which are nobody's now."""
    now = clock.now()
    rows = [
        _message(one, FORGOTTEN, body(FORGOTTEN, now, number, {}), name=f"forgotten_{number}_{one.pk}")
        for one in _wanting(FORGOTTEN)
        for number in customer_ids
    ]
    Outgoing.objects.bulk_create(rows, ignore_conflicts=True, batch_size=1_000)


@transaction.atomic
def add(url: str, wanted: Iterable[str]) -> tuple[Endpoint, str]:
    """Tell an address of these types; the row, and the secret by which it knows us, which can't be had again.

    Raises BadInput, NotAllowed for an address that is never called, Conflict where it is there already.
    """
    address, types = _checked(url, wanted)
    if Endpoint.objects.filter(url=address).exists():
        raise Conflict("This address is told already.")
    if Endpoint.objects.count() >= MOST_ENDPOINTS:
        raise Conflict(f"No more than {MOST_ENDPOINTS} addresses can be told. Remove one first.")
    text = _secret()
    row = Endpoint.objects.create(url=address, wanted=types, secret=sealed.seal(text), made_at=clock.now())
    audit.note("webhook.added", object=f"webhook {row.pk}", types=types)
    return row, text


@transaction.atomic
def change(number: int, wanted: Iterable[str]) -> None:
    """Tell an address of these types from now on. Raises NotFound, BadInput."""
    row = _there(number)
    _url, types = _checked(row.url, wanted)
    if row.wanted != types:
        Endpoint.objects.filter(pk=row.pk).update(wanted=types)
        audit.note("webhook.changed", object=f"webhook {row.pk}", was=row.wanted, now=types)


@transaction.atomic
def rotate(number: int) -> str:
    """Another secret; for `GRACE` messages carry the signature of the one before, too. Raises NotFound."""
    row, text = _there(number), _secret()
    row.old_secret, row.old_until, row.secret = row.secret, clock.now() + GRACE, sealed.seal(text)
    row.save(update_fields=["secret", "old_secret", "old_until"])
    audit.note("webhook.rotated", object=f"webhook {row.pk}")
    return text


@transaction.atomic
def enable(number: int, *, on: bool) -> None:
    """Call an address again, or no more; what waits for it goes on waiting for as long as it would. Raises NotFound."""
    row = _there(number)
    state = Endpoint.State.ACTIVE if on else Endpoint.State.DISABLED
    if row.state == state:
        return
    Endpoint.objects.filter(pk=row.pk).update(
        state=state, why="" if on else "staff", failures=0, failing_since=None, next_at=None
    )
    audit.note("webhook.enabled" if on else "webhook.disabled", object=f"webhook {row.pk}")


@transaction.atomic
def remove(number: int) -> None:
    """Tell an address no more, and drop what it was told."""
    if Endpoint.objects.filter(pk=number).delete()[0]:
        audit.note("webhook.removed", object=f"webhook {number}")


@transaction.atomic
def test(number: int) -> Outgoing:
    """Put down a message that says nothing but that it is a test. Raises NotFound, Conflict for a disabled address."""
    row = _active(number)
    text = body(TEST, clock.now(), None, {"webhook": str(row.pk)})
    made = _message(row, TEST, text, name=f"test_{secrets.token_hex(12)}")
    made.save()
    audit.note("webhook.tested", object=f"webhook {row.pk}")
    return made


@transaction.atomic
def redeliver(number: int) -> None:
    """Send a message once more, under its old id. Raises NotFound, Conflict for a disabled address."""
    row = Outgoing.objects.select_for_update().filter(pk=number).first()
    if row is None:
        raise NotFound("This message isn't kept any more.")
    _active(row.endpoint_id)
    now = clock.now()
    Outgoing.objects.filter(pk=row.pk).update(
        state=State.WAITING, tries=0, next_at=now, until=now + TRIED_FOR, error="", status=None, duration_ms=None
    )
    audit.note("webhook.redelivered", customer_id=row.customer_id, object=f"message {row.pk}")


def _anybody() -> bool:
    return Endpoint.objects.filter(state=Endpoint.State.ACTIVE).exists()


def _wanting(kind: str) -> list[Endpoint]:
    return [one for one in Endpoint.objects.filter(state=Endpoint.State.ACTIVE).order_by("pk") if kind in one.wanted]


def _message(
    one: Endpoint, kind: str, text: str, *, name: str, event_id: int | None = None, customer: int | None = None
) -> Outgoing:
    now: datetime = clock.now()
    return Outgoing(
        endpoint=one,
        event_id=event_id,
        message_id=name,
        type=kind,
        customer_id=customer,
        body=text,
        at=now,
        next_at=now,
        until=now + TRIED_FOR,
    )


def _there(number: int) -> Endpoint:
    row = Endpoint.objects.select_for_update().filter(pk=number).first()
    if row is None:
        raise NotFound("This address isn't told any more.")
    return row


def _active(number: int) -> Endpoint:
    row = _there(number)
    if row.state != Endpoint.State.ACTIVE:
        raise Conflict("This address is switched off. Switch it on first.")
    return row


def _checked(url: str, wanted: Iterable[str]) -> tuple[str, list[str]]:
    from regulars.stream.webhook_sender import outside

    address, types = url.strip(), sorted(set(wanted))
    unknown = [one for one in types if one not in TYPES]
    if not types or unknown:
        raise BadInput(f"Choose what the address is told. There are: {', '.join(TYPES)}.")
    if not address.startswith(SCHEMES) or len(address) > LONGEST_URL:
        raise BadInput("Give an address that begins with https://, so that nobody reads along.")
    outside().check(address)
    return address, types


def _secret() -> str:
    return "whsec_" + base64.b64encode(secrets.token_bytes(SECRET_BYTES)).decode()
