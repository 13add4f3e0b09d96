"""Customers as a shop's own program puts them: by the shop's id, made where it isn't known yet."""

from __future__ import annotations

from typing import Any, Literal

from django.db import transaction

from regulars.base import clock
from regulars.base.errors import BadInput, Conflict
from regulars.customers import actions_people, identity, people_to_lake
from regulars.customers.models import Customer, Identity
from regulars.customers.rules_contacts import checked
from regulars.customers.sync_some import sync_some
from regulars.platform import audit, events

Outcome = Literal["created", "changed", "unchanged"]
LONGEST_ID = 200
_PATIENCE_SECONDS = 30.0


def put(shop: str, external_id: str, *, kind: str, source: str, known: dict[str, Any]) -> tuple[int, Outcome]:
    """Make the customer whom the shop knows by this id, or change what is known of them; their number and what came.

    known : any of `rules_contacts.FIELDS`; what isn't named stays. Repeating it changes nothing. Raises BadInput for
    what can't be, Conflict where the id is that of the other kind of customer.
    """
    key = external_id.strip()
    if not key or len(key) > LONGEST_ID:
        raise BadInput(f"An id of the shop has 1 to {LONGEST_ID} letters.")
    fields = checked(known, clock.today())
    with identity.alone(_PATIENCE_SECONDS), transaction.atomic():
        number = find(shop, key)
        if number is None:
            return _made(shop, key, kind, source, fields), "created"
        row = Customer.objects.get(pk=number)
        if row.kind != kind:
            raise Conflict(f"This is the id of {_ARTICLES[row.kind]}.")
        changed = actions_people.change(number, source=source, **known)
        return number, "changed" if changed else "unchanged"


def find(shop: str, external_id: str) -> int | None:
    """The number of the customer whom the shop knows by this id."""
    held = Identity.objects.filter(shop=shop, kind="ref", key=external_id.strip())
    return held.values_list("customer_id", flat=True).first()


_ARTICLES = {Customer.Kind.PERSON.value: "a person", Customer.Kind.ORGANISATION.value: "an organisation"}


def _made(shop: str, key: str, kind: str, source: str, fields: dict[str, Any]) -> int:
    number = identity.next_number()
    Customer.objects.create(id=number, kind=kind, import_id=actions_people.BY_HAND, **fields)
    Identity.objects.create(shop=shop, kind="ref", key=key, customer_id=number, verified_at=clock.now())
    people_to_lake.note([number], {name for name, value in fields.items() if value is not None}, kind=kind)
    sync_some([number])
    events.record("customer created", customer_id=number)
    audit.note("customer.created", customer_id=number, source=source, fields=sorted(fields))
    return number
