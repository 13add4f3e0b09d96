"""What else the firm wants to know of customers: declared with type, purpose, ground and end before it can be held."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db import transaction

from regulars.base import clock
from regulars.base.errors import BadInput, Conflict, NotFound
from regulars.base.words import told
from regulars.customers import merges
from regulars.customers.models import Attribute, AttributeType, Customer
from regulars.customers.rules_attributes import declared, ends, value
from regulars.platform import audit, events

_CHUNK = 5_000


@transaction.atomic
def declare(
    name: str,
    label: str,
    kind: str,
    *,
    purpose: str,
    basis: str,
    choices: Sequence[str] = (),
    sensitive: bool = False,
    keep_days: int | None = None,
) -> int:
    """Declare an attribute, or change what is said of it (its type can't be changed); its number.

    A new `keep_days` holds for values that are there too. Raises BadInput for what can't be, Conflict for another type.
    """
    declared(name, kind, purpose, basis, choices, keep_days)
    row = AttributeType.objects.select_for_update().filter(name=name).first()
    if row is not None and row.type != kind:
        raise Conflict(f"'{name}' holds a {row.type} already. Take another name for a {kind}.")
    said = {
        "label": label.strip() or name,
        "choices": list(choices),
        "purpose": purpose.strip(),
        "basis": basis,
        "sensitive": sensitive,
        "keep_days": keep_days,
    }
    if row is None:
        row = AttributeType.objects.create(name=name, type=kind, created_at=clock.now(), **said)
        audit.note("attribute.declared", object=name)
    elif any(getattr(row, field) != wanted for field, wanted in said.items()):
        moved = row.keep_days != keep_days
        AttributeType.objects.filter(pk=row.pk).update(**said)
        if moved:
            _move_ends(row.pk, keep_days)
        audit.note("attribute.changed", object=name)
    return int(row.pk)


@transaction.atomic
def withdraw(name: str) -> int:
    """Hold this attribute no longer: its values go, and it can't be held any more. How many values went."""
    row = AttributeType.objects.filter(name=name).first()
    if row is None:
        return 0
    values = Attribute.objects.filter(type=row).count()
    row.delete()
    audit.note("attribute.withdrawn", object=name, values=values)
    return values


@transaction.atomic
def put(customer_id: int, name: str, given: Any, *, source: str) -> None:
    """Write down what a customer said; the same again changes nothing, None or an empty text takes it away.

    Raises NotFound for an attribute that isn't declared or a customer who isn't there, BadInput for a wrong value.
    """
    row = AttributeType.objects.filter(name=name).first()
    if row is None:
        raise NotFound(f"There is no attribute '{name}'. Declare it first, with what it is for.")
    who = merges.current(customer_id)
    if not Customer.objects.filter(pk=who).exists():
        raise NotFound(f"There is no customer {customer_id}.")
    if given is None or given == "":
        gone = Attribute.objects.filter(customer_id=who, type=row).delete()[0]
        if gone:
            _noted(who, name)
        return
    try:
        found = value(row.type, given, row.choices)
    except BadInput as error:
        raise BadInput(f"{row.label}: {told(str(error))}") from None
    now = clock.now()
    known = Attribute.objects.filter(customer_id=who, type=row).first()
    same = known is not None and (type(known.value), known.value, known.source) == (type(found), found, source)
    if same and (known.expires_at is None or known.expires_at > now):  # type: ignore[union-attr]  # `same` says so
        return
    Attribute.objects.update_or_create(
        customer_id=who,
        type=row,
        defaults={"value": found, "source": source, "recorded_at": now, "expires_at": ends(now, row.keep_days)},
    )
    _noted(who, name)


def delete_expired(at: datetime | None = None) -> int:
    """Delete values whose time is over; how many. A nightly job; done again it finds nothing."""
    moment, gone = at or clock.now(), 0
    while True:
        with transaction.atomic():
            over = list(Attribute.objects.filter(expires_at__lte=moment).values_list("pk", flat=True)[:_CHUNK])
            Attribute.objects.filter(pk__in=over).delete()
            gone += len(over)
            if over:
                audit.note("attributes.expired", values=len(over))
        if len(over) < _CHUNK:
            return gone


def _move_ends(type_id: int, keep_days: int | None) -> None:
    for row in Attribute.objects.filter(type_id=type_id).iterator():
        Attribute.objects.filter(pk=row.pk).update(expires_at=ends(row.recorded_at, keep_days))


def _noted(customer_id: int, name: str) -> None:
    events.record("attribute changed", customer_id=customer_id, properties={"attribute": name})
    audit.note("attribute.put", customer_id=customer_id, object=name)
