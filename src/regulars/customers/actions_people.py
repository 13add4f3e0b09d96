"""People and organisations as staff (or another room) make and change them. Each verb is one transaction.

`source` says from whom it is known ("telephone", "form"); it goes into the audit log with the names of the fields,
without their contents.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Literal

from django.db import transaction

from regulars.base import clock
from regulars.base.errors import BadInput, Conflict, NotFound
from regulars.customers import identity, merges, people_to_lake, same
from regulars.customers.models import Address, Customer, Device, Identity
from regulars.customers.rules_contacts import FIELDS, address, checked, email, phone
from regulars.customers.sync_some import sync_some
from regulars.platform import audit, events
from regulars.platform.models import AuditEntry

BY_HAND = 0
"""`Customer.import_id` of who came by no import."""
SENT_TWICE = timedelta(minutes=5)
_PATIENCE_SECONDS = 30.0
ContactKind = Literal["email", "phone"]


@dataclass(frozen=True)
class KeyAdded:
    """What came of a new key: added, known already, merged (with `other`, by a rule), or proposed (`other` has it)."""

    customer_id: int
    outcome: Literal["added", "known", "merged", "proposed"]
    other: int | None = None


def create(kind: str = Customer.Kind.PERSON, *, source: str, **known: Any) -> int:
    """Make a customer; their number. `known`: any of `rules_contacts.FIELDS`. Contacts and ids are added afterwards.

    A form sent twice makes one. Raises BadInput for what can't be, or with neither a name nor an organisation.
    """
    fields = _fields(known)
    if kind not in Customer.Kind.values:
        raise BadInput("A customer is a person or an organisation.")
    if not fields.get("name") and not fields.get("organisation"):
        raise BadInput("Give at least a name.")
    with identity.alone(_PATIENCE_SECONDS), transaction.atomic():
        twice = _sent_twice(kind, fields)
        if twice is not None:
            return twice
        number = identity.next_number()
        Customer.objects.create(id=number, kind=kind, import_id=BY_HAND, **fields)
        people_to_lake.note([number], {name for name, value in fields.items() if value is not None}, kind=kind)
        sync_some([number])
        events.record("customer created", customer_id=number)
        audit.note("customer.created", customer_id=number, source=source, fields=sorted(fields))
    return number


@transaction.atomic
def change(customer_id: int, *, source: str, **known: Any) -> list[str]:
    """Change what is known of a customer (`rules_contacts.FIELDS`; empty: not known any more); names of what changed.

    Raises BadInput for what can't be, NotFound where there is no such customer.
    """
    fields = _fields(known)
    row = _there(customer_id)
    changed = {name: value for name, value in fields.items() if getattr(row, name) != value}
    if changed:
        Customer.objects.filter(pk=row.pk).update(**changed)
        people_to_lake.note([row.pk], changed)
        sync_some([row.pk])
        events.record("customer changed", customer_id=row.pk, properties={"fields": sorted(changed)})
        audit.note("customer.changed", customer_id=row.pk, source=source, fields=sorted(changed))
    return sorted(changed)


def add_contact(
    customer_id: int,
    kind: ContactKind,
    text: str,
    *,
    source: str,
    verified: bool = False,
    main: bool = False,
    country: str | None = None,
    shop: str = "shop",
) -> KeyAdded:
    """Add an e-mail address or a phone number. `verified`: it was shown to be theirs.  `main`: the one to write to.

    country : of the firm, to read a number written without its country. Where another customer is known by it, the
    rules of `same` decide. Raises BadInput for what can't be one.
    """
    if kind not in same.WHY:
        raise BadInput("A contact is an e-mail address or a phone number.")
    key = email(text) if kind == "email" else phone(text, country)
    with identity.alone(_PATIENCE_SECONDS), transaction.atomic():
        row = _there(customer_id)
        added = _add_key(row.pk, kind, key, shop, verified=verified)
        now = Customer.objects.get(pk=added.customer_id)
        if main or not getattr(now, kind):
            Customer.objects.filter(pk=now.pk).update(**{kind: key})
        _noted(added, source, kind)
        return added


def add_external_id(customer_id: int, text: str, *, source: str, shop: str = "shop") -> KeyAdded:
    """Add an id under which a shop knows the customer.

    Raises Conflict where the shop knows somebody else by it: then merge the two, if they are one.
    """
    key = text.strip()
    if not key or len(key) > 200:
        raise BadInput("An id of the shop has 1 to 200 letters.")
    with identity.alone(_PATIENCE_SECONDS), transaction.atomic():
        row = _there(customer_id)
        held = Identity.objects.filter(shop=shop, kind="ref", key=key).first()
        if held is not None and held.customer_id != row.pk:
            raise Conflict(f"That is the id of customer {held.customer_id}. If the two are one, merge them.")
        added = _add_key(row.pk, "ref", key, shop, verified=True)
        _noted(added, source, "ref")
        return added


@transaction.atomic
def remove_contact(customer_id: int, kind: ContactKind, text: str, *, source: str) -> None:
    """Take an e-mail address or phone number away; nothing happens where it isn't theirs."""
    row = _there(customer_id)
    gone = Identity.objects.filter(customer_id=row.pk, kind=kind, key=text).delete()[0]
    if getattr(row, kind) == text:
        left = Identity.objects.filter(customer_id=row.pk, kind=kind).order_by("-verified_at", "key").first()
        Customer.objects.filter(pk=row.pk).update(**{kind: left.key if left else None})
        gone += 1
    if gone:
        sync_some([row.pk])
        audit.note("customer.contact_removed", customer_id=row.pk, source=source, fields=[kind])


@transaction.atomic
def add_address(customer_id: int, *, source: str, lines: str, use: str = "delivery", **parts: str) -> int:
    """Add a postal address (parts: recipient, postal_code, city, region, country); its number.

    The same again is the one that is there. Raises BadInput for an empty one, or what `rules_contacts.address` refuses.
    """
    unknown = set(parts) - {"recipient", "postal_code", "city", "region", "country"}
    given = address(parts | {"lines": lines}) | {"use": use}
    if unknown or use not in ("delivery", "invoice", "other") or not given["lines"]:
        raise BadInput("An address has lines, and is for delivery, invoice or other.")
    row = _there(customer_id)
    found, new = Address.objects.get_or_create(
        customer_id=row.pk, **given, defaults={"source": source, "recorded_at": clock.now()}
    )
    if new:
        audit.note("customer.address_added", customer_id=row.pk, source=source)
    return int(found.pk)


@transaction.atomic
def remove_address(address_id: int) -> None:
    """Take an address away; nothing happens where it is gone."""
    row = Address.objects.filter(pk=address_id).first()
    if row is not None:
        row.delete()
        audit.note("customer.address_removed", customer_id=row.customer_id)


@transaction.atomic
def seen_on(customer_id: int, device: str, *, kind: str = "browser", push_token: str = "") -> None:
    """The customer came from this browser or telephone. One that somebody else came from is theirs from now on."""
    if not device or len(device) > 200:
        raise BadInput("The id of a device has 1 to 200 letters.")
    row, now = _there(customer_id), clock.now()
    known = {"customer_id": row.pk, "kind": kind, "last_seen_at": now}
    if push_token:
        known["push_token"] = push_token
    Device.objects.update_or_create(key=device, defaults=known, create_defaults=known | {"first_seen_at": now})


def _add_key(customer_id: int, kind: Any, key: str, shop: str, *, verified: bool) -> KeyAdded:
    moment = clock.now() if verified else None
    held = Identity.objects.filter(shop=shop, kind=kind, key=key).first()
    if held is None:
        Identity.objects.create(shop=shop, kind=kind, key=key, customer_id=customer_id, verified_at=moment)
        return KeyAdded(customer_id, "added")
    mine = Identity.objects.filter(shop=shop, kind=kind, key=key)
    if held.customer_id == customer_id:
        if verified and held.verified_at is None:
            mine.update(verified_at=moment)
        return KeyAdded(customer_id, "known")
    pair = same.Pair(kind, customer_id, held.customer_id, verified)
    if same.resolve([pair], propose=True):
        if verified:
            mine.update(verified_at=moment)
        return KeyAdded(merges.current(customer_id), "merged", held.customer_id)
    return KeyAdded(customer_id, "proposed", held.customer_id)


def _noted(added: KeyAdded, source: str, kind: str) -> None:
    sync_some([added.customer_id])
    if added.outcome != "known":
        audit.note(
            "customer.key_added", customer_id=added.customer_id, source=source, fields=[kind], outcome=added.outcome
        )


def _fields(known: dict[str, Any]) -> dict[str, Any]:
    unknown = sorted(set(known) - set(FIELDS))
    if unknown:
        raise BadInput(f"'{unknown[0]}' is nothing that can be changed so. There are: {', '.join(FIELDS)}.")
    return checked(known, clock.today())


def _sent_twice(kind: str, fields: dict[str, Any]) -> int | None:
    who = audit.actor()
    lately = AuditEntry.objects.filter(
        action="customer.created", actor=who.kind, actor_id=who.id, at__gt=clock.now() - SENT_TWICE
    )
    made = Customer.objects.filter(pk__in=list(lately.values_list("customer_id", flat=True)), kind=kind, **fields)
    return made.values_list("pk", flat=True).first()


def _there(customer_id: int) -> Customer:
    """The customer, or who they are by now."""
    row = Customer.objects.filter(pk=merges.current(customer_id)).first()
    if row is None:
        raise NotFound(f"There is no customer {customer_id}.")
    return row
