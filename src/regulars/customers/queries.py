"""Reads: what to call a customer, and the keys under which the shop knows them."""

from __future__ import annotations

from collections.abc import Iterable

import pyarrow as pa
from django.db import connection
from django.db.models import Max

from regulars.customers.models import RefreshFailure, Run

KINDS_BY_TRUST = "CASE kind WHEN 'ref' THEN 0 WHEN 'email' THEN 1 WHEN 'phone' THEN 2 ELSE 3 END"
MAY_BE_A_NAME = "kind IN ('ref', 'guest') AND REPLACE(key, '@', '') = key"
"""Which keys a customer without a name may be called by: those that are no e-mail and no telephone number, which only
some may see, while everybody sees what a customer is called."""
_CHUNK = 500


def names(customer_ids: Iterable[int], *, contacts: bool = False) -> dict[int, str]:
    """What to call each customer on a screen: the name, else the organisation, else the shop's number for them.

    An e-mail or a telephone number only with `contacts`, for whoever may see them; who has nothing else is left out.
    """
    known_by = "true" if contacts else MAY_BE_A_NAME
    ids = sorted(set(customer_ids))
    found: dict[int, str] = {}
    for start in range(0, len(ids), _CHUNK):
        some = ids[start : start + _CHUNK]
        marks = ", ".join(["%s"] * len(some))
        with connection.cursor() as cursor:
            cursor.execute(
                f"SELECT customer_id, kind, key FROM customers_identity WHERE customer_id IN ({marks}) "
                f"AND {known_by} ORDER BY customer_id, {KINDS_BY_TRUST} DESC, key DESC",
                some,
            )
            for customer, kind, key in cursor.fetchall():
                found[customer] = f"Guest, order {key}" if kind == "guest" else key
            cursor.execute(
                f"SELECT id, COALESCE(NULLIF(name, ''), organisation) FROM customers_customer WHERE id IN ({marks})",
                some,
            )
            found |= {customer: name for customer, name in cursor.fetchall() if name}
    return found


def is_plain(kind: str, key: str) -> bool:
    """Whether everybody may see this key; the same rule as MAY_BE_A_NAME."""
    return kind in ("ref", "guest") and "@" not in key


def external_ids() -> pa.Table:
    """All customers: `customer_id` int64 and `external_id`, the most trusted key the shop gave them."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT customer_id, key FROM customers_identity ORDER BY customer_id, {KINDS_BY_TRUST} DESC, key DESC"
        )
        keys = dict(cursor.fetchall())  # the most trusted one comes last and stays
    return pa.table(
        {"customer_id": pa.array(keys.keys(), pa.int64()), "external_id": pa.array(keys.values(), pa.string())}
    )


def latest_run() -> Run | None:
    """The last refresh that finished."""
    return Run.objects.order_by("-id").first()


def shown_run() -> Run | None:
    """The last refresh that screens show: days ahead in pictures count from its `as_of`."""
    return Run.objects.filter(synced_at__isnull=False).order_by("-id").first()


def trouble() -> RefreshFailure | None:
    """The last refresh or sync that failed, where none came to its end since; the pictures are older then."""
    failed = RefreshFailure.objects.order_by("-id").first()
    good = Run.objects.filter(synced_at__isnull=False).aggregate(at=Max("synced_at"))["at"]
    return None if failed is None or (good is not None and good > failed.at) else failed
