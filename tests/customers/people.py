"""Customers for tests, by a key of the shop each, and everything that is kept of them."""

from __future__ import annotations

from itertools import count
from typing import Any

import pyarrow as pa

from regulars.customers import identity
from regulars.customers.models import (
    Address,
    Attribute,
    Consent,
    ConsentLink,
    Customer,
    CustomerTag,
    Device,
    Identity,
    Membership,
    Note,
    Objection,
    Task,
)

KEPT = (Identity, Note, Task, CustomerTag, Consent, Objection, Address, Attribute, Device)
_numbers = count(1)


def keys(*rows: tuple[str | None, str | None, str | None]) -> pa.Table:
    refs, emails, phones = zip(*rows, strict=True)
    return pa.table(
        {
            "key": pa.array(range(len(rows)), pa.int64()),
            "customer_ref": pa.array(refs, pa.string()),
            "email": pa.array(emails, pa.string()),
            "phone": pa.array(phones, pa.string()),
            "guest": pa.nulls(len(rows), pa.string()),
        }
    )


def imported(*rows: tuple[str | None, str | None, str | None]) -> list[int]:
    """The customers of rows of a file: (shop's id, e-mail, phone)."""
    found: list[int] = identity.assign(keys(*rows), import_id=1)["customer_id"].to_pylist()
    return found


def somebody(**known: Any) -> int:
    """A customer with a key of their own."""
    (number,) = imported((f"N{next(_numbers)}", None, None))
    if known:
        Customer.objects.filter(pk=number).update(**known)
    return number


def everything(*customers: int) -> dict[str, list[Any]]:
    """Every row that is about these customers, byte for byte."""
    found: dict[str, list[Any]] = {"Customer": list(Customer.objects.filter(pk__in=customers).order_by("pk").values())}
    for model in KEPT:
        found[model.__name__] = list(model.objects.filter(customer_id__in=customers).order_by("pk").values())
    found["ConsentLink"] = list(ConsentLink.objects.filter(consent__customer_id__in=customers).order_by("pk").values())
    for side in ("member_id", "organisation_id"):
        found[side] = list(Membership.objects.filter(**{f"{side}__in": customers}).order_by("pk").values())
    return found
